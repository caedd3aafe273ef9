import { concat, fromHex, type Hex, toHex, word } from "./bytes.ts";
import { keccak } from "./hash.ts";

/** A sealed day and the chain of heads that binds every day to all before it (ledger: RecordLedger.sol). */
export interface Seal {
  region: number;
  day: number;
  size: number;
  root: Hex;
  /** keccak(abi.encode(previous head, day, size, root)). */
  head: Hex;
}

/** head₀ = keccak(abi.encode(ledgerId, region, firstDay, offset)); the offset is signed, in minutes. */
export function firstHead(ledgerId: Hex, region: number, firstDay: number, offsetMinutes: number): Hex {
  const offset = BigInt.asUintN(256, BigInt(offsetMinutes));
  return toHex(keccak(concat(fromHex(ledgerId), word(region), word(firstDay), word(offset))));
}

/** The head after each day of a gapless run of seals, and before the first; null when a day is missing. */
export function headsAfter(
  ledgerId: Hex,
  { region, firstDay, offsetMinutes }: { region: number; firstDay: number; offsetMinutes: number },
  seals: { day: number; size: number; root: Hex }[],
): Map<number, Hex> | null {
  let head = firstHead(ledgerId, region, firstDay, offsetMinutes);
  const heads = new Map([[firstDay - 1, head]]);
  for (const [i, seal] of seals.entries()) {
    if (seal.day !== firstDay + i) return null;
    head = nextHead(head, seal);
    heads.set(seal.day, head);
  }
  return heads;
}

export function nextHead(head: Hex, seal: { day: number; size: number; root: Hex }): Hex {
  return toHex(keccak(concat(fromHex(head), word(seal.day), word(seal.size), fromHex(seal.root))));
}
