import { concat, toHex, utf8 } from "./bytes.ts";
import { keccak } from "./hash.ts";

/**
 * A sample that anybody can draw again: ids in the order of keccak(seed ‖ id), the first of them. Whoever chooses the
 * records cannot choose the seed after them, and a longer sample begins with the shorter one.
 */
export function sample(seed: string, ids: Iterable<string>, count: number): string[] {
  const prefix = utf8(`SilverLedger/1/sample\n${seed}\n`);
  const drawn: { rank: string; id: string }[] = [];
  for (const id of ids) {
    drawn.push({ rank: toHex(keccak(concat(prefix, utf8(id)))), id });
    if (drawn.length >= count * 2 + KEEP) cut(drawn, count);
  }
  cut(drawn, count);
  return drawn.map(({ id }) => id);
}
const KEEP = 1000;

function cut(drawn: { rank: string; id: string }[], count: number): void {
  drawn.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.id < b.id ? -1 : 1));
  drawn.length = Math.min(drawn.length, count);
}
