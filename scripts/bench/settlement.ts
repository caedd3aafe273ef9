import { signRegistry } from "../../core/batch.ts";
import { toHex, ZERO_HASH } from "../../core/bytes.ts";
import { OPEN_END } from "../../core/day.ts";
import { uuidv7 } from "../../core/id.ts";
import { nameHash } from "../../core/payout.ts";
import { changesOf, planRun } from "../../core/runPlan.ts";
import { type EntryClaim, settleDay, settlementLeaf } from "../../core/settlement.ts";
import { sumRoot } from "../../core/sumTree.ts";
import { openLedger } from "../../server/ledger.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { homeSigner } from "../dataset/sign.ts";
import { type District, makeDistrict, PROVIDER, REGION, random, sealDay, submitVisits } from "./district.ts";
import { type Line, seconds } from "./table.ts";

const DAY_RECORDS = 100_000;
const RUN_DAYS = 30;
const PAYEES = 20_000;
const ITEM = "day-care";
const share = (part: number, all: number) => `${Math.round((100 * Math.max(0, part)) / all)} %`;

/** A day of visits by many payees, two funds sharing each price; then a run over thirty such days. */
function benchPure(): Line[] {
  const payees = Array.from({ length: PAYEES }, (_, i) => nameHash(`payee ${i}`));
  const shares = [
    { bearer: "city", percent: 30 },
    { bearer: "insurance", percent: 60 },
  ];
  const claims: EntryClaim[] = Array.from({ length: DAY_RECORDS }, (_, index) => ({
    index,
    claim: {
      payee: payees[index % PAYEES]!,
      bookedUnits: 1 + (index % 3),
      evidencedUnits: 1 + (index % 2),
      authorisedUnits: 2,
      tariff: { unitPriceFen: 6500n + BigInt(index % 7), shares },
      decision: { outcome: "pay", verdicts: ZERO_HASH },
    },
  }));
  let parts = settleDay(claims.slice(0, 1000), ["city", "insurance"]);
  const settling = seconds(() => {
    parts = settleDay(claims, ["city", "insurance"]);
  });
  const hashing = seconds(() => {
    for (const { lines } of parts) sumRoot(lines.map(settlementLeaf));
  });
  const lines = parts[0]!.lines;
  const days = Array.from({ length: RUN_DAYS }, () => changesOf(null, lines));
  let paid = 0n;
  const whole = seconds(() => {
    paid = planRun({ days, returns: [], debts: [], accountOf: () => ZERO_HASH }).totals.paidFen;
  });
  const reading = seconds(() => {
    for (let day = 0; day < RUN_DAYS; day++) for (const _ of changesOf(null, lines));
  });
  const expected = lines.reduce((sum, { shareFen }) => sum + shareFen, 0n) * BigInt(RUN_DAYS);
  if (paid !== expected) throw new Error("the run does not pay what the days settled");
  return [
    {
      what: `settling a day of ${DAY_RECORDS.toLocaleString("en")} records for two funds (its two trees: ${share(hashing, settling)})`,
      ours: `${settling.toFixed(1)} s`,
      other: "",
      ratio: "",
      aim: "≤ 5 s",
    },
    {
      what: `a run over ${(DAY_RECORDS * RUN_DAYS).toLocaleString("en")} settled lines (reading lines: ${share(reading, whole)})`,
      ours: `${whole.toFixed(1)} s`,
      other: "",
      ratio: "",
      aim: "≤ 60 s",
    },
  ];
}

/** Prices for the bench's item, and a plan for every elder. */
async function registerMoney(d: District): Promise<void> {
  const entry = (kind: RegistryInput["kind"], subject: string, provider: string, values: unknown) =>
    ({
      kind,
      id: uuidv7(d.clock.now() * 1000, random(10)),
      region: REGION,
      subject,
      provider,
      version: 1,
      validFrom: 0,
      validTo: OPEN_END,
      details: { seed: toHex(random(16)), values },
    }) as RegistryInput;
  const names = { zh: "照护", en: "Care", category: "care" };
  const conditions = { minimumLevel: "", certificate: "", location: "home", concurrentWith: [], traits: [] };
  const shares = ["city", "insurance"].map((fund, i) => ({ fund, percent: [30, 60][i]! }));
  const entries = [
    entry("Item", ITEM, "", { names, measure: { unitMinutes: 30, minimumMinutes: 30, dailyCap: 0 }, conditions }),
    ...shares.map(({ fund }) => entry("Fund", fund, "", { names: { zh: fund, en: fund } })),
    entry("Tariff", ITEM, "", { price: { unitPriceFen: 6500, shares } }),
    ...d.elders.map((elder) =>
      entry("Plan", uuidv7(d.clock.now() * 1000, random(10)), PROVIDER, {
        service: { elder, item: ITEM },
        quantity: { units: 10_000, period: "month", carers: 1 },
      }),
    ),
  ];
  await d.ledger.registry.register(
    signRegistry(homeSigner(d.ledger, `import:${REGION}`, d.home.key("importer")), entries),
  );
}

/** The same through the books: details opened, registry as of the day, lines written; then a run over a month of it. */
async function benchBooks(): Promise<Line[]> {
  const d = await makeDistrict();
  await registerMoney(d);
  await submitVisits(d, DAY_RECORDS, ITEM);
  const day = sealDay(d);
  const { settlements } = d.ledger;
  let computed = settlements.compute(REGION, day);
  const again = seconds(() => {
    computed = settlements.compute(REGION, day);
  });
  // A cold start opens every visit's details; a warm one has the booked units of that sealed day at hand.
  await d.ledger.close();
  d.ledger = await openLedger({ home: d.home, clock: d.clock });
  const pricing = seconds(() => {
    computed = d.ledger.settlements.compute(REGION, day);
  });
  const { store } = d.ledger.settlements;
  const writing = seconds(() => store.save(computed.settlement, computed.parts, computed.lines));
  const sql = d.ledger.db.sql;
  for (let i = 1; i < RUN_DAYS; i++) {
    const lines =
      "INSERT INTO settlement_line SELECT region, day + ?, revision, idx, status, price_fen, shares, verdicts, payee, booked, evidenced, authorised FROM settlement_line WHERE region = ? AND day = ?";
    sql.prepare(lines).run(i, REGION, day);
  }
  let totals = 0n;
  const reading = seconds(() => {
    for (let i = 0; i < RUN_DAYS; i++) for (const fen of store.byPayee(REGION, day + i, 1, 0).values()) totals += fen;
  });
  const amounts = computed.parts[0]!.root.sum * BigInt(RUN_DAYS);
  if (totals !== amounts || totals === 0n) throw new Error("the days do not add up");
  const days = Array.from({ length: RUN_DAYS }, (_, i) =>
    [...store.byPayee(REGION, day + i, 1, 0)].map(([payee, deltaFen]) => ({ payee, deltaFen })),
  );
  const planning = seconds(() => void planRun({ days, returns: [], debts: [], accountOf: () => ZERO_HASH }));
  await d.destroy();
  const whole = pricing + writing;
  const line = (what: string, time: number, aim: string): Line => ({
    what,
    ours: `${time.toFixed(1)} s`,
    other: "",
    ratio: "",
    aim,
  });
  return [
    line(
      `the same through the books, details and all (${share(pricing - again, whole)} opening details, ${share(again, whole)} pricing, ${share(writing, whole)} writing lines)`,
      whole,
      "≤ 5 s",
    ),
    line(
      `a run over ${(DAY_RECORDS * RUN_DAYS).toLocaleString("en")} lines of the books (${share(reading, reading + planning)} reading)`,
      reading + planning,
      "≤ 60 s",
    ),
  ];
}

export async function benchSettlement(): Promise<Line[]> {
  return [...benchPure(), ...(await benchBooks())];
}
