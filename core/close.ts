import { IndexLeaf } from "./dayIndex.ts";
import { log } from "./tree.ts";

/**
 * Root and size of a day's index out of (tag, subject, place) rows that come sorted. Memory does not grow with the day,
 * unless `onLeaf` asks for every key's places.
 * Throws RangeError when the rows are not sorted, so that a wrong order cannot pass for a day's index.
 */
export function buildIndex(
  rows: Iterable<[tag: number, subject: Uint8Array, place: number]>,
  onLeaf?: (key: Uint8Array, places: number[], leafHash: Uint8Array) => void,
): { size: number; root: Uint8Array } {
  const frontier = log.frontier();
  let key: Uint8Array | null = null;
  let open: IndexLeaf | null = null;
  let places: number[] = [];
  function add(place: number): void {
    open!.add(place);
    if (onLeaf) places.push(place);
  }
  function flush(): void {
    if (!key || !open) return;
    const leaf = log.leafHash(open.data());
    frontier.append(leaf);
    onLeaf?.(key, places, leaf);
    places = [];
  }
  for (const [tag, subject, place] of rows) {
    if (key && key[0] === tag && sameSubject(key, subject)) {
      add(place);
      continue;
    }
    const next: Uint8Array = new Uint8Array(32);
    next[0] = tag;
    next.set(subject.subarray(0, 31), 1);
    if (key && !isBelow(key, next)) throw new RangeError("index rows out of order");
    flush();
    key = next;
    open = new IndexLeaf(next);
    add(place);
  }
  flush();
  return { size: frontier.size, root: frontier.root() };
}

function sameSubject(key: Uint8Array, subject: Uint8Array): boolean {
  for (let i = 0; i < subject.length; i++) if (key[i + 1] !== subject[i]) return false;
  return true;
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}
