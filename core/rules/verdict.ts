import type { Hex } from "../bytes.ts";
import { toHex, utf8 } from "../bytes.ts";
import { canonical, type Json } from "../details.ts";
import { keccak } from "../hash.ts";
import type { Numbers, Severity } from "./rule.ts";

/** What a review found, before it is an entry: the same records and rule set give the same, byte for byte. */
export interface VerdictContent {
  rule: string;
  version: number;
  /** What it does, under the mode of the day. */
  severity: Severity;
  /** What the rule itself said. */
  rated: Severity;
  subjects: readonly string[];
  numbers: Numbers;
  /** Feed entries that it rests on. */
  basis: readonly string[];
  /** The verdict that this one takes back; "" otherwise. */
  withdraws: string;
}

/** A verdict of an earlier day that nobody took back. */
export interface Standing extends VerdictContent {
  id: string;
}

export const verdictText = (verdict: VerdictContent): string => canonical(verdict as unknown as Json);

/** What a review's verdicts hash to, in their order. */
export function verdictsHash(verdicts: readonly VerdictContent[]): Hex {
  return toHex(keccak(utf8(`[${verdicts.map(verdictText).join(",")}]`)));
}
