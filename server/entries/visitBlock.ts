import { writeHex } from "../../core/bytes.ts";
import { ENTRY_KINDS, type Visit } from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";
import type { ReadyEntry } from "./store.ts";

/** Of fewer visits the rows are written one by one: that is as fast. */
const MIN_VISITS = 8;
/** Bytes of a visit that stand beside its JSON: id, digest, carer, elder, commitment to the details. */
const [ID, DIGEST, CARER, ELDER, DETAILS, WIDTH] = [0, 16, 48, 64, 80, 112];
const PERSON = 16;
/** A box is told by where it begins and how long it is, in one number. */
const LENGTHS = 0x1_0000;

const at = (column: number, length: number) => `substr(:bytes, key * ${WIDTH} + ${column + 1}, ${length})`;

/**
 * Writes the rows of many visits by a statement a table, which takes their values out of a few flat parameters. A row of its
 * own costs several times as much, most of it for handing each value over to the database (ADR 0004).
 */
export function openVisitBlock(sql: Sql) {
  const kind = ENTRY_KINDS.indexOf("Visit");
  const entry =
    sql.prepare(`INSERT INTO entry SELECT :region, :day, :first + key, ${kind}, ${at(ID, 16)}, ${at(DIGEST, 32)},
    :submission FROM json_each(:visits)`);
  const visit = sql.prepare(`INSERT INTO visit SELECT :region, :day, :first + key, value ->> 0, ${at(CARER, 16)},
    ${at(ELDER, 16)}, value ->> 1, value ->> 2, value ->> 3, NULL, ${at(DETAILS, 32)} FROM json_each(:visits)`);
  const box = sql.prepare(`INSERT INTO detail_box SELECT :region, :day, :first + (key >> 1), key & 1,
    substr(:persons, key * ${PERSON} + 1, ${PERSON}), substr(:boxes, value / ${LENGTHS} + 1, value % ${LENGTHS})
    FROM json_each(:spans)`);

  /** Whether these are visits that can be written so: none of them corrects another, and each has its two boxes. */
  function takes(entries: readonly ReadyEntry[]): entries is ReadyEntry<"Visit">[] {
    return (
      entries.length >= MIN_VISITS &&
      entries.every(
        ({ kind, entry, boxes }) =>
          kind === "Visit" &&
          (entry as Visit).replaces === null &&
          (entry as Visit).details instanceof Uint8Array &&
          boxes.length === 2 &&
          boxes.every(({ slot, box }, i) => slot === i && box.length < LENGTHS),
      )
    );
  }

  return {
    takes,
    /** Throws the database's error of the first row that it refuses; others stand by then. */
    insert(
      [region, day, first]: [number, number, number],
      entries: readonly ReadyEntry<"Visit">[],
      submission: Uint8Array | null,
    ): void {
      const bytes = Buffer.allocUnsafe(entries.length * WIDTH);
      const persons = Buffer.allocUnsafe(entries.length * 2 * PERSON);
      const spans: number[] = [];
      const boxes: Buffer[] = [];
      let end = 0;
      const visits = entries.map(({ entry: v, digest, boxes: own }, i) => {
        const from = i * WIDTH;
        writeHex(v.id, 0, bytes, from + ID);
        bytes.set(digest, from + DIGEST);
        writeHex(v.caregiver, 0, bytes, from + CARER);
        writeHex(v.elder, 0, bytes, from + ELDER);
        bytes.set(v.details as Uint8Array, from + DETAILS);
        for (const { person, box } of own) {
          writeHex(person, 0, persons, spans.length * PERSON);
          spans.push(end * LENGTHS + box.length);
          boxes.push(box);
          end += box.length;
        }
        return [v.provider, v.item, v.startedAt, v.endedAt];
      });
      const rows = { region, day, first, bytes, visits: JSON.stringify(visits) };
      entry.run({ ...rows, submission });
      visit.run(rows);
      box.run({ region, day, first, persons, boxes: Buffer.concat(boxes, end), spans: JSON.stringify(spans) });
    },
  };
}
