import { dateOfDay } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { ruleOf } from "../../core/rules/catalogue.ts";
import { distanceM } from "../../core/rules/distance.ts";
import type { Numbers, ReviewVisit, Words } from "../../core/rules/rule.ts";
import { SAMPLE_MARKS } from "../../core/rules/ruleSet.ts";
import type { Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import { Outcomes, standing, type Word } from "./outcomes.ts";
import type { QueueState } from "./schema.ts";
import { appealUntil, type ReviewStore, ruleSetOn, type VerdictRow } from "./store.ts";
import { VisitReader } from "./visits.ts";

/** How often reviewers found a rule's findings wrong, of those that they decided. */
export interface RuleHistory {
  rule: string;
  decided: number;
  wrong: number;
  /** Findings of a hundred that may be wrong; null where the rule is in no set. */
  budgetPercent: number | null;
  /** Whether more were found wrong than the budget allows. */
  spent: boolean;
}

/** One verdict as a person reads it. */
export interface Explanation {
  id: string;
  rule: { id: string; name: string; version: number; level: string; title: Words; text: Words };
  severity: string;
  rated: string;
  sentence: Words;
  numbers: Numbers;
  basis: readonly string[];
  /** The visits that it is about, side by side. */
  records: ExplainedRecord[];
  history: RuleHistory;
  appeal: { until: string; zh: string; en: string };
  /** Day of the review, its rule set's hash. */
  reviewedDay: number;
  ruleset: string;
}

export interface ExplainedRecord {
  id: string;
  provider: string;
  caregiver: string;
  elder: string;
  item: string;
  startedAt: number;
  endedAt: number;
  receivedAt: number;
  placeIn: { lon: number; lat: number; accuracyM: number } | null;
  placeOut: { lon: number; lat: number; accuracyM: number } | null;
  /** From the check-out of the record before to this check-in; null for the first, or without a fix. */
  metresFromBefore: number | null;
  bookedMinutes: number;
  units: number;
  priceFen: number;
  manual: boolean;
  family: string;
}

export interface Explanations {
  /** Throws Refusal not_found, erased. */
  explain(region: number, verdict: string): Explanation;
  history(region: number): RuleHistory[];
  /** Entries that wait for somebody: held, asked about, contested, or marked by three rules. */
  queue(region: number, states: readonly QueueState[], after: { day: number; index: number }, limit: number): Queued[];
}

export interface Queued {
  entry: string;
  day: number;
  index: number;
  state: QueueState;
  rules: string[];
  verdicts: string[];
}

/** Of fewer decisions no share is told. */
const MIN_DECIDED = 10;
/** Lines older than this have been decided or expired: nobody is asked about them any more. */
const QUEUE_DAYS = 180;

export function queueState(words: readonly Word[], outcome: "pay" | "held" | "denied"): QueueState | null {
  const last = words.findLast(({ decision }) => decision !== undefined)?.decision;
  if (last === "appeal") return "appealed";
  if (outcome === "held") return last === "ask" ? "asked" : last === "answer" ? "answered" : "held";
  const marks = new Set(words.flatMap(({ verdict }) => (verdict?.severity === "mark" ? [verdict.rule] : [])));
  return outcome === "pay" && last === undefined && marks.size >= SAMPLE_MARKS ? "sample" : null;
}

export function openExplanations(parts: { store: ReviewStore; vault: Vault; entries: Entries }): Explanations {
  const { store, vault, entries } = parts;

  function find(region: number, id: string): VerdictRow {
    const at = store.entry(region, id);
    const row = at?.kind === "Verdict" && store.verdicts(region, at.day, at.day).find((one) => one.id === id);
    if (!row) throw new Refusal("not_found");
    return row;
  }

  function history(region: number): RuleHistory[] {
    const { openDay } = entries.store.regionRow(region);
    const set = ruleSetOn(store, region, openDay);
    const settings = set?.ruleSet.rules ?? [];
    const counts = new Map<string, { decided: number; wrong: number }>();
    const outcomes = new Outcomes(store, region, 0, openDay);
    for (const entry of outcomes.entries()) {
      const words = outcomes.words(entry);
      const decisive = words.findLast(({ decision }) =>
        ["release", "deny", "uphold", "overturn"].includes(decision ?? ""),
      );
      if (!decisive) continue;
      const wrong = decisive.decision === "release" || decisive.decision === "overturn" ? 1 : 0;
      const rules = new Set(
        words.flatMap(({ verdict }) =>
          verdict?.severity === "hold" || verdict?.severity === "block" ? [verdict.rule] : [],
        ),
      );
      for (const rule of rules) {
        const count = counts.get(rule) ?? { decided: 0, wrong: 0 };
        counts.set(rule, { decided: count.decided + 1, wrong: count.wrong + wrong });
      }
    }
    const ids = new Set([...settings.map(({ id }) => id), ...counts.keys()]);
    return [...ids].sort().map((rule) => {
      const { decided, wrong } = counts.get(rule) ?? { decided: 0, wrong: 0 };
      const budgetPercent = settings.find(({ id }) => id === rule)?.falsePercent ?? null;
      return {
        rule,
        decided,
        wrong,
        budgetPercent,
        spent: budgetPercent !== null && decided >= MIN_DECIDED && wrong * 100 > decided * budgetPercent,
      };
    });
  }

  function recordsOf(region: number, row: VerdictRow): ExplainedRecord[] {
    const reader = new VisitReader(store, vault, region, entries.store.regionRow(region).offsetMinutes);
    const visits = row.subjects.flatMap((id) => {
      const at = store.entry(region, id);
      const visit = at?.kind === "Visit" ? reader.at(at.day, at.index) : null;
      return visit ? [visit] : [];
    });
    return visits.map((visit, i) => recordOf(visit, visits[i - 1]));
  }

  return {
    history,
    explain(region, id) {
      const row = find(region, id);
      type Finding = { finding: { rated: string; numbers: Numbers; basis: string[] } };
      const finding = openBox<Finding>(vault, region, row)?.finding;
      if (!finding) throw new Refusal("erased");
      const { id: ruleId, name, version, level, title, text, say } = ruleOf(row.rule);
      const { numbers, rated, basis } = finding;
      const until = dateOfDay(appealUntil(store, region, row.day));
      const review = store.reviews(region, 0, row.day).find((one) => one.id === row.review)!;
      return {
        id,
        rule: { id: ruleId, name, version, level, title, text },
        severity: row.severity,
        rated,
        sentence: row.severity === "withdrawn" ? withdrawn(String(numbers["reason"])) : say(numbers),
        numbers,
        basis,
        records: recordsOf(region, row),
        history: history(region).find(({ rule }) => rule === ruleId) ?? {
          rule: ruleId,
          decided: 0,
          wrong: 0,
          budgetPercent: null,
          spent: false,
        },
        appeal: {
          until,
          zh: `暂缓的,可在审核人要求时补充证据;不予支付的,可在${until}前提出申诉,由另一人复核。`,
          en: `A held line: answer what the reviewer asks. A line that is not paid: appeal until ${until}; somebody else decides.`,
        },
        reviewedDay: review.reviewedDay,
        ruleset: review.ruleset,
      };
    },
    queue(region, states, after, limit) {
      const { openDay } = entries.store.regionRow(region);
      const outcomes = new Outcomes(store, region, Math.max(0, openDay - QUEUE_DAYS), openDay);
      const found: Queued[] = [];
      for (const entry of outcomes.entries()) {
        const words = outcomes.words(entry);
        const state = queueState(words, standing(words));
        const at = state && states.includes(state) ? store.entry(region, entry) : null;
        if (!at || !state || at.day < after.day || (at.day === after.day && at.index <= after.index)) continue;
        const verdicts = words.flatMap((word) => (word.verdict ? [word] : []));
        found.push({
          entry,
          day: at.day,
          index: at.index,
          state,
          rules: [...new Set(verdicts.map(({ verdict }) => verdict!.rule))],
          verdicts: verdicts.map(({ id }) => id),
        });
      }
      return found.sort((a, b) => a.day - b.day || a.index - b.index).slice(0, limit);
    },
  };
}

const WITHDRAWN: Record<string, Words> = {
  corrected: { zh: "所涉记录已更正,原结论撤回。", en: "The record was corrected; the finding is taken back." },
  retracted: {
    zh: "所依据的信息已撤回,原结论撤回。",
    en: "What it rested on was retracted; the finding is taken back.",
  },
  cleared: {
    zh: "查明登记地址有误,原结论撤回。",
    en: "The registered address turned out wrong; the finding is taken back.",
  },
};
const withdrawn = (reason: string): Words =>
  WITHDRAWN[reason] ?? { zh: "原结论撤回。", en: "The finding is taken back." };

function recordOf(visit: ReviewVisit, before: ReviewVisit | undefined): ExplainedRecord {
  const [from, to] = [before?.placeOut ?? before?.placeIn, visit.placeIn ?? visit.placeOut];
  const { id, provider, carer, elder, item, startedAt, endedAt, sentAt, placeIn, placeOut } = visit;
  const { bookedMinutes, units, priceFen, manual, family } = visit;
  return {
    id,
    provider,
    caregiver: carer,
    elder,
    item,
    startedAt,
    endedAt,
    receivedAt: sentAt,
    placeIn,
    placeOut,
    metresFromBefore: from && to ? distanceM(from, to) : null,
    bookedMinutes,
    units,
    priceFen,
    manual,
    family,
  };
}
