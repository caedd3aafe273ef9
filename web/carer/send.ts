import type { Hex } from "../../core/bytes.ts";
import { get, Problem, post } from "../api.ts";
import { KEPT_DAYS, type Kept, phone } from "./phone.ts";
import { now, signRecord } from "./record.ts";

const base64 = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};

/** Refusals that another try may not meet: the record waits, it is not sent back. */
const PASSING: readonly string[] = [
  "offline",
  "unauthenticated",
  "rate_limited",
  "clock_refused",
  "restored",
  "storage_full",
  "internal",
  "key_unknown",
  "key_not_yet_valid",
  "second_factor_needed",
];

function textOf({ text, issues }: Problem): { zh: string; en: string } {
  const lines = (language: "zh" | "en") => [text[language], ...issues.map((issue) => issue[language])].join(" ");
  return { zh: lines("zh"), en: lines("en") };
}

async function sendPhotos(kept: Kept): Promise<void> {
  for (const digest of kept.visit.details.values.evidence ?? []) {
    const photo = await phone.photo(digest);
    if (!photo || photo.sent) continue;
    const { elder, type, bytes } = photo;
    await post("/evidence", { region: kept.visit.region, elder, digest, type, data: base64(bytes) });
    await phone.keepPhoto({ ...photo, sent: true });
  }
}

export interface Sending {
  /** Why it stopped before the end; null when everything was answered. */
  stopped: Problem | null;
}

/** Signs what is unsigned: with the key open this needs no network. */
export async function signAll(who: string, ledgerId: Hex, key: Uint8Array): Promise<void> {
  for (const kept of await phone.records(who))
    if (kept.state === "unsigned") await phone.keepRecord(who, signRecord(kept, ledgerId, key));
}

/**
 * Sends what is signed, one by one: a record changes its state on the
 * phone only after the server's answer, so a power failure at any moment repeats a submission that is answered the same.
 */
export async function sendAll(who: string): Promise<Sending> {
  const all = await phone.records(who);
  for (const old of all.filter(({ state, endedAt }) => state === "sent" && endedAt < now() - KEPT_DAYS * 86_400))
    await phone.dropRecord(who, old.id);
  for (const kept of all.reverse()) {
    if (kept.state !== "queued") continue;
    try {
      await sendPhotos(kept);
      const receipt = await post<object>("/visits", kept.batch);
      await phone.keepRecord(who, { ...kept, state: "sent", receipt });
      for (const digest of kept.visit.details.values.evidence ?? []) await phone.dropPhoto(digest);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // A key that ended cannot speak for this record any more: it is signed again with the next one.
      if (error.code === "key_ended") await phone.keepRecord(who, { ...kept, state: "unsigned", batch: null });
      else if (!PASSING.includes(error.code))
        await phone.keepRecord(who, { ...kept, state: "refused", problem: textOf(error) });
      if (PASSING.includes(error.code) || error.code === "key_ended") return { stopped: error };
    }
  }
  return { stopped: null };
}

interface Receipted {
  receipt: { day: number };
  signature: Hex;
}

/** After a restore from a backup the server lacks what it had receipted: the phone still has it, and returns it. */
export async function returnReceipts(who: string, region: number): Promise<void> {
  const { held, day } = await get<{ held: boolean; day: number }>(`/regions/${region}/readmission`);
  if (!held) return;
  for (const { receipt: kept, batch } of await phone.records(who)) {
    const given = kept as Receipted | null;
    if (given?.receipt.day !== day || !batch) continue;
    await post("/readmissions", { ...batch, receipt: given.receipt, receiptSignature: given.signature });
  }
}
