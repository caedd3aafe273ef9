import { commitDetails, type DetailedKind, type Details } from "../../core/details.ts";
import { type EntryKind, type EntryOf, entryDigest } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import type { SignDigest } from "../../core/signature.ts";
import { RECEIPT, type Receipt } from "../../core/statement.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { Clock } from "../clock.ts";
import { isFull } from "../db/client.ts";
import type { Vault } from "../db/vault.ts";
import { type DetailedVisit, openPreparer } from "./preparer.ts";
import { prepareEntry } from "./preparing.ts";
import type { EntryStore, Job, ReadyEntry, Receipted } from "./store.ts";

/** Most entries that share one disk flush; bounds the wait of the first among them. */
const GROUP_ENTRIES = 5_000;

export interface Entries {
  /** Commits to an entry's details; the entry's own `details` field is set from it. */
  ready<K extends DetailedKind>(kind: K, entry: Omit<EntryOf[K], "details">, details: Details): ReadyEntry<K>;
  /**
   * A batch of visits at once, of one region; a large one is hashed and sealed in a second thread. `bytes` may be the
   * JSON that they were read from, a VisitBatch.
   */
  readyVisits(visits: readonly DetailedVisit[], bytes?: Uint8Array): Promise<ReadyEntry[]>;
  /** The digest alone: nothing is sealed and no person's key is made. */
  digestOf<K extends DetailedKind>(kind: K, entry: Omit<EntryOf[K], "details">, details: Details): Uint8Array;
  /** Hashes an entry that has no details. */
  readyBare<K extends EntryKind>(kind: K, entry: EntryOf[K]): ReadyEntry<K>;
  /** Appends durably; resolves with the receipt, rejects with a Refusal. Jobs that wait together share a flush. */
  append(job: Job): Promise<Receipted>;
  store: EntryStore;
  close(): Promise<void>;
}

export function openEntries(parts: {
  store: EntryStore;
  vault: Vault;
  clock: Clock;
  domain: Uint8Array;
  /** How a region's operator signs. */
  signOf: (region: number) => SignDigest;
  clockProblem?: () => Refusal | null;
}): Entries {
  const { store, vault, clock, domain } = parts;
  const preparer = openPreparer(vault, domain);
  const signReceipt = (receipt: Receipt) => parts.signOf(receipt.region)(typedDigest(domain, RECEIPT, receipt));
  let waiting: { job: Job; resolve: (receipted: Receipted) => void; reject: (error: unknown) => void }[] = [];

  function takeGroup() {
    let entries = 0;
    let length = 0;
    while (
      length < waiting.length &&
      (length === 0 || entries + waiting[length]!.job.entries.length <= GROUP_ENTRIES)
    ) {
      entries += waiting[length]!.job.entries.length;
      length++;
    }
    const group = waiting.slice(0, length);
    waiting = waiting.slice(length);
    return group;
  }

  function flush(): void {
    const group = takeGroup();
    if (waiting.length > 0) setImmediate(flush);
    try {
      const problem = parts.clockProblem?.();
      if (problem) throw problem;
      const outcomes = store.append(
        group.map(({ job }) => job),
        clock.now(),
        signReceipt,
      );
      outcomes.forEach((outcome, i) => {
        if (outcome instanceof Refusal) group[i]!.reject(outcome);
        else group[i]!.resolve(outcome);
      });
    } catch (error) {
      const refusal = isFull(error) ? new Refusal("storage_full") : error;
      for (const { reject } of group) reject(refusal);
    }
  }

  return {
    store,
    ready(kind, bare, details) {
      return prepareEntry(domain, kind, bare, details, vault.seal);
    },
    readyVisits: preparer.prepare,
    digestOf(kind, bare, details) {
      const entry = { ...bare, details: commitDetails(kind, details) };
      return entryDigest(domain, kind, entry as unknown as EntryOf[typeof kind]);
    },
    readyBare: (kind, entry) => ({ kind, entry, digest: entryDigest(domain, kind, entry), seedMark: null, boxes: [] }),
    append(job) {
      return new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      });
    },
    close: preparer.close,
  };
}
