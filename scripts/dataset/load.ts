import { batches, signRegistry, signVisits } from "../../core/batch.ts";
import type { Hex } from "../../core/bytes.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import { dayOf, dayStart } from "../../core/day.ts";
import { type Issue, Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { providerScope, type RoleName, regionScope } from "../../core/keyBook.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { addressOfKey } from "../../core/signature.ts";
import type { SimulatedClock } from "../../server/clock.ts";
import type { Home } from "../../server/home.ts";
import type { CellError, FileName, FundPolicies, RowOf } from "../../server/imports/schema.ts";
import { openRegionKeys } from "../../server/keys/ofRegion.ts";
import type { Ledger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { EntryMaker, pseudonyms } from "./entries.ts";
import { feedOf } from "./feeds.ts";
import { readRegion, readTable } from "./read.ts";
import { homeSigner } from "./sign.ts";

/** Called as work goes on: what, how much is done, of how much. */
export type Progress = (what: string, done: number, total: number) => void;

export class DatasetRefused extends Error {
  readonly errors: CellError[];
  /** What else its caller can do. */
  readonly advice: string;
  constructor(errors: CellError[], advice = "") {
    super(`${errors.length} cells are wrong`);
    this.errors = errors;
    this.advice = advice;
  }
}

const PARTIAL = " (--partial leaves the wrong rows out)";
const KEY_LEAD_SECONDS = 5;

/** Registers keys that the chain does not know yet, and waits until they speak. */
export async function ensureKeys(
  ledger: Ledger,
  home: Home,
  wanted: { address: Hex; role: RoleName; scope: Hex; person: string }[],
  waitUntil: (unixSeconds: number) => Promise<void>,
): Promise<void> {
  await ledger.keys.refresh();
  const missing = wanted.filter(({ address }) => !ledger.keys.grantOf(address));
  if (missing.length === 0) return;
  // A block may come with every transaction, each a second later than the one before.
  const lead = KEY_LEAD_SECONDS + missing.length;
  const from = Math.max(ledger.clock.now(), (await ledger.chainTime()) ?? 0) + lead;
  await ledger.contracts.registerAll(
    home.key("registrar"),
    missing.map(({ person, ...grant }) => ({ ...grant, person: toHex(keccak(utf8(person))), from })),
  );
  await waitUntil(from + 1);
  await ledger.keys.refresh();
}

/** The importer's key of a region. */
export const importerOf = (ledger: Ledger, home: Home, region: number) =>
  openRegionKeys(home.key("importer"), ledger.keys.grantOf)(region);

export const regionKeys = (ledger: Ledger, home: Home, region: number) => {
  const scope = regionScope(region);
  return [
    { address: ledger.operatorOf(region), role: "Operator" as const, scope, person: "operator" },
    { address: importerOf(ledger, home, region).address, role: "Importer" as const, scope, person: "importer" },
  ];
};

export interface RegistryRow {
  file: FileName;
  line: number;
  entry: RegistryInput;
}

export interface Tables {
  registry: RegistryRow[];
  visits: { line: number; visit: VisitInput; submittedAt: number }[];
  errors: CellError[];
}

/** Reads all files of a folder into entries. Files that have a wrong cell are left out unless `partial`. */
export async function readFolder(
  folder: string,
  maker: EntryMaker,
  policies: FundPolicies,
  partial: boolean,
): Promise<Tables> {
  const errors: CellError[] = [];
  async function take<F extends FileName, T>(file: F, make: (row: RowOf<F>, line: number) => T): Promise<T[]> {
    // Nothing more is taken of a folder with that many faults, unless every good row is wanted.
    const parsed = await readTable(folder, file, partial ? Number.MAX_SAFE_INTEGER : undefined);
    for (const error of parsed.errors) errors.push(error);
    return parsed.errors.length > 0 && !partial ? [] : parsed.rows.map(({ row, line }) => make(row, line));
  }
  const rows = async <F extends FileName>(file: F, make: (row: RowOf<F>) => RegistryInput): Promise<RegistryRow[]> =>
    await take(file, (row, line) => ({ file, line, entry: make(row) }));
  const programmes = await take("programmes.csv", (row, line) => ({ row, line }));
  const registry = [
    ...(await rows("providers.csv", (row) => maker.provider(row))),
    ...(await rows("caregivers.csv", (row) => maker.carer(row))),
    ...(await rows("elders.csv", (row) => maker.elder(row))),
    ...(await rows("items.csv", (row) => maker.item(row))),
    ...(await rows("plans.csv", (row) => maker.plan(row))),
    ...(await readPrices(take, programmes, maker, policies, errors)),
    ...(await rows("assessments.csv", (row) => maker.assessment(row))),
    ...(await rows("places.csv", (row) => maker.place(row))),
    ...programmes.map(({ row, line }) => ({ file: "programmes.csv" as const, line, entry: maker.programme(row) })),
    ...(await rows("enrolments.csv", (row) => maker.enrolment(row))),
  ];
  const visits = await take("visits.csv", (row, line) => ({
    line,
    visit: maker.visit(row),
    submittedAt: row.submitted_at,
  }));
  return { registry, visits, errors };
}

type Take = <F extends FileName, T>(file: F, make: (row: RowOf<F>, line: number) => T) => Promise<T[]>;

/** Tariffs, and before them the funds that they and the programmes name. */
async function readPrices(
  take: Take,
  programmes: { row: RowOf<"programmes.csv"> }[],
  maker: EntryMaker,
  policies: FundPolicies,
  errors: CellError[],
): Promise<RegistryRow[]> {
  const tariffs = await take("tariffs.csv", (row, line) => ({ ...row, line }));
  const differs = ({ line }: { line: number }) =>
    errors.push({
      file: "tariffs.csv",
      line,
      column: "price_fen",
      reason: "differs from the other shares of this price",
    });
  const funds = maker
    .funds([...tariffs, ...programmes.map(({ row }) => row)], policies)
    .map((entry) => ({ line: 1, entry }));
  return [...funds, ...maker.tariffs(tariffs, differs)].map((row) => ({ file: "tariffs.csv", ...row }));
}

/** What of the registry is new here, and the rows that would be refused: asked for before anything is taken. */
export function newRegistry(
  ledger: Ledger,
  region: number,
  rows: RegistryRow[],
): { fresh: RegistryRow[]; refused: CellError[] } {
  const refused: CellError[] = [];
  let fresh = rows.filter(
    ({ entry }) => ledger.registry.store.versions(region, entry.kind, entry.subject).length === 0,
  );
  // A row that refers to a refused one is refused with it.
  for (;;) {
    const issues = fresh.length === 0 ? [] : ledger.registry.issuesOf(fresh.map(({ entry }) => entry));
    if (issues.length === 0) return { fresh, refused };
    const bad = new Set<RegistryRow>();
    for (const { pointer, code } of issues) {
      const row = fresh[Number(pointer.split("/")[2])]!;
      bad.add(row);
      refused.push({ file: row.file, line: row.line, column: pointer.split("/").slice(3).at(-1) ?? "", reason: code });
    }
    fresh = fresh.filter((row) => !bad.has(row));
  }
}

export async function registerAll(ledger: Ledger, home: Home, region: number, rows: RegistryRow[], progress: Progress) {
  const signer = homeSigner(ledger, `import:${region}`, importerOf(ledger, home, region).key);
  let done = 0;
  for (const batch of batches(rows)) {
    const entries = batch.map(({ entry }) => entry);
    await ledger.registry.register(signRegistry(signer, entries));
    done += batch.length;
    progress("registry", done, rows.length);
  }
}

const COLUMN: Record<string, string> = { startedAt: "started_at", endedAt: "ended_at", details: "manual_reason" };
/** An issue's pointer names the place in the batch: `rows` are the lines that the batch was made of. */
function cellOf(issue: Issue, rows: Tables["visits"]): CellError {
  const [, , record, field = ""] = issue.pointer.split("/");
  return {
    file: "visits.csv",
    line: rows[Number(record)]?.line ?? 0,
    column: COLUMN[field] ?? field,
    reason: issue.code,
  };
}

/** The line of each visit that would be refused now: asked for the whole file before any of it is taken. */
function refusedVisits(ledger: Ledger, region: number, rows: Tables["visits"]): CellError[] {
  if (rows.length === 0) return [];
  const visits = rows.map(({ visit }) => visit);
  return [...ledger.records.check(visits, `import:${region}`), ...ledger.records.conflicts(visits)]
    .map((issue) => cellOf(issue, rows))
    .sort((a, b) => a.line - b.line);
}

export interface ImportReport {
  region: number;
  registry: number;
  visits: number;
  /** Events that were not known yet. */
  feeds: number;
  refused: CellError[];
}

/**
 * Imports a dataset folder into the open day: registry first, then visits, all signed by the importer's key
 * (provenance "attested"). A file with a wrong row is refused whole unless `partial`. Throws DatasetRefused.
 */
export async function importFolder(
  ledger: Ledger,
  home: Home,
  folder: string,
  options: { partial: boolean; waitUntil: (time: number) => Promise<void>; progress: Progress },
): Promise<ImportReport> {
  const file = readRegion(folder);
  const region = file.code;
  ledger.openRegion(region, file.name, file.utc_offset_minutes, file.policies);
  await ensureKeys(ledger, home, regionKeys(ledger, home, region), options.waitUntil);
  const today = dayOf(ledger.clock.now(), file.utc_offset_minutes);
  const maker = new EntryMaker(region, pseudonyms(home.key("vault"), region), () => ledger.clock.now(), today - 365);
  const tables = await readFolder(folder, maker, file.policies.funds ?? {}, options.partial);
  const events = await readTable(folder, "events.csv", options.partial ? Number.MAX_SAFE_INTEGER : undefined);
  for (const error of events.errors) tables.errors.push(error);
  if (tables.errors.length > 0 && !options.partial) throw new DatasetRefused(tables.errors, PARTIAL);
  const { fresh, refused: refusedRows } = newRegistry(ledger, region, tables.registry);
  const of = pseudonyms(home.key("vault"), region);
  const told = events.rows.map(({ row, line }) => feedOf(row, line, of, file.utc_offset_minutes));
  const registered = new Set(fresh.map(({ entry }) => entry.subject));
  const nobody = told.filter(({ subject }) => !registered.has(subject) && !ledger.desk.isPerson(region, subject));
  for (const { line } of nobody)
    refusedRows.push({ file: "events.csv", line, column: "subject", reason: "not registered" });
  if (refusedRows.length > 0 && !options.partial) throw new DatasetRefused(refusedRows, PARTIAL);
  await registerAll(ledger, home, region, fresh, options.progress);
  const feeds = ledger.desk.unknownFeeds(
    region,
    told.filter((row) => !nobody.includes(row)),
  );
  if (feeds.length > 0)
    await ledger.desk.feed(
      region,
      feeds.map((row) => ({ ...row, by: `import:${region}` })),
    );
  const refused = refusedVisits(ledger, region, tables.visits);
  if (refused.length > 0 && !options.partial) throw new DatasetRefused(refused, PARTIAL);
  const bad = new Set(refused.map((error) => error.line));
  const good = tables.visits.filter(({ line }) => !bad.has(line));
  const signer = homeSigner(ledger, `import:${region}`, importerOf(ledger, home, region).key);
  let done = 0;
  for (const batch of batches(good)) {
    const visits = batch.map(({ visit }) => visit);
    await ledger.records.submit(signVisits(signer, visits)).catch((error: unknown) => {
      // Only what a provider submitted since the file was asked about comes here.
      throw error instanceof Refusal ? new DatasetRefused(error.issues.map((issue) => cellOf(issue, batch))) : error;
    });
    done += batch.length;
    options.progress("visits", done, good.length);
  }
  return {
    region,
    registry: fresh.length,
    visits: good.length,
    feeds: feeds.length,
    refused: [...tables.errors, ...refusedRows, ...refused],
  };
}

/** What else happens in a played district, between its days. */
export interface Story {
  /** After the registry is there, before the first visit. */
  begin(region: number, maker: EntryMaker): Promise<void>;
  /** After a day was sealed and anchored, half an hour into the next. */
  afterDay(index: number): Promise<void>;
  /** A visit that nobody would submit any more. */
  leavesOut(visit: VisitInput): boolean;
}

/** Plays a folder under a simulated clock: each provider signs its own visits, every day is sealed and anchored. */
export async function playFolder(
  ledger: Ledger,
  home: Home,
  clock: SimulatedClock,
  folder: string,
  progress: Progress,
  story: Story | null = null,
): Promise<{ days: number; visits: number }> {
  const file = readRegion(folder);
  const region = file.code;
  const maker = new EntryMaker(
    region,
    pseudonyms(home.key("vault"), region),
    () => clock.now(),
    dayOf(clock.now(), file.utc_offset_minutes) - 365,
  );
  const tables = await readFolder(folder, maker, file.policies.funds ?? {}, false);
  if (tables.errors.length > 0) throw new DatasetRefused(tables.errors);
  ledger.openRegion(region, file.name, file.utc_offset_minutes, file.policies);
  const providers = [...new Set(tables.visits.map(({ visit }) => visit.provider))].sort();
  const providerKeys = providers.map((code) => ({
    address: addressOfKey(home.key(`provider-${code}`)),
    role: "Provider" as const,
    scope: providerScope(code),
    person: `provider ${code}`,
  }));
  await ensureKeys(ledger, home, [...regionKeys(ledger, home, region), ...providerKeys], async (time) =>
    clock.moveTo(time),
  );
  const { fresh, refused } = newRegistry(ledger, region, tables.registry);
  if (refused.length > 0) throw new DatasetRefused(refused);
  await registerAll(ledger, home, region, fresh, () => undefined);

  await story?.begin(region, maker);
  await ledger.desk.adopt(region, defaultRuleSet(), 0);

  const { offsetMinutes } = ledger.entries.store.regionRow(region);
  const dayOfTime = (time: number) => dayOf(time, offsetMinutes);
  const of = pseudonyms(home.key("vault"), region);
  const events = await readTable(folder, "events.csv");
  const feeds = events.rows.map(({ row, line }) => feedOf(row, line, of, offsetMinutes));
  const byDay = Map.groupBy(tables.visits, ({ submittedAt }) => dayOfTime(submittedAt));
  let [days, visits] = [0, 0];
  for (const [day, rows] of [...byDay.entries()].sort(([a], [b]) => a - b)) {
    const told = feeds.filter(({ reportedAt }) => dayOfTime(reportedAt) === day);
    if (told.length > 0)
      await ledger.desk.feed(
        region,
        told.map((row) => ({ ...row, by: "feeds" })),
      );
    clock.moveTo(rows.reduce((latest, row) => Math.max(latest, row.submittedAt), clock.now()));
    const submitted = rows.filter(({ visit }) => !story?.leavesOut(visit));
    for (const [provider, own] of Map.groupBy(submitted, ({ visit }) => visit.provider)) {
      const signer = homeSigner(ledger, provider, home.key(`provider-${provider}`));
      for (const batch of batches(own))
        await ledger.records.submit(
          signVisits(
            signer,
            batch.map(({ visit }) => visit),
          ),
        );
      visits += own.length;
    }
    clock.moveTo(dayStart(day + 1, offsetMinutes) + 1800);
    ledger.seals.sealRegion(region);
    await ledger.reviews.reviewDue(region);
    await ledger.anchors.anchorDue();
    await story?.afterDay(days);
    progress("days", ++days, byDay.size);
  }
  return { days, visits };
}
