import { concat, type Hex, toHex, ZERO_HASH } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import type { Severity } from "../../core/rules/rule.ts";
import { outcomeOf } from "../../core/rules/ruleSet.ts";
import type { Decision as LineDecision } from "../../core/settlement.ts";
import { uuidBytes } from "../db/uuid.ts";
import type { ReviewStore } from "./store.ts";

const LETS_GO: readonly string[] = ["release", "overturn"];
const DENIES: readonly string[] = ["deny", "uphold"];

/** A verdict or decision about one entry, at its place in the log. */
export interface Word {
  id: string;
  day: number;
  index: number;
  verdict?: { rule: string; severity: Severity };
  decision?: string;
}

/** What stands about entries of a region, as of a day of the log. Bare values alone: nothing is opened for it. */
export class Outcomes {
  readonly #words = new Map<string, Word[]>();

  /** Verdicts and decisions of log days from `fromDay` on: none is older than the entry that it is about. */
  constructor(store: ReviewStore, region: number, fromDay: number, asOfDay: number) {
    const rows = store.bareVerdicts(region, fromDay, asOfDay);
    const withdrawn = new Set(rows.map(({ withdraws }) => withdraws));
    for (const { id, day, index, rule, severity, withdraws, subjects } of rows) {
      if (withdraws !== null || withdrawn.has(id)) continue;
      for (const subject of subjects) this.#add(subject, { id, day, index, verdict: { rule, severity } });
    }
    for (const { id, day, index, subject, outcome } of store.decisions(region, fromDay, asOfDay))
      this.#add(subject, { id, day, index, decision: outcome });
  }

  #add(subject: string, word: Word): void {
    const words = this.#words.get(subject);
    if (words) words.push(word);
    else this.#words.set(subject, [word]);
  }

  /** Everything that stands about an entry, in the order of the log. */
  words(entry: string): readonly Word[] {
    return (this.#words.get(entry) ?? []).sort((a, b) => a.day - b.day || a.index - b.index);
  }

  /** Entries of which anything was said. */
  entries(): IterableIterator<string> {
    return this.#words.keys();
  }

  of(entry: string): LineDecision {
    const words = this.words(entry);
    if (words.length === 0) return PAY;
    const verdicts = toHex(keccak(concat(...words.map(({ id }) => uuidBytes(id)))));
    return { outcome: standing(words), verdicts };
  }
}

const PAY: LineDecision = { outcome: "pay", verdicts: ZERO_HASH as Hex };

/** What words together do: the last decision holds over the verdicts before it; without any verdict nothing is decided. */
export function standing(words: readonly Word[]): "pay" | "held" | "denied" {
  const verdicts = words.filter(({ verdict }) => verdict !== undefined);
  if (verdicts.length === 0) return "pay";
  const last = words.findLastIndex(
    ({ decision }) => decision !== undefined && [...LETS_GO, ...DENIES].includes(decision),
  );
  if (last >= 0 && DENIES.includes(words[last]!.decision!)) return "denied";
  const open = words.slice(last + 1).flatMap(({ verdict }) => (verdict ? [verdict.severity] : []));
  return outcomeOf(open);
}
