import { toHex } from "../../core/bytes.ts";
import {
  type Committed,
  DETAIL_GROUPS,
  type DetailedKind,
  type Disclosure,
  type GroupValues,
  HASH_BYTES,
  type Json,
  SALT_BYTES,
  valuesOf,
} from "../../core/details.ts";
import { ENTRY_KINDS } from "../../core/entry.ts";
import type { Vault } from "../db/vault.ts";

/**
 * What is sealed of an entry's details for one person: version ‖ kind ‖ for each group of the kind in order either
 * 1 ‖ salt (16) ‖ length (4) ‖ canonical text, or 0 ‖ field hash (32). Bytes, because a review opens every box of a day.
 */
const VERSION = 1;
const HEAD = 2;
const LENGTH_BYTES = 4;
const SHOWN_HEAD = 1 + SALT_BYTES + LENGTH_BYTES;
/** Boxes of before this form held a disclosure as JSON, which begins so. */
const JSON_LIST = 0x5b;

/** Where a box belongs; it opens nowhere else. */
export function boxPlace(region: number, id: string, slot: number): string {
  return `${region}/${id}/${slot}`;
}

export function packDetails(kind: DetailedKind, { texts, salts, hashes }: Committed, shown: readonly string[]): Buffer {
  const groups: readonly string[] = DETAIL_GROUPS[kind];
  let longest = HEAD;
  // No text has more than three bytes for each of its UTF-16 units.
  groups.forEach((group, i) => {
    longest += shown.includes(group) ? SHOWN_HEAD + texts[i]!.length * 3 : 1 + HASH_BYTES;
  });
  const packed = Buffer.allocUnsafe(longest);
  packed[0] = VERSION;
  packed[1] = ENTRY_KINDS.indexOf(kind);
  let at = HEAD;
  const put = (bytes: Uint8Array, from: number, length: number) => {
    for (let i = 0; i < length; i++) packed[at + i] = bytes[from + i]!;
    at += length;
  };
  groups.forEach((group, i) => {
    const isShown = shown.includes(group);
    packed[at++] = isShown ? 1 : 0;
    if (isShown) {
      put(salts, i * SALT_BYTES, SALT_BYTES);
      const length = packed.write(texts[i]!, at + LENGTH_BYTES);
      packed.writeUInt32BE(length, at);
      at += LENGTH_BYTES + length;
    } else put(hashes, i * HASH_BYTES, HASH_BYTES);
  });
  return packed.subarray(0, at);
}

/** Walks over the groups of a box; `at` is where the salt or the hash begins, `end` where the group ends. */
function eachGroup(box: Buffer, take: (group: string, shown: boolean, at: number, end: number) => void): void {
  const groups: readonly string[] | undefined = DETAIL_GROUPS[ENTRY_KINDS[box[1]!] as DetailedKind];
  if (box[0] !== VERSION || !groups) throw new RangeError("not a box of details");
  let at = HEAD;
  for (const group of groups) {
    const shown = box[at] === 1;
    const end = at + (shown ? SHOWN_HEAD + box.readUInt32BE(at + SHOWN_HEAD - LENGTH_BYTES) : 1 + HASH_BYTES);
    if (end > box.length) throw new RangeError("a box that was cut short");
    take(group, shown, at + 1, end);
    at = end;
  }
}
const textIn = (box: Buffer, at: number, end: number): string => box.toString("utf8", at + SHOWN_HEAD - 1, end);

/** The groups of an opened box, shown or as their hashes. Throws RangeError on bytes that are no box. */
export function unpackDetails(box: Buffer): Disclosure {
  if (box[0] === JSON_LIST) return JSON.parse(box.toString()) as Disclosure;
  const found: Disclosure = [];
  eachGroup(box, (group, shown, at, end) =>
    found.push(
      shown
        ? { group, salt: toHex(box.subarray(at, at + SALT_BYTES)), value: textIn(box, at, end) }
        : { group, fieldHash: toHex(box.subarray(at, end)) },
    ),
  );
  return found;
}

/** The values of the groups that an opened box shows, or of the named ones among them; an absent group has none. */
export function boxValues(box: Buffer, only?: readonly string[]): GroupValues {
  const values: GroupValues = {};
  const wanted = (group: string) => !only || only.includes(group);
  if (box[0] === JSON_LIST) return valuesOf(unpackDetails(box).filter(({ group }) => wanted(group)));
  eachGroup(box, (group, shown, at, end) => {
    if (shown && end > at + SHOWN_HEAD - 1 && wanted(group)) values[group] = JSON.parse(textIn(box, at, end)) as Json;
  });
  return values;
}

/** The details of an entry, group by group; null once the person was erased. */
export function openBox<T>(
  vault: Vault,
  region: number,
  { id, person, box }: { id: string; person: Buffer | null; box: Buffer | null },
): T | null {
  const opened = person && box ? vault.open(region, person, boxPlace(region, id, 0), box) : null;
  return opened && (boxValues(opened) as T);
}
