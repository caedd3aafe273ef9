import { concat, utf8, word, writeHex } from "./bytes.ts";
import { log } from "./tree.ts";

/**
 * The day's index: a tree over (key, index) of every carer, elder and provider that an entry names, sorted.
 * Its root stands in the day's Close entry, so that "these are all the visits of this carer that day" and "there is
 * none" can be proven: the neighbours left and right of a key's run leave no room.
 */
export type IndexedRole = "provider" | "carer" | "elder";
const ROLE_TAG: Record<IndexedRole, number> = { provider: 1, carer: 2, elder: 3 };

/** 32 bytes: the role's tag, then the credit code (ASCII) or the pseudonym (16 bytes), then zeros. */
export function indexKey(role: IndexedRole, subject: string): Uint8Array {
  const key = new Uint8Array(32);
  key[0] = ROLE_TAG[role];
  if (role === "provider") key.set(utf8(subject).subarray(0, 31), 1);
  else writeHex(subject, 0, key, 1);
  return key;
}

/** Leaf of the index tree; `log.leafHash` prefixes 0x00. */
export function indexLeaf(key: Uint8Array, index: number): Uint8Array {
  return log.leafHash(concat(key, word(index)));
}
