import type { Hex } from "../bytes.ts";
import { toHex, utf8 } from "../bytes.ts";
import { canonical, type Json } from "../details.ts";
import { keccak } from "../hash.ts";
import type { Numbers, Severity } from "./rule.ts";
import { ruleOrder } from "./ruleSet.ts";

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

/** Subjects of one verdict; a longer series is told in several. */
const MAX_SUBJECTS = 1000;

/** A verdict with too many subjects in several. */
export function bounded(verdict: VerdictContent): VerdictContent[] {
  if (verdict.subjects.length <= MAX_SUBJECTS || verdict.withdraws !== "") return [verdict];
  const parts: VerdictContent[] = [];
  for (let i = 0; i < verdict.subjects.length; i += MAX_SUBJECTS)
    parts.push({ ...verdict, subjects: verdict.subjects.slice(i, i + MAX_SUBJECTS) });
  return parts;
}

/** The order in which a review tells its verdicts. */
export function inOrder(a: VerdictContent, b: VerdictContent): number {
  const [first, second] = [a.subjects.join(), b.subjects.join()];
  return (
    ruleOrder(a.rule) - ruleOrder(b.rule) ||
    (first < second ? -1 : first > second ? 1 : 0) ||
    (a.withdraws < b.withdraws ? -1 : a.withdraws > b.withdraws ? 1 : 0) ||
    (canonical(a.numbers) < canonical(b.numbers) ? -1 : 1)
  );
}
