import { availableParallelism } from "node:os";
import { type Details, HASH_BYTES } from "../../core/details.ts";
import type { Visit } from "../../core/entry.ts";
import type { BoxKey } from "../db/cipher.ts";
import type { Vault } from "../db/vault.ts";
import { openHelperThread } from "../helperThread.ts";
import { ownersOf, prepareEntry } from "./preparing.ts";
import type { ReadyEntry } from "./store.ts";

export type Bare = Omit<Visit, "details">;
export type DetailedVisit = Bare & { details: Details };

export interface PrepareTask {
  /** The visits as JSON, alone or in the batch that was sent: bytes cross to another thread many times faster than objects. */
  visits: string | Uint8Array;
  persons: string[];
  /** The persons' keys, in their order. */
  keys: BoxKey[];
}

/** What was made of a batch, one list for each kind of thing, in the order of its visits. */
export interface PreparedVisits {
  digests: Uint8Array;
  commitments: Uint8Array;
  marks: BigInt64Array;
  boxes: Uint8Array;
  /** Where each box ends; two boxes a visit. */
  ends: Uint32Array;
}

/** Fewer visits are prepared at once where they are: crossing to the other thread and back takes as long. */
const MIN_BATCH = 32;

export interface Preparer {
  /** Hashes visits and seals their details. A batch is prepared by a second thread, while this one answers and writes. */
  prepare(visits: readonly DetailedVisit[], bytes?: Uint8Array): Promise<ReadyEntry[]>;
  close(): Promise<void>;
}

/** The rows of a batch out of what the other thread made of it. */
function readyEntries(visits: readonly DetailedVisit[], made: PreparedVisits): ReadyEntry[] {
  const boxes = Buffer.from(made.boxes.buffer);
  const hashAt = (hashes: Uint8Array, i: number) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
  let [next, at] = [0, 0];
  const nextBox = () => {
    const from = at;
    at = made.ends[next++]!;
    return boxes.subarray(from, at);
  };
  return visits.map((visit, i): ReadyEntry => {
    const { id, region, provider, caregiver, elder, item, startedAt, endedAt, replaces } = visit;
    const details = hashAt(made.commitments, i);
    const entry = { id, region, provider, caregiver, elder, item, startedAt, endedAt, replaces, details };
    const own = ownersOf("Visit", visit, visit.details).map(({ slot, person }) => ({ slot, person, box: nextBox() }));
    return { kind: "Visit", entry, digest: hashAt(made.digests, i), seedMark: made.marks[i]!, boxes: own };
  });
}

export function openPreparer(vault: Vault, domain: Uint8Array): Preparer {
  // A thread that died takes its batches with it: they are answered as bugs.
  const thread = openHelperThread<PrepareTask, PreparedVisits>(new URL("./preparerWorker.ts", import.meta.url), domain);
  return {
    async prepare(visits, bytes) {
      if (visits.length < MIN_BATCH || availableParallelism() === 1)
        return visits.map(({ details, ...bare }) => prepareEntry(domain, "Visit", bare, details, vault.seal));
      const persons = [...new Set(visits.flatMap(({ elder, caregiver }) => [elder, caregiver]))];
      const keys = vault.keysOf(visits[0]!.region, persons);
      const made = await thread.ask({ visits: bytes ?? JSON.stringify(visits), persons, keys });
      return readyEntries(visits, made);
    },
    close: thread.close,
  };
}
