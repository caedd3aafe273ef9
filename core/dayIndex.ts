import { concat, equal, utf8, writeHex, writeWord } from "./bytes.ts";
import { keccakParts } from "./hash.ts";
import { log } from "./tree.ts";

/**
 * The day's index: one leaf for each provider, carer and elder that an entry of the day names, sorted by key, holding
 * the places of all those entries. Its root stands in the day's Close entry, so that "these are all the visits of this
 * carer that day" is one inclusion proof, and "there is none" is two neighbours that leave no room (ADR 0005).
 */
export type IndexedRole = "provider" | "carer" | "elder";
export const ROLE_TAG: Record<IndexedRole, number> = { provider: 1, carer: 2, elder: 3 };

/** 32 bytes: the role's tag, then the credit code (ASCII) or the pseudonym (16 bytes), then zeros. */
export function indexKey(role: IndexedRole, subject: string): Uint8Array {
  const key = new Uint8Array(32);
  key[0] = ROLE_TAG[role];
  if (role === "provider") key.set(utf8(subject).subarray(0, 31), 1);
  else writeHex(subject, 0, key, 1);
  return key;
}

/** Data of an index leaf: key ‖ keccak(places, 32 bytes each). `log.leafHash` makes the leaf of it. */
export function indexLeafData(key: Uint8Array, places: number[]): Uint8Array {
  const leaf = new IndexLeaf(key);
  for (const place of places) leaf.add(place);
  return leaf.data();
}

const PLACES_AT_ONCE = 32;

/** The data of a key's leaf while its places come: hashed as they come, so that memory does not grow with them. */
export class IndexLeaf {
  readonly #key: Uint8Array;
  readonly #words = new Uint8Array(PLACES_AT_ONCE * 32);
  readonly #hash = keccakParts();
  #waiting = 0;
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  add(place: number): void {
    writeWord(place, this.#words, this.#waiting * 32);
    if (++this.#waiting === PLACES_AT_ONCE) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#words.subarray(0, this.#waiting * 32));
    this.#words.fill(0);
    this.#waiting = 0;
  }

  data(): Uint8Array {
    this.#flush();
    return concat(this.#key, this.#hash.digest());
  }
}

/** A leaf with its neighbours' keys, as a proof shows it. */
export interface IndexedKey {
  position: number;
  key: Uint8Array;
  places: number[];
  proof: Uint8Array[];
}

function below(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

function holds(leaf: IndexedKey, size: number, root: Uint8Array): boolean {
  return log.verifyInclusion(leaf.position, size, log.leafHash(indexLeafData(leaf.key, leaf.places)), leaf.proof, root);
}

/** Whether these are all places of a key in the day's index. */
export function verifyPresence(key: Uint8Array, leaf: IndexedKey, size: number, root: Uint8Array): boolean {
  return equal(leaf.key, key) && leaf.places.length > 0 && holds(leaf, size, root);
}

/** Whether a key is not in the day's index: its neighbours stand side by side, or it lies beyond an end. */
export function verifyAbsence(
  key: Uint8Array,
  left: IndexedKey | null,
  right: IndexedKey | null,
  size: number,
  root: Uint8Array,
): boolean {
  if (size === 0) return left === null && right === null && equal(root, log.emptyRoot);
  if (left && !(below(left.key, key) && holds(left, size, root))) return false;
  if (right && !(below(key, right.key) && holds(right, size, root))) return false;
  if (left && right) return right.position === left.position + 1;
  if (left) return left.position === size - 1;
  return right !== null && right.position === 0;
}
