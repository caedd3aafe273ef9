import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batches, signVisits } from "../../core/batch.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import { dateOfDay, dayOf, dayStart } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { regionScope } from "../../core/keyBook.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { addressOfKey } from "../../core/signature.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { type CellError, momentOf } from "../../server/imports/schema.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { EntryMaker, pseudonyms } from "./entries.ts";
import { feedOf } from "./feeds.ts";
import { ensureKeys, importerOf, newRegistry, type Progress, readFolder, regionKeys, registerAll } from "./load.ts";
import { openFund } from "./openFunds.ts";
import { readCells, readRegion, readTable } from "./read.ts";
import {
  ALLOWANCE,
  DECISION,
  type DecisionRow,
  elderNames,
  FUND,
  monthOfName,
  type Played,
  type Row,
  type RuleScore,
  readLabels,
  round,
  score,
} from "./score.ts";
import { homeSigner } from "./sign.ts";

export interface Evaluation {
  visits: number;
  seconds: number;
  review_seconds: number;
  days: number;
  /** Rows of labels.csv and decisions.csv that say nothing that could be read. */
  unread: number;
  /** Rows of the registry's tables and of events.csv that were refused: whoever they describe is not known then. */
  left_out: number;
  /** The first of them. */
  left_out_first: CellError[];
  /** Months of allowances that were judged; 0 where no label names one. */
  allowances: number;
  rules: Record<string, RuleScore>;
  refused: number;
  refused_reasons: Record<string, number>;
  held_clean: number;
  clean: number;
  clean_held_percent: number | null;
}

const TOLD_ROWS = 20;
/** Days after the last visit in which events are still told. */
const AFTER_DAYS = 120;

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
      await ensureKeys(ledger, home, regionKeys(ledger, home, file.code), async (time) => clock.moveTo(time));
      const of = pseudonyms(home.key("vault"), file.code);
      const maker = new EntryMaker(file.code, of, () => clock.now(), dayOf(first, offset) - 365);
      const tables = await readFolder(folder, maker, file.policies.funds ?? {}, true);
      const { fresh, refused: refusedRows } = newRegistry(ledger, file.code, tables.registry);
      await registerAll(ledger, home, file.code, fresh, progress);
      await ledger.desk.adopt(file.code, defaultRuleSet(), 0);
      const events = await readTable(folder, "events.csv", Number.MAX_SAFE_INTEGER);
      const feeds = events.rows.map(({ row, line }) => feedOf(row, line, of, offset));
      const refused = new Map<number, string>();
      for (const error of tables.errors) if (error.file === "visits.csv") refused.set(error.line, reasonOf(error));
      const leftOut = [
        ...tables.errors.filter(({ file: name }) => name !== "visits.csv"),
        ...refusedRows,
        ...events.errors,
      ];
      // A correction or manual entry without a reason is judged all the same: the door's formality is not what is measured.
      for (const { visit } of tables.visits) withReason(visit);
      const { labels, unread } = await readLabels(folder);
      const months = new Set([...labels.keys()].filter((name) => ALLOWANCE.test(name)).map(monthOfName));
      const allowances = months.size > 0 ? { nameOf: await elderNames(folder, of), refused: new Map(), months } : null;
      const told = await readTable(folder, "decisions.csv", Number.MAX_SAFE_INTEGER);
      const decisions = told.rows.map(({ row }) => row);
      const isSettled = [...labels.keys()].some((name) => name.startsWith(FUND));
      const played: Played = {
        visits: tables.visits,
        refused,
        feeds,
        ids: idsOf(cells, tables.visits),
        allowances,
        decisions,
        undecided: new Map(),
        settle: isSettled ? await settlerOf(ledger, home, clock, file.code) : null,
      };
      const { days, reviewSeconds } = await play(ledger, home, clock, file.code, offset, played, progress);
      const scored = score(ledger, file.code, labels, played);
      const seconds = (performance.now() - began) / 1000;
      return {
        visits: scored.visits,
        seconds: round(seconds),
        review_seconds: round(reviewSeconds),
        days,
        unread: unread + new Set(told.errors.map(({ line }) => line)).size,
        left_out: new Set(leftOut.map(({ file: name, line }) => `${name}:${line}`)).size,
        left_out_first: leftOut.slice(0, TOLD_ROWS),
        ...scored.rest,
      };
    } finally {
      await ledger.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

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
  const signer = homeSigner(ledger, `import:${region}`, importerOf(ledger, home, region).key);
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
  { visits, refused, feeds, allowances, decisions, undecided, settle }: Played,
  progress: Progress,
): Promise<{ days: number; reviewSeconds: number }> {
  const day = (time: number) => dayOf(time, offset);
  const sorted = [...visits].sort((a, b) => a.submittedAt - b.submittedAt || a.line - b.line);
  const firstDay = day(clock.now());
  const byDay = Map.groupBy(sorted, ({ submittedAt }) => Math.max(firstDay, day(submittedAt)));
  const feedsByDay = Map.groupBy(feeds, ({ reportedAt }) => Math.max(firstDay, day(reportedAt)));
  const decisionsByDay = Map.groupBy(decisions, ({ at }) => Math.max(firstDay, day(at)));
  const lastVisit = Math.max(...byDay.keys());
  const last = Math.min(Math.max(lastVisit, ...feedsByDay.keys(), ...decisionsByDay.keys()), lastVisit + AFTER_DAYS);
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
    await decide(ledger, clock, region, decisionsByDay.get(today) ?? [], undecided);
    // A fund's year is looked at on its last day.
    if (settle && dateOfDay(today).endsWith("-12-31")) await settle();
    const noon = dayStart(today, offset) + 43_200;
    clock.moveTo(rows.reduce((latest, { submittedAt }) => Math.max(latest, submittedAt), Math.max(clock.now(), noon)));
    await submit(ledger, home, region, rows, refused);
    clock.moveTo(dayStart(today + 1, offset) + 1800);
    ledger.entries.store.acceptClock(clock.now());
    ledger.seals.sealRegion(region);
    // What is due for the month stands in the log of the day after.
    for (const month of [monthOf(today), monthOf(today + 1)])
      if (allowances && today < last && allowances.months.delete(month))
        await ledger.entitlements.entitle(region, month, (programme, elder, reason) =>
          allowances.refused.set(`${programme}:${allowances.nameOf(elder)}:${month}`, reason),
        );
    const began = performance.now();
    await ledger.reviews.reviewDue(region);
    reviewSeconds += (performance.now() - began) / 1000;
    progress("days", today - firstDay + 1, last - firstDay + 1);
  }
  return { days: last - firstDay + 1, reviewSeconds };
}

/** Takes the decisions of a day, each at its time; what the desk refuses is noted with its reason. */
async function decide(
  ledger: Ledger,
  clock: SimulatedClock,
  region: number,
  rows: readonly DecisionRow[],
  undecided: Played["undecided"],
): Promise<void> {
  for (const { visit, outcome, by, at } of [...rows].sort((a, b) => a.at - b.at)) {
    clock.moveTo(Math.max(clock.now(), at));
    try {
      await ledger.desk.decide({ region, subject: visit, outcome, by, reason: "已核实 looked into" });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      undecided.set(DECISION + visit, error.code);
    }
  }
}

const BUDGET_FEN = 10n ** 12n;
const MOST_FUNDS = 1000;
/** Funds with money in them, and the way to settle all that is anchored. */
async function settlerOf(
  ledger: Ledger,
  home: Home,
  clock: SimulatedClock,
  region: number,
): Promise<() => Promise<void>> {
  const [treasury, supervisor] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
  const grants = [
    { address: addressOfKey(treasury), role: "Treasury" as const },
    { address: addressOfKey(supervisor), role: "Supervisor" as const },
  ];
  const scope = regionScope(region);
  const wanted = grants.map((grant) => ({ ...grant, scope, person: grant.role }));
  await ensureKeys(ledger, home, wanted, async (time) => clock.moveTo(time));
  const budget = { fen: BUDGET_FEN, document: toHex(keccak(utf8("evaluate"))) };
  const known = ledger.registry.store.list(region, "Fund", "", MOST_FUNDS).map(({ subject }) => subject);
  for (const fund of new Set(known)) await openFund(ledger, region, fund, budget, { treasury, supervisor });
  return async () => {
    await ledger.anchors.anchorDue();
    await ledger.settlements.settleDue(region);
  };
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
