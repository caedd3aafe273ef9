import { useCallback, useEffect, useState } from "react";
import type { Hex } from "../../core/bytes.ts";
import type { Workday } from "../../server/workdays/schema.ts";
import { get, type Me, Problem } from "../api.ts";
import { type StoredKey, storedKeys } from "../keys.ts";
import { type CachedDay, type Going, type Kept, phone, withElders } from "./phone.ts";
import { returnReceipts, sendAll, signAll } from "./send.ts";

interface KeyRow {
  address: string;
  state: "waiting" | "valid" | "revoked";
}

const RETRY_MS = 60_000;

/** Everything that the phone's page shows, read from the phone first and from the server when there is a network. */
export function useDoor() {
  const [ready, setReady] = useState(false);
  const [who, setWho] = useState<string | null>(null);
  const [signedIn, setSignedIn] = useState(false);
  const [day, setDay] = useState<CachedDay | null>(null);
  const [going, setGoing] = useState<Going | null>(null);
  const [records, setRecords] = useState<Kept[]>([]);
  const [stored, setStored] = useState<StoredKey | null>(null);
  const [keyState, setKeyState] = useState<KeyRow["state"] | null>(null);
  const [key, setKey] = useState<Uint8Array | null>(null);
  const [online, setOnline] = useState(navigator.onLine);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [notCarer, setNotCarer] = useState(false);

  const readPhone = useCallback(async (name: string) => {
    setDay((await phone.day(name)) ?? null);
    setGoing((await phone.going(name)) ?? null);
    setRecords(await phone.records(name));
    setStored((await storedKeys(name)).at(-1) ?? null);
  }, []);

  /** Who is signed in, the day's list, and how far the key is. Without a network all stays as the phone has it. */
  const readServer = useCallback(async () => {
    setProblem(null);
    try {
      const me = await get<Me>("/me");
      setNotCarer(me.role !== "carer");
      if (me.first_password) return location.assign("/");
      if (me.role !== "carer") return;
      setSignedIn(true);
      setOnline(true);
      setWho(me.username);
      await phone.keepWho(me.username);
      // Before anything is asked for: a server that was restored answers nothing else until its receipts are back.
      const kept = await phone.day(me.username);
      if (kept) await returnReceipts(me.username, kept.workday.region);
      const workday = await get<Workday>("/workday");
      // Who was found by name stays for the day: the server's list does not know of it until a visit came in.
      const before = kept?.workday;
      const elders = withElders(workday.elders, before?.day === workday.day ? before.elders : []);
      await phone.keepDay(me.username, { workday: { ...workday, elders }, fetchedAt: Date.now() });
      const { keys } = await get<{ keys: KeyRow[] }>("/keys");
      const own = await storedKeys(me.username);
      const usable = own.findLast(({ address }) => keys.some((row) => row.address === address)) ?? own.at(-1);
      setKeyState(keys.find(({ address }) => address === usable?.address)?.state ?? null);
      await readPhone(me.username);
      setStored(usable ?? null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "unauthenticated") setSignedIn(false);
      else if (error.code === "offline") setOnline(false);
      else setProblem(error);
    }
  }, [readPhone]);

  useEffect(() => {
    void (async () => {
      const name = (await phone.who()) ?? null;
      setWho(name);
      if (name) await readPhone(name);
      await readServer();
      setReady(true);
    })();
    const change = () => {
      setOnline(navigator.onLine);
      if (navigator.onLine) void readServer();
    };
    window.addEventListener("online", change);
    window.addEventListener("offline", change);
    return () => {
      window.removeEventListener("online", change);
      window.removeEventListener("offline", change);
    };
  }, [readPhone, readServer]);

  const send = useCallback(async () => {
    if (!who) return;
    const { stopped } = await sendAll(who);
    setRecords(await phone.records(who));
    setOnline(stopped?.code !== "offline");
    if (stopped?.code === "unauthenticated") setSignedIn(false);
    else if (stopped && stopped.code !== "offline") setProblem(stopped);
    else setProblem(null);
  }, [who]);

  const unsigned = records.filter(({ state }) => state === "unsigned").length;
  useEffect(() => {
    if (unsigned === 0 || !key || !who || !day) return;
    void (async () => {
      await signAll(who, day.workday.ledgerId as Hex, key);
      setRecords(await phone.records(who));
    })();
  }, [unsigned, key, who, day]);

  // Sent by itself as soon as it can be: a network came, a record was signed.
  const waiting = records.filter(({ state }) => state === "queued").length;
  useEffect(() => {
    if (waiting === 0 || !signedIn) return;
    if (online) void send();
    const again = setInterval(() => void send(), RETRY_MS);
    return () => clearInterval(again);
  }, [waiting, online, signedIn, send]);

  return {
    ready,
    who,
    signedIn,
    day,
    going,
    records,
    stored,
    keyState,
    key,
    online,
    problem,
    notCarer,
    setKey,
    readServer,
    send,
    refresh: async () => (who ? await readPhone(who) : undefined),
  };
}
