import { workerData } from "node:worker_threads";
import { HASH_BYTES } from "../../core/details.ts";
import type { Visit } from "../../core/entry.ts";
import { type BoxKey, encrypt } from "../db/cipher.ts";
import { answerQuestions } from "../helperThread.ts";
import type { DetailedVisit, PreparedVisits, PrepareTask } from "./preparer.ts";
import { prepareEntry } from "./preparing.ts";

/** Hashes and seals batches of visits, beside the thread that answers and writes. It keeps nothing of them. */
const domain = new Uint8Array(workerData as Uint8Array);
const decoder = new TextDecoder();

/** What the schema made of the same bytes: it changes nothing but to name a correction that is not one. */
function visitsIn(visits: PrepareTask["visits"]): DetailedVisit[] {
  if (typeof visits === "string") return JSON.parse(visits) as DetailedVisit[];
  const batch = JSON.parse(decoder.decode(visits)) as { visits: DetailedVisit[] };
  for (const visit of batch.visits) visit.replaces ??= null;
  return batch.visits;
}

function prepare({ visits, persons, keys }: PrepareTask): PreparedVisits {
  const keyOf = new Map<string, BoxKey>(persons.map((person, i) => [person, keys[i]!]));
  const list = visitsIn(visits);
  const [digests, commitments] = [new Uint8Array(list.length * HASH_BYTES), new Uint8Array(list.length * HASH_BYTES)];
  const marks = new BigInt64Array(list.length);
  const boxes: Buffer[] = [];
  list.forEach(({ details, ...bare }, i) => {
    const ready = prepareEntry(domain, "Visit", bare, details, (_region, person, place, plain) =>
      encrypt(keyOf.get(person)!, plain, place),
    );
    digests.set(ready.digest, i * HASH_BYTES);
    commitments.set((ready.entry as Visit).details as Uint8Array, i * HASH_BYTES);
    marks[i] = ready.seedMark!;
    for (const { box } of ready.boxes) boxes.push(box);
  });
  const packed = new Uint8Array(boxes.reduce((length, box) => length + box.length, 0));
  const ends = new Uint32Array(boxes.length);
  let at = 0;
  boxes.forEach((box, i) => {
    packed.set(box, at);
    at += box.length;
    ends[i] = at;
  });
  return { digests, commitments, marks, boxes: packed, ends };
}

answerQuestions(prepare, ({ digests, commitments, marks, boxes, ends }) =>
  [digests, commitments, marks, boxes, ends].map((list) => list.buffer as ArrayBuffer),
);
