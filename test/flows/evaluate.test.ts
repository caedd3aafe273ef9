import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { dayOfDate, dayStart } from "../../core/day.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import { ALLOWANCE_CASES } from "../../scripts/dataset/allowanceCases.ts";
import { type Evaluation, evaluateFolder } from "../../scripts/dataset/evaluate.ts";
import { FRAUDS } from "../../scripts/dataset/frauds.ts";
import { generateDataset } from "../../scripts/dataset/generate.ts";
import { playFolder } from "../../scripts/dataset/load.ts";
import { OFFICE_CASES } from "../../scripts/dataset/officeCases.ts";
import { readTable } from "../../scripts/dataset/read.ts";
import { YEAR_CASES } from "../../scripts/dataset/yearCases.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";

/** Labelled districts: what the rules find of staged fraud, and what they leave alone. */
const FIRST_DAY = 20_516;
const OFFSET = 480;
const silent = () => undefined;

function written(options: Partial<Parameters<typeof generateDataset>[0]>): string {
  const folder = mkdtempSync(join(tmpdir(), "silverledger-labelled-"));
  const files = generateDataset({ instances: 2, days: 14, firstDay: FIRST_DAY, seed: 1, ...options });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe("flow: evaluate", () => {
  let folder: string;
  let found: Evaluation;
  before(async function () {
    this.timeout(300_000);
    folder = written({ cases: 4, seed: 90_210 });
    found = await evaluateFolder(folder, silent);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds what is labelled: 0.98 of what blocks, 0.9 of what is held or marked", () => {
    const allowances = Object.keys(ALLOWANCE_CASES).filter((name) => /^R\d\d$/.test(name));
    expect(found.allowances).to.be.greaterThan(100);
    for (const rule of new Set([...Object.keys(FRAUDS), ...allowances])) {
      const blocks = RULES.find(({ id }) => id === rule)!.level.startsWith("B");
      expect(found.rules[rule]?.labelled, rule).to.be.greaterThan(0);
      expect(found.rules[rule]!.recall, rule).to.be.at.least(blocks ? 0.98 : 0.9);
      expect(found.rules[rule]!.precision, rule).to.be.at.least(blocks ? 0.98 : 0.9);
    }
  });
  it("holds at most 3 of 1,000 clean visits, look-alikes among them", () => {
    expect(found.clean).to.be.greaterThan(3000);
    expect(found.clean_held_percent).to.be.at.most(0.3);
  });
  it("counts what the door refused by the reason that it gave", () => {
    expect(found.refused).to.be.greaterThan(0);
    expect(Object.values(found.refused_reasons).reduce((sum, count) => sum + count, 0)).to.equal(found.refused);
  });
  it("labels every visit, and the same seed gives the same folder", async () => {
    const { rows } = await readTable(folder, "labels.csv");
    const visits = await readTable(folder, "visits.csv", Number.MAX_SAFE_INTEGER);
    expect(new Set(rows.flatMap(({ row }) => (row.visit.includes(":") ? [] : [row.visit]))).size).to.equal(
      visits.rows.length + new Set(visits.errors.map(({ line }) => line)).size,
    );
    const options = { instances: 1, days: 3, firstDay: FIRST_DAY, seed: 5, cases: 1 };
    expect(generateDataset(options)).to.deep.equal(generateDataset(options));
    expect(generateDataset({ ...options, seed: 6 })["labels.csv"]).to.not.equal(generateDataset(options)["labels.csv"]);
  });
});

describe("flow: evaluate a year's end", () => {
  let folder: string;
  let found: Evaluation;
  const rules = [...Object.keys(YEAR_CASES), ...Object.keys(OFFICE_CASES)].filter((name) => /^R\d\d$/.test(name));
  before(async function () {
    this.timeout(300_000);
    folder = written({ instances: 1, days: 93, firstDay: dayOfDate("2026-09-30")!, cases: 2, yearEnd: true, seed: 31 });
    appendFileSync(join(folder, "decisions.csv"), "no-visit,release,somebody,2026-12-01T10:00:00+08:00\n");
    appendFileSync(join(folder, "labels.csv"), "x,not a rule,\n");
    appendFileSync(join(folder, "elders.csv"), "E-wrong,无名,310101194501010000,1945-01-01,121.4,31.2,urban,0,,,0,\n");
    found = await evaluateFolder(folder, silent);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds a month that stands out, an official tied to a payee, decisions in a rush, a fund spent at the end", () => {
    expect(rules.sort()).to.deep.equal(["R35", "R38", "R39", "R40"]);
    for (const rule of rules) {
      expect(found.rules[rule]?.labelled, rule).to.be.greaterThan(0);
      expect(found.rules[rule], rule).to.include({ recall: 1, precision: 1, named_clean: 0 });
    }
  });
  it("finds everything else over four months as over two weeks, allowances of the named month among it", () => {
    expect(Object.keys(found.rules)).to.have.length(RULES.length);
    for (const [rule, own] of Object.entries(found.rules)) {
      const least = RULES.find(({ id }) => id === rule)!.level.startsWith("B") ? 0.98 : 0.9;
      expect(own.recall, rule).to.be.at.least(least);
      expect(own.precision, rule).to.be.at.least(least);
    }
    expect(found.allowances).to.be.within(100, 500);
  });
  it("says how many rows it could not read, and which ones it left out", () => {
    expect(found.unread).to.equal(2);
    expect(found.left_out).to.equal(1);
    expect(found.left_out_first[0]).to.include({ file: "elders.csv", column: "id_number" });
  });
  it("refuses a folder without visits, or that is not there", async () => {
    const empty = mkdtempSync(join(tmpdir(), "silverledger-empty-"));
    copyFileSync(join(folder, "region.json"), join(empty, "region.json"));
    for (const wrong of [empty, join(empty, "nowhere")])
      expect(
        await evaluateFolder(wrong, silent).then(
          () => "evaluated",
          (error: Error) => error.message,
        ),
      ).to.match(/visits\.csv|region\.json/);
    rmSync(empty, { recursive: true });
  });
  it("leaves alone what only looks like it, and has staged every rule with the other folder", async () => {
    const { rows } = await readTable(folder, "labels.csv", Number.MAX_SAFE_INTEGER);
    const clean = rows.filter(({ row }) => row.label === "clean").map(({ row }) => row.visit);
    expect(clean.filter((name) => name.startsWith("fund:"))).to.have.length(2);
    expect(clean.filter((name) => name.startsWith("decision:")).length).to.be.greaterThan(40);
    expect(found.clean_held_percent).to.equal(0);
    const staged = new Set([...Object.keys(FRAUDS), ...Object.keys(ALLOWANCE_CASES), ...rules]);
    expect(RULES.filter(({ id }) => !staged.has(id)).map(({ id }) => id)).to.deep.equal([]);
  });
});

describe("flow: replay of a district", () => {
  let folder: string;
  let scratch: string;
  let ledger: Ledger;
  const region = 310105;
  before(async function () {
    this.timeout(300_000);
    folder = written({ instances: 1, cases: 2, seed: 4242, acceptable: true });
    scratch = mkdtempSync(join(tmpdir(), "silverledger-replay-"));
    const [home, clock] = [new Home(scratch), new SimulatedClock(dayStart(FIRST_DAY, OFFSET) + 6 * 3600)];
    ledger = await openLedger({ home, clock, simulated: true });
    await playFolder(ledger, home, clock, folder, silent);
  });
  after(async () => {
    await ledger.close();
    for (const one of [folder, scratch]) rmSync(one, { recursive: true, force: true });
  });

  it("gives the bytes of every review again", () => {
    const reviews = ledger.reviews.store.reviews(region, 0, 0xffff_ffff);
    expect(reviews.length).to.be.at.least(14);
    expect(reviews.reduce((sum, { count }) => sum + count, 0)).to.be.greaterThan(100);
    for (const { reviewedDay } of reviews)
      expect(ledger.reviews.replay(region, reviewedDay), String(reviewedDay)).to.include({ same: true });
  }).timeout(120_000);
  it("finds by the summaries what a full rescan of the past finds", () => {
    for (const { reviewedDay } of ledger.reviews.store.reviews(region, 0, 0xffff_ffff))
      expect(ledger.reviews.replay(region, reviewedDay, { rescan: true }), String(reviewedDay)).to.include({
        same: true,
      });
  }).timeout(120_000);
  it("gives other bytes when the books were changed under a review", () => {
    const sql = ledger.db.sql;
    const { reviewedDay } = ledger.reviews.store.reviews(region, 0, 0xffff_ffff).find(({ count }) => count > 3)!;
    sql.exec('DROP TRIGGER "visit_no_update"');
    sql.prepare("UPDATE visit SET ended_at = ended_at - 1200 WHERE region = ? AND day = ?").run(region, reviewedDay);
    expect(ledger.reviews.replay(region, reviewedDay).same).to.equal(false);
  });
});
