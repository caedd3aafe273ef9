import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batches, signVisits } from "../../core/batch.ts";
import { dayOf, dayStart } from "../../core/day.ts";
import { type AllowanceRefusal, monthOf } from "../../core/entitlement.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { type CellError, momentOf } from "../../server/imports/schema.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { Outcomes } from "../../server/reviews/outcomes.ts";
import { EntryMaker, type Pseudonym, pseudonyms } from "./entries.ts";
import { type FeedRow, feedOf } from "./feeds.ts";
import { ensureKeys, newRegistry, type Progress, readFolder, regionKeys, registerAll } from "./load.ts";
import { readCells, readRegion, readTable } from "./read.ts";
import { homeSigner } from "./sign.ts";

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

export interface Evaluation {
  visits: number;
  seconds: number;
  review_seconds: number;
  days: number;
  /** Months of allowances that were judged; 0 where no label names one. */
  allowances: number;
  rules: Record<string, RuleScore>;
  refused: number;
  refused_reasons: Record<string, number>;
  held_clean: number;
  clean: number;
  clean_held_percent: number | null;
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
/** Days after the last visit in which events are still told. */
const AFTER_DAYS = 120;

/** The same for an allowance that is not due; an enrolment that has not begun is nobody's fault. */
const RULE_OF_ALLOWANCE: Partial<Record<AllowanceRefusal, string>> = {
  excluded: "R16",
  too_young: "R17",
  level_too_low: "R17",
  other_area: "R17",
  no_programme: "R17",
  not_registered: "R17",
};

interface Row {
  line: number;
  visit: VisitInput;
  submittedAt: number;
}

interface Played {
  visits: Row[];
  /** Reasons for which a line of visits.csv was refused. */
  refused: Map<number, string>;
  feeds: FeedRow[];
  /** Every line's visit, also of lines that could not be read: a refused key is found by what stands in its cell. */
  ids: { id: string; line: number }[];
  /** Null where no label names an allowance: then none is entitled. */
  allowances: Allowances | null;
}

/** Allowances by the name that a label has for them, programme:elder:YYYYMM. */
interface Allowances {
  /** The folder's name of an elder. */
  nameOf: (elder: string) => string;
  refused: Map<string, AllowanceRefusal>;
  months: Set<number>;
}

/**
 * Plays a folder day by day as it would have been at the time: what was submitted and reported on a day is appended, the
 * day is sealed and reviewed with the default rule set. Then verdicts are compared with labels.csv.
 */
export async function evaluateFolder(folder: string, progress: Progress): Promise<Evaluation> {
  const began = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "silverledger-evaluate-"));
  try {
    const home = new Home(scratch);
    const file = readRegion(folder);
    const offset = file.utc_offset_minutes;
    const cells = await readCells(folder, "visits.csv", ["id", "submitted_at"]);
    const first = firstTime(cells.map(({ values }) => values[1]!));
    if (first === null) throw new Error(`${folder}/visits.csv: no visit can be read`);
    const clock = new SimulatedClock(dayStart(dayOf(first, offset), offset) + 60);
    const ledger = await openLedger({ home, clock, simulated: true });
    try {
      ledger.openRegion(file.code, file.name, offset, file.policies);
      await ensureKeys(ledger, home, regionKeys(home, file.code), async (time) => clock.moveTo(time));
      const of = pseudonyms(home.key("vault"), file.code);
      const maker = new EntryMaker(file.code, of, () => clock.now(), dayOf(first, offset) - 365);
      const tables = await readFolder(folder, maker, file.policies.funds ?? {}, true);
      const { fresh } = newRegistry(ledger, file.code, tables.registry);
      await registerAll(ledger, home, file.code, fresh, progress);
      await ledger.desk.adopt(file.code, defaultRuleSet(), 0);
      const events = await readTable(folder, "events.csv", Number.MAX_SAFE_INTEGER);
      const feeds = events.rows.map(({ row, line }) => feedOf(row, line, of, offset));
      const refused = new Map<number, string>();
      for (const error of tables.errors) if (error.file === "visits.csv") refused.set(error.line, reasonOf(error));
      // A correction or manual entry without a reason is judged all the same: the door's formality is not what is measured.
      for (const { visit } of tables.visits) withReason(visit);
      const labels = await readLabels(folder);
      const allowances = [...labels.keys()].some((name) => ALLOWANCE.test(name))
        ? { nameOf: await elderNames(folder, of), refused: new Map(), months: new Set<number>() }
        : null;
      const played: Played = { visits: tables.visits, refused, feeds, ids: idsOf(cells, tables.visits), allowances };
      const { days, reviewSeconds } = await play(ledger, home, clock, file.code, offset, played, progress);
      const scored = score(ledger, file.code, labels, played);
      const seconds = (performance.now() - began) / 1000;
      return {
        visits: scored.visits,
        seconds: round(seconds),
        review_seconds: round(reviewSeconds),
        days,
        ...scored.rest,
      };
    } finally {
      await ledger.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

const KEY_COLUMNS = ["id", "provider", "caregiver", "elder", "item", "replaces"];
/** A wrong cell of a key is a bad key; anything else keeps the reader's reason. */
const reasonOf = ({ column, reason }: CellError): string => (KEY_COLUMNS.includes(column) ? "invalid_key" : reason);

function withReason(visit: VisitInput): void {
  const { circumstances } = visit.details.values;
  if (circumstances && circumstances.reason === undefined && (circumstances.entry === "manual" || visit.replaces))
    circumstances.reason = "未说明 not stated";
}

/** Appends what can be taken of a day's visits; every refused line is noted with its reason. */
async function submit(
  ledger: Ledger,
  home: Home,
  region: number,
  rows: Row[],
  refused: Map<number, string>,
): Promise<void> {
  let good = rows;
  for (;;) {
    if (good.length === 0) return;
    const visits = good.map(({ visit }) => visit);
    const issues = [...ledger.records.check(visits, `import:${region}`), ...ledger.records.conflicts(visits)];
    if (issues.length === 0) break;
    const bad = new Set<Row>();
    for (const { pointer, code } of issues) {
      const row = good[Number(pointer.split("/")[2])]!;
      if (!bad.has(row)) refused.set(row.line, code);
      bad.add(row);
    }
    good = good.filter((row) => !bad.has(row));
  }
  const signer = homeSigner(ledger, `import:${region}`, home.key("importer"));
  for (const batch of batches(good))
    await ledger.records.submit(
      signVisits(
        signer,
        batch.map(({ visit }) => visit),
      ),
    );
}

async function play(
  ledger: Ledger,
  home: Home,
  clock: SimulatedClock,
  region: number,
  offset: number,
  { visits, refused, feeds, allowances }: Played,
  progress: Progress,
): Promise<{ days: number; reviewSeconds: number }> {
  const day = (time: number) => dayOf(time, offset);
  const sorted = [...visits].sort((a, b) => a.submittedAt - b.submittedAt || a.line - b.line);
  const firstDay = day(clock.now());
  const byDay = Map.groupBy(sorted, ({ submittedAt }) => Math.max(firstDay, day(submittedAt)));
  const feedsByDay = Map.groupBy(feeds, ({ reportedAt }) => Math.max(firstDay, day(reportedAt)));
  const lastVisit = Math.max(...byDay.keys());
  const last = Math.min(Math.max(lastVisit, ...feedsByDay.keys()), lastVisit + AFTER_DAYS);
  let reviewSeconds = 0;
  for (let today = firstDay; today <= last; today++) {
    const rows = byDay.get(today) ?? [];
    const told = feedsByDay.get(today) ?? [];
    const known = told.filter(({ subject }) => ledger.desk.isPerson(region, subject));
    if (known.length > 0)
      await ledger.desk.feed(
        region,
        known.map((row) => ({ ...row, by: "import" })),
      );
    const noon = dayStart(today, offset) + 43_200;
    clock.moveTo(rows.reduce((latest, { submittedAt }) => Math.max(latest, submittedAt), Math.max(clock.now(), noon)));
    await submit(ledger, home, region, rows, refused);
    clock.moveTo(dayStart(today + 1, offset) + 1800);
    ledger.entries.store.acceptClock(clock.now());
    ledger.seals.sealRegion(region);
    // What is due for the month stands in the log of the day after.
    for (const month of [monthOf(today), monthOf(today + 1)])
      if (allowances && today < last && !allowances.months.has(month)) {
        allowances.months.add(month);
        await ledger.entitlements.entitle(region, month, (programme, elder, reason) =>
          allowances.refused.set(`${programme}:${allowances.nameOf(elder)}:${month}`, reason),
        );
      }
    const began = performance.now();
    await ledger.reviews.reviewDue(region);
    reviewSeconds += (performance.now() - began) / 1000;
    progress("days", today - firstDay + 1, last - firstDay + 1);
  }
  return { days: last - firstDay + 1, reviewSeconds };
}

/** Rules that each visit, or allowance, breaks; empty of a clean one. */
type Labels = Map<string, Set<string>>;
const ALLOWANCE = /^[^:]+:[^:]+:\d{6}$/;

async function elderNames(folder: string, of: Pseudonym): Promise<(elder: string) => string> {
  const { rows } = await readTable(folder, "elders.csv", Number.MAX_SAFE_INTEGER);
  const names = new Map(rows.map(({ row }) => [of("elder", row.id), row.id]));
  return (elder) => names.get(elder) ?? elder;
}

async function readLabels(folder: string): Promise<Labels> {
  const of = new Map<string, Set<string>>();
  for (const { row } of (await readTable(folder, "labels.csv")).rows) {
    const id = ALLOWANCE.test(row.visit) ? row.visit : row.visit.toLowerCase();
    const rules = of.get(id) ?? new Set<string>();
    if (row.label !== "clean") rules.add(row.label);
    of.set(id, rules);
  }
  return of;
}

/** What was said of every allowance, entitled or refused, by the name that a label has for it. */
function saidOfAllowances(
  ledger: Ledger,
  region: number,
  outcomes: Outcomes,
  { nameOf, refused }: Allowances,
): { name: string; rules: string[] }[] {
  const entitled = ledger.reviews.store.entitlements(region, Number.MAX_SAFE_INTEGER).map((one) => ({
    name: `${one.programme}:${nameOf(one.elder)}:${one.month}`,
    rules: outcomes.words(one.id).flatMap(({ verdict }) => (verdict ? [verdict.rule] : [])),
  }));
  const atTheDoor = [...refused].map(([name, reason]) => {
    const rule = RULE_OF_ALLOWANCE[reason];
    return { name, rules: rule ? [rule] : [] };
  });
  return [...entitled, ...atTheDoor];
}

function score(ledger: Ledger, region: number, labels: Labels, played: Played) {
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
    for (const { verdict } of outcomes.words(id)) if (verdict) named.get(verdict.rule)!.add(id);
    if (outcomes.of(id).outcome !== "pay") held.add(id);
  }
  const isClean = (id: string) => (labels.get(id)?.size ?? 0) === 0;
  const clean = played.ids.filter(({ id }) => isClean(id)).length;
  const heldClean = [...held].filter(isClean).length;
  const allowances = played.allowances ? saidOfAllowances(ledger, region, outcomes, played.allowances) : [];
  for (const { name, rules: own } of allowances) for (const rule of own) named.get(rule)!.add(name);
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

function idsOf(cells: readonly { line: number; values: string[] }[], visits: readonly Row[]): Played["ids"] {
  const known = new Map(visits.map(({ line, visit }) => [line, visit.id]));
  return cells.map(({ line, values }) => ({ line, id: known.get(line) ?? values[0]!.toLowerCase() }));
}

/** Unix seconds of the earliest cell that is a time. */
function firstTime(cells: readonly string[]): number | null {
  let first: number | null = null;
  for (const cell of cells) {
    const moment = momentOf(cell);
    if (moment && !moment.isDate) first = Math.min(first ?? moment.seconds, moment.seconds);
  }
  return first;
}
