import { del, entries, get, promisifyRequest, set, type UseStore } from "idb-keyval";
import type { VisitInput } from "../../server/records/schema.ts";
import type { ElderOfDay, Workday } from "../../server/workdays/schema.ts";

/** What the phone keeps (IndexedDB): the day's list, the visit that is going on, every record until long after its receipt. */
export interface Fix {
  lon: number;
  lat: number;
  accuracyM: number;
}

export interface Going {
  elder: string;
  item: string;
  startedAt: number;
  placeIn: Fix | null;
  two: boolean;
  note: string;
  photos: string[];
}

export interface PhotoKept {
  digest: string;
  elder: string;
  type: string;
  bytes: Uint8Array;
  sent: boolean;
}

/** A record of this phone on its way: unsigned → queued (signed) → sent, or refused. */
export interface Kept {
  id: string;
  elderName: string;
  itemCode: string;
  startedAt: number;
  endedAt: number;
  state: "unsigned" | "queued" | "sent" | "refused";
  /** As it is submitted. */
  visit: VisitInput;
  /** The signed submission: sent again as it is, it gives the same receipt. */
  batch: object | null;
  receipt: object | null;
  /** Why it was refused, in both languages. */
  problem: { zh: string; en: string } | null;
  familyPath: string;
}

export interface CachedDay {
  workday: Workday;
  /** Milliseconds. */
  fetchedAt: number;
}

/** A store whose writes are on the disk before they count as done: browsers leave that to chance unless they are asked. */
function durable(name: string, store: string): () => UseStore {
  let opened: Promise<IDBDatabase> | null = null;
  const open = () => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    return promisifyRequest(request);
  };
  const use: UseStore = async (mode, work) => {
    opened ??= open();
    const database = await opened;
    return await work(database.transaction(store, mode, { durability: "strict" }).objectStore(store));
  };
  return () => use;
}
const things = durable("silverledger-door", "things");
const records = durable("silverledger-door-records", "records");
const photos = durable("silverledger-door-photos", "photos");

/** The elders of two lists, each once; what the first says of one counts. */
export const withElders = (elders: readonly ElderOfDay[], others: readonly ElderOfDay[]): ElderOfDay[] => [
  ...elders,
  ...others.filter(({ id }) => !elders.some((one) => one.id === id)),
];

/** Everything of a phone belongs to the carer who signed in on it. */
export const phone = {
  day: (who: string) => get<CachedDay>(`day/${who}`, things()),
  keepDay: (who: string, day: CachedDay) => set(`day/${who}`, day, things()),
  who: () => get<string>("who", things()),
  keepWho: (who: string) => set("who", who, things()),
  going: (who: string) => get<Going>(`going/${who}`, things()),
  keepGoing: (who: string, going: Going) => set(`going/${who}`, going, things()),
  endGoing: (who: string) => del(`going/${who}`, things()),
  device: async () => {
    const known = await get<string>("device", things());
    if (known) return known;
    const made = `web-${crypto.randomUUID()}`;
    await set("device", made, things());
    return made;
  },
  async records(who: string): Promise<Kept[]> {
    const all = (await entries(records())) as [string, Kept][];
    return all
      .filter(([key]) => key.startsWith(`${who}/`))
      .map(([, kept]) => kept)
      .sort((a, b) => b.startedAt - a.startedAt);
  },
  keepRecord: (who: string, kept: Kept) => set(`${who}/${kept.id}`, kept, records()),
  dropRecord: (who: string, id: string) => del(`${who}/${id}`, records()),
  photo: (digest: string) => get<PhotoKept>(digest, photos()),
  keepPhoto: (photo: PhotoKept) => set(photo.digest, photo, photos()),
  dropPhoto: (digest: string) => del(digest, photos()),
};
/** Sent records leave the phone after this many days; their receipts are with the provider's clerk too. */
export const KEPT_DAYS = 60;
