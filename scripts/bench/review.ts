import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { batches, signRegistry, signVisits } from "../../core/batch.ts";
import { toHex } from "../../core/bytes.ts";
import { dayStart, OPEN_END } from "../../core/day.ts";
import { uuidv7, withIdCheck } from "../../core/id.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import { emptyDay, Reviewer } from "../../core/rules/engine.ts";
import type { ReviewVisit } from "../../core/rules/rule.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { TAIL_DAYS, WINDOW_DAYS } from "../../core/rules/summaries.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { SealedScratch } from "../../server/reviews/scratch.ts";
import { homeSigner } from "../dataset/sign.ts";
import { type District, makeDistrict, OFFSET, PROVIDER, REGION, random, sealDay } from "./district.ts";
import { dayOfVisits, districtBook, pastOf } from "./reviewDay.ts";
import { type Line, perSecond, seconds, secondsAsync, times } from "./table.ts";

const DAY = 20_500;
const SIZES = [10_000, 100_000, 1_000_000];
const AIMS: Record<number, string> = { 100000: "≤ 3 s", 1000000: "≤ 30 s" };
const RULES_AT = 100_000;
const ROUNDS = 3;
const BOOKS = 100_000;
const label = (count: number) => count.toLocaleString("en");

/** Single questions of rules, as one query with windows each over the same visits. Each gives the number of visits named. */
const QUESTIONS: Record<string, string> = {
  // lag() alone misses what hides behind a long visit: the running maximum of the end finds it.
  R01: `SELECT count(*) FROM (SELECT started_at, max(ended_at) OVER (PARTITION BY carer ORDER BY started_at, ended_at
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until FROM visit) WHERE until > started_at + 300`,
  R02: `SELECT count(*) FROM (SELECT started_at, max(ended_at) OVER (PARTITION BY elder ORDER BY started_at, ended_at
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until FROM visit) WHERE until > started_at + 600`,
  R03: `SELECT count(*) FROM (SELECT started_at, lag(started_at) OVER (PARTITION BY elder, item ORDER BY started_at) AS before
    FROM visit) WHERE started_at - before <= 600`,
  R09: `SELECT count(*) FROM (SELECT sum(ended_at - started_at) OVER (PARTITION BY carer) AS seconds FROM visit) WHERE seconds > 43200`,
  R10: "SELECT count(*) FROM (SELECT count(*) OVER (PARTITION BY carer) AS visits FROM visit) WHERE visits >= 16",
  R25: `SELECT count(*) FROM visit WHERE device IN (SELECT device FROM visit GROUP BY device HAVING count(DISTINCT carer) >= 3)`,
};

function tableOf(visits: readonly ReviewVisit[]): Sqlite.Database {
  const sql = new Sqlite(":memory:");
  sql.exec("CREATE TABLE visit (carer TEXT, elder TEXT, item TEXT, device TEXT, started_at INTEGER, ended_at INTEGER)");
  const insert = sql.prepare("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?)");
  sql.transaction(() => {
    for (const v of visits) insert.run(v.carer, v.elder, v.item, v.device, v.startedAt, v.endedAt);
  })();
  return sql;
}

function reviewed(visits: readonly ReviewVisit[], before: readonly ReviewVisit[], only?: string): number {
  const set = defaultRuleSet();
  const rules = only ? set.rules.filter(({ id }) => id === only) : set.rules;
  const scratch = new SealedScratch(tmpdir());
  const reviewer = new Reviewer({ ...set, rules }, pastOf([before]), { scratch });
  const book = districtBook();
  reviewer.skip({ ...emptyDay(DAY - 1), visits: before }, book);
  const time = seconds(() => void reviewer.review({ ...emptyDay(DAY), visits }, book));
  scratch.close();
  return time;
}

function benchSizes(sizes: readonly number[]): Line[] {
  return sizes.map((count) => {
    const time = reviewed(dayOfVisits(count, DAY), dayOfVisits(count, DAY - 1));
    return {
      what: `review of a day of ${label(count)} records by all ${RULES.length} rules, summaries of the days before at hand`,
      ours: `${time.toFixed(1)} s (${perSecond(count, time)})`,
      other: "",
      ratio: "",
      aim: AIMS[count] ?? "",
    };
  });
}

/** V8 lets garbage lie while there is room: a small heap shows what is needed. */
const HEAP_MB = 64;
/** A day of so many, with days before that fill the window. */
const WINDOW_AT = 20_000;

function peakAlone(count: number, before: number): { verdicts: number; peakMb: number } {
  const program = fileURLToPath(new URL("./reviewChild.ts", import.meta.url));
  const options = [`--max-old-space-size=${HEAP_MB}`, "--disable-warning=ExperimentalWarning"];
  const args = [...options, program, String(count), String(DAY), String(before)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as ReturnType<typeof peakAlone>;
}

/** Three days lie whole in the scratch, and the counts of the window. */
function benchMemory(sizes: readonly number[]): Line[] {
  const line = (count: number, before: number): Line => ({
    what: `peak memory of a process that reviews a day of ${label(count)} records with ${before} such days before, in a heap of ${HEAP_MB} MB`,
    ours: `${peakAlone(count, before).peakMb} MB`,
    other: "",
    ratio: "",
    aim: "largest group",
  });
  return [...sizes.map((count) => line(count, TAIL_DAYS)), line(WINDOW_AT, TAIL_DAYS), line(WINDOW_AT, WINDOW_DAYS)];
}

/** What one rule adds: the review by it alone, less the review by none; of several rounds the fastest of each. */
function benchRules(): Line[] {
  const [visits, before] = [dayOfVisits(RULES_AT, DAY), dayOfVisits(RULES_AT, DAY - 1)];
  const fastest = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++)
    for (const { id } of RULES)
      fastest.set(id, Math.min(reviewed(visits, before, id), fastest.get(id) ?? Number.POSITIVE_INFINITY));
  const none = Math.min(...fastest.values());
  const costs = [...fastest].map(([id, time]) => ({ id, time: time - none }));
  const dearest = costs.sort((a, b) => b.time - a.time).map(({ id, time }) => `${id} ${Math.round(time * 1000)} ms`);
  return [
    {
      what: `what each rule adds to a day of ${label(RULES_AT)} records (reading it into groups and summaries: ${Math.round(none * 1000)} ms)`,
      ours: dearest.join(", "),
      other: "",
      ratio: "",
      aim: "",
    },
  ];
}

/** The same questions asked one by one of a table that holds the day in memory. */
function benchQueries(sizes: readonly number[]): Line[] {
  return sizes.flatMap((count) => {
    const [visits, before] = [dayOfVisits(count, DAY), dayOfVisits(count, DAY - 1)];
    const sql = tableOf(visits);
    const lines = Object.entries(QUESTIONS).map(([rule, query]): Line => {
      const statement = sql.prepare(query);
      const [asked, own] = [seconds(() => void statement.get()), reviewed(visits, before, rule)];
      return {
        what: `${rule} over ${label(count)} records, grouping and summaries counted each time; beside it one SQL window query`,
        ours: perSecond(count, own),
        other: perSecond(count, asked),
        ratio: times(asked / own),
        aim: "",
      };
    });
    sql.close();
    return lines;
  });
}

/** The people of a day, registered: a carer for ten elders. */
async function register(d: District, visits: readonly ReviewVisit[]): Promise<void> {
  const made = (kind: RegistryInput["kind"], subject: string, provider: string, values: unknown) =>
    ({
      ...{ kind, id: uuidv7(d.clock.now() * 1000, random(10)), region: REGION, subject, provider, version: 1 },
      ...{ validFrom: 0, validTo: OPEN_END, details: { seed: toHex(random(16)), values } },
    }) as RegistryInput;
  const book = districtBook();
  const identity = { name: "王芳", idNumber: withIdCheck("31010519450101002") };
  const carers = [...new Set(visits.map(({ carer }) => carer))].map((carer) =>
    made("Carer", carer, PROVIDER, { employment: { provider: PROVIDER, hiredOn: "2026-01-01" }, identity }),
  );
  const elders = visits.map(({ elder }) => {
    const { lon, lat, area, household } = book.home(elder, 0)!;
    const values = {
      identity: { ...identity, birthDate: "1945-01-01" },
      home: { lon, lat, area },
      household: { household, livesAlone: 0 },
    };
    return made("Elder", elder, "", values);
  });
  const signer = homeSigner(d.ledger, `import:${REGION}`, d.home.key("importer"));
  for (const batch of batches([...carers, ...elders])) await d.ledger.registry.register(signRegistry(signer, batch));
}

function submitted(visit: ReviewVisit, shift: number, now: number): VisitInput {
  const { id, carer, elder, startedAt, endedAt, placeIn, placeOut, device, family } = visit;
  const circumstances = { bookedMinutes: 30, units: 1, priceFen: 3000, entry: "auto" as const, family };
  return {
    ...{ id, region: REGION, provider: PROVIDER, caregiver: carer, elder, item: "bath-help" },
    ...{ startedAt: startedAt + shift, endedAt: Math.min(endedAt + shift, now), replaces: null },
    details: {
      seed: toHex(random(16)),
      values: { placeIn: placeIn!, placeOut: placeOut!, device: { id: device }, circumstances },
    },
  };
}

/** Through the books: details opened, registry and feeds as of the day, verdicts appended as entries. */
async function benchBooks(): Promise<Line[]> {
  const d = await makeDistrict();
  const visits = dayOfVisits(BOOKS, DAY);
  await register(d, visits);
  await d.ledger.desk.adopt(REGION, defaultRuleSet(), 0);
  const { openDay } = d.ledger.entries.store.regionRow(REGION);
  d.clock.moveTo(dayStart(openDay, OFFSET) + 20 * 3600);
  const own = homeSigner(d.ledger, PROVIDER, d.home.key("provider-bench"));
  const inputs = visits.map((visit) => submitted(visit, (openDay - DAY) * 86_400, d.clock.now()));
  for (const batch of batches(inputs)) await d.ledger.records.submit(signVisits(own, batch));
  sealDay(d);
  let verdicts = 0;
  const time = await secondsAsync(async () => {
    for (const { count } of await d.ledger.reviews.reviewDue(REGION)) verdicts += count;
  });
  await d.destroy();
  return [
    {
      what: `the same for ${label(BOOKS)} records through the books: registry and details opened, ${label(verdicts)} verdicts sealed and appended`,
      ours: `${time.toFixed(1)} s (${perSecond(BOOKS, time)})`,
      other: "",
      ratio: "",
      aim: "",
    },
  ];
}

export async function benchReview(records: number): Promise<Line[]> {
  const sizes = SIZES.filter((size) => size <= records);
  return [
    ...benchSizes(sizes),
    ...benchMemory(sizes),
    ...benchRules(),
    ...benchQueries(sizes),
    ...(await benchBooks()),
  ];
}
