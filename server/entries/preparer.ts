import type { KeyObject } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Details, HASH_BYTES } from "../../core/details.ts";
import type { Visit } from "../../core/entry.ts";
import type { Vault } from "../db/vault.ts";
import { ownersOf, prepareEntry } from "./preparing.ts";
import type { ReadyEntry } from "./store.ts";

export type Bare = Omit<Visit, "details">;
export type DetailedVisit = Bare & { details: Details };

export interface PrepareTask {
  number: number;
  /** The visits as JSON, alone or in the batch that was sent: bytes cross to another thread many times faster than objects. */
  visits: string | Uint8Array;
  persons: string[];
  /** The persons' keys, in their order. */
  keys: KeyObject[];
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

type Answer = { number: number } & ({ made: PreparedVisits } | { error: string });

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
  const waiting = new Map<number, { resolve: (made: PreparedVisits) => void; reject: (error: Error) => void }>();
  let worker: Worker | null = null;
  let number = 0;

  function settle(answer: Answer): void {
    const asked = waiting.get(answer.number)!;
    waiting.delete(answer.number);
    // An idle thread keeps nobody's process running.
    if (waiting.size === 0) worker?.unref();
    if ("made" in answer) asked.resolve(answer.made);
    else asked.reject(new Error(answer.error));
  }

  // A thread that died takes its batches with it: they are answered as bugs, and the next batch starts another.
  function fail(started: Worker, error: Error): void {
    if (worker !== started) return;
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  function start(): Worker {
    const started = new Worker(new URL("./preparerWorker.ts", import.meta.url), { workerData: domain });
    started
      .on("message", settle)
      .on("error", (error) => fail(started, error))
      .on("exit", () => fail(started, new Error("the thread that prepares batches ended")));
    return started;
  }

  return {
    async prepare(visits, bytes) {
      if (visits.length < MIN_BATCH || availableParallelism() === 1)
        return visits.map(({ details, ...bare }) => prepareEntry(domain, "Visit", bare, details, vault.seal));
      const persons = [...new Set(visits.flatMap(({ elder, caregiver }) => [elder, caregiver]))];
      const keys = vault.keysOf(visits[0]!.region, persons);
      const made = await new Promise<PreparedVisits>((resolve, reject) => {
        worker ??= start();
        worker.ref();
        waiting.set(++number, { resolve, reject });
        worker.postMessage({ number, visits: bytes ?? JSON.stringify(visits), persons, keys } satisfies PrepareTask);
      });
      return readyEntries(visits, made);
    },
    async close() {
      await worker?.terminate();
    },
  };
}
