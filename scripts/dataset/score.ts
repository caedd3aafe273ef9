import type { AllowanceRefusal } from "../../core/entitlement.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import type { RowOf } from "../../server/imports/schema.ts";
import type { Ledger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { Outcomes } from "../../server/reviews/outcomes.ts";
import type { Pseudonym } from "./entries.ts";
import type { FeedRow } from "./feeds.ts";
import { readTable } from "./read.ts";

/** How one rule did on labelled data. Null where nothing can be said. */
export interface RuleScore {
  labelled: number;
  found: number;
  true_positive: number;
  recall: number | null;
  named: number;
  named_clean: number;
  precision: number | null;
}

export interface Row {
  line: number;
  visit: VisitInput;
  submittedAt: number;
}

export interface Played {
  visits: Row[];
  /** Reasons for which a line of visits.csv was refused. */
  refused: Map<number, string>;
  feeds: FeedRow[];
  /** Every line's visit, also of lines that could not be read: a refused key is found by what stands in its cell. */
  ids: { id: string; line: number }[];
  /** Null where no label names an allowance: then none is entitled. */
  allowances: Allowances | null;
  decisions: DecisionRow[];
  /** Decisions that were refused, with the reason. */
  undecided: Map<string, string>;
  /** Settles what the days left to pay, where a label names a fund; null elsewhere. */
  settle: (() => Promise<void>) | null;
}

export type DecisionRow = RowOf<"decisions.csv">;

/** Allowances by the name that a label has for them, programme:elder:YYYYMM. */
export interface Allowances {
  /** The folder's name of an elder. */
  nameOf: (elder: string) => string;
  refused: Map<string, AllowanceRefusal>;
  /** Months that labels name and that were not entitled yet: of others nothing is known. */
  months: Set<number>;
}

/** Which rules a refusal at the door stands for: the first, unless the visit is labelled with another. */
const RULES_OF_REASON: Record<string, readonly string[]> = {
  end_before_start: ["R42"],
  in_future: ["R42"],
  too_old: ["R42"],
  too_long_visit: ["R09", "R42"],
  duplicate_id: ["R03", "R41"],
  id_taken: ["R03", "R41"],
  // Nobody is registered before the first day or after the last: that says more than a bad key.
  unknown_carer: ["R41", "R29", "R23"],
  unknown_elder: ["R41", "R14", "R17"],
};
function ruleOfReason(reason: string, labelled: ReadonlySet<string> | undefined): string {
  const rules = RULES_OF_REASON[reason] ?? ["R41"];
  return rules.find((rule) => labelled?.has(rule)) ?? rules[0]!;
}
/** The same for an allowance that is not due; an enrolment that has not begun is nobody's fault. */
const RULE_OF_ALLOWANCE: Partial<Record<AllowanceRefusal, string>> = {
  excluded: "R16",
  too_young: "R17",
  level_too_low: "R17",
  other_area: "R17",
  no_programme: "R17",
  not_registered: "R17",
};

export const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Rules that each visit, or allowance, breaks; empty of a clean one. */
export type Labels = Map<string, Set<string>>;
export const ALLOWANCE = /^[^:]+:[^:]+:\d{6}$/;
export const monthOfName = (name: string): number => Number(name.slice(-6));
export const DECISION = "decision:";
export const FUND = "fund:";

export async function elderNames(folder: string, of: Pseudonym): Promise<(elder: string) => string> {
  const { rows } = await readTable(folder, "elders.csv", Number.MAX_SAFE_INTEGER);
  const names = new Map(rows.map(({ row }) => [of("elder", row.id), row.id]));
  return (elder) => names.get(elder) ?? elder;
}

/** Labels by what they name, and how many rows could not be read. */
export async function readLabels(folder: string): Promise<{ labels: Labels; unread: number }> {
  const of = new Map<string, Set<string>>();
  const { rows, errors } = await readTable(folder, "labels.csv", Number.MAX_SAFE_INTEGER);
  for (const { row } of rows) {
    const id = row.visit.includes(":") ? row.visit : row.visit.toLowerCase();
    const rules = of.get(id) ?? new Set<string>();
    if (row.label !== "clean") rules.add(row.label);
    of.set(id, rules);
  }
  return { labels: of, unread: new Set(errors.map(({ line }) => line)).size };
}

/** Rules that speak of an entry. */
const rulesOf = (outcomes: Outcomes, id: string): string[] =>
  outcomes.words(id).flatMap(({ verdict }) => (verdict ? [verdict.rule] : []));

/** What was said of every allowance, entitled or refused, by the name that a label has for it. */
function saidOfAllowances(
  ledger: Ledger,
  region: number,
  outcomes: Outcomes,
  { nameOf, refused }: Allowances,
): { name: string; rules: string[] }[] {
  const entitled = ledger.reviews.store.entitlements(region, Number.MAX_SAFE_INTEGER).map((one) => ({
    name: `${one.programme}:${nameOf(one.elder)}:${one.month}`,
    rules: rulesOf(outcomes, one.id),
  }));
  const atTheDoor = [...refused].map(([name, reason]) => {
    const rule = RULE_OF_ALLOWANCE[reason];
    return { name, rules: rule ? [rule] : [] };
  });
  return [...entitled, ...atTheDoor];
}

/** What was said of decisions and of funds, by the names that labels have for them. */
function saidOfOthers(
  ledger: Ledger,
  region: number,
  outcomes: Outcomes,
  labels: Labels,
  undecided: Played["undecided"],
): { name: string; rules: string[] }[] {
  const decided = ledger.reviews.store
    .decisions(region, 0, Number.MAX_SAFE_INTEGER)
    .map(({ id, subject }) => ({ name: DECISION + subject, rules: rulesOf(outcomes, id) }));
  // Who may not decide because of what they did before is refused at the desk: R38, before it could be found.
  const refused = [...undecided].map(([name, reason]) => ({
    name,
    rules: reason === "second_person_needed" ? ["R38"] : [],
  }));
  const funds = [...labels.keys()].flatMap((name) => {
    if (!name.startsWith(FUND)) return [];
    const versions = ledger.registry.store.boxedOf(region, "Fund", name.slice(FUND.length));
    return [{ name, rules: versions.flatMap(({ id }) => rulesOf(outcomes, id)) }];
  });
  return [...decided, ...refused, ...funds];
}

export function score(ledger: Ledger, region: number, labels: Labels, played: Played) {
  const outcomes = new Outcomes(ledger.reviews.store, region, 0, Number.MAX_SAFE_INTEGER);
  const named = new Map<string, Set<string>>(RULES.map(({ id }) => [id, new Set()]));
  const held = new Set<string>();
  const reasons: Record<string, number> = {};
  for (const { id, line } of played.ids) {
    const reason = played.refused.get(line);
    if (reason !== undefined) {
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      named.get(ruleOfReason(reason, labels.get(id)))!.add(id);
      held.add(id);
      continue;
    }
    for (const rule of rulesOf(outcomes, id)) named.get(rule)!.add(id);
    if (outcomes.of(id).outcome !== "pay") held.add(id);
  }
  const isClean = (id: string) => (labels.get(id)?.size ?? 0) === 0;
  const clean = played.ids.filter(({ id }) => isClean(id)).length;
  const heldClean = [...held].filter(isClean).length;
  const allowances = played.allowances ? saidOfAllowances(ledger, region, outcomes, played.allowances) : [];
  const others = saidOfOthers(ledger, region, outcomes, labels, played.undecided);
  for (const { name, rules: own } of [...allowances, ...others]) for (const rule of own) named.get(rule)!.add(name);
  const rules: Record<string, RuleScore> = {};
  for (const [rule, ids] of named) {
    const labelled = [...labels].filter(([, own]) => own.has(rule)).map(([id]) => id);
    const found = labelled.filter((id) => ids.has(id)).length;
    const namedClean = [...ids].filter(isClean).length;
    if (labelled.length + ids.size === 0) continue;
    rules[rule] = {
      labelled: labelled.length,
      found,
      true_positive: found,
      recall: labelled.length === 0 ? null : round(found / labelled.length),
      named: ids.size,
      named_clean: namedClean,
      precision: ids.size === 0 ? null : round(1 - namedClean / ids.size),
    };
  }
  const rest = {
    allowances: allowances.length,
    rules: Object.fromEntries(Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1))),
    refused: played.refused.size,
    refused_reasons: reasons,
    held_clean: heldClean,
    clean,
    clean_held_percent: clean === 0 ? null : round((heldClean * 100) / clean),
  };
  return { visits: played.ids.length, rest };
}
