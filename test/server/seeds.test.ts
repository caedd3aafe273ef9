import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openDatabase, openSql, type Sql } from "../../server/db/client.ts";
import { openSeedStore, type SeedStore } from "../../server/entries/seedStore.ts";

const REGION = 310105;
const OTHER = 110101;
/** Small, so that marks move on after a few appends. */
const KEPT = 10;
const entries = (...marks: number[]) => marks.map((mark) => ({ seedMark: BigInt(mark) }));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("marks of seeds", () => {
  const folder = mkdtempSync(join(tmpdir(), "silverledger-seeds-"));
  const file = join(folder, "seeds.db");
  let sql: Sql;
  let seeds: SeedStore;
  const inTransaction = (store: SeedStore, of: Sql, make: () => void) =>
    store.within(() => of.transaction(make).immediate());
  const spend = (region: number, ...marks: number[]) =>
    inTransaction(seeds, sql, () => {
      seeds.spend(region, entries(...marks));
      seeds.end();
    });
  const spent = (region: number, ...marks: number[]) => seeds.within(() => seeds.spent(region, entries(...marks)));
  const count = (table: string) => sql.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  before(async () => {
    await (await openDatabase(file)).close();
    sql = openSql(file);
    seeds = openSeedStore(sql, KEPT);
  });
  after(() => {
    sql.close();
    rmSync(folder, { recursive: true });
  });

  it("are known in their region, in memory and after they moved on, and to who opens the books again", () => {
    expect(spent(REGION, ...range(0, 100))).to.deep.equal([]);
    for (const i of range(0, 20)) spend(REGION, 3 * i, 3 * i + 1);
    expect(count("used_seed")).to.be.greaterThan(0);
    expect(count("seed_run")).to.be.greaterThan(0);
    const used = range(0, 20).flatMap((i) => [BigInt(3 * i), BigInt(3 * i + 1)]);
    const inOrder = (marks: bigint[]) => marks.sort((a, b) => Number(a - b));
    expect(inOrder(spent(REGION, ...range(0, 100)))).to.deep.equal(used);
    expect(spent(OTHER, ...range(0, 100))).to.deep.equal([]);
    const again = openSeedStore(sql, KEPT);
    expect(inOrder(again.within(() => again.spent(REGION, entries(...range(0, 100)))))).to.deep.equal(used);
  });

  it("are refused twice among themselves, and none at all are none", () => {
    expect(spent(OTHER, 5, 6, 5)).to.deep.equal([5n]);
    expect(seeds.within(() => seeds.spent(OTHER, [{ seedMark: null }, { seedMark: null }]))).to.deep.equal([]);
  });

  it("are not spent by a transaction that was undone", () => {
    const undone = () =>
      inTransaction(seeds, sql, () => {
        seeds.spend(REGION, entries(...range(500, 500 + 2 * KEPT)));
        expect(seeds.spent(REGION, entries(501))).to.deep.equal([501n]);
        seeds.end();
        throw new Error("undone");
      });
    expect(undone).to.throw("undone");
    expect(spent(REGION, ...range(500, 530))).to.deep.equal([]);
    const undoneBeforeItsEnd = () =>
      inTransaction(seeds, sql, () => {
        seeds.spend(REGION, entries(...range(500, 510)));
        seeds.spend(OTHER, entries(500));
        throw new Error("undone");
      });
    expect(undoneBeforeItsEnd).to.throw("undone");
    expect(spent(REGION, ...range(500, 530))).to.deep.equal([]);
    expect(spent(OTHER, 500)).to.deep.equal([]);
    expect(spent(REGION, 0, 57, 58)).to.have.members([0n, 57n, 58n]);
    spend(REGION, 501);
    expect(spent(REGION, 501)).to.deep.equal([501n]);
  });

  it("are known when another process appended them, or moved them on, meanwhile", () => {
    const other = openSql(file);
    const theirs = openSeedStore(other, KEPT);
    const add = (...marks: number[]) =>
      inTransaction(theirs, other, () => {
        theirs.spend(REGION, entries(...marks));
        theirs.end();
      });
    add(700, 701);
    expect(spent(REGION, 701)).to.deep.equal([701n]);
    spend(REGION, 702);
    for (const i of range(0, KEPT)) add(710 + 2 * i, 711 + 2 * i);
    spend(REGION, 703);
    expect(spent(REGION, 699, 700, 702, 703, 710, 729, 730)).to.have.members([700n, 702n, 703n, 710n, 729n]);
    expect(theirs.within(() => theirs.spent(REGION, entries(702, 703)))).to.have.members([702n, 703n]);
    other.close();
  });

  it("hold 63 bits", () => {
    const large = (1n << 63n) - 1n;
    inTransaction(seeds, sql, () => {
      seeds.spend(OTHER, [{ seedMark: large }]);
      seeds.end();
    });
    for (const i of range(0, KEPT)) spend(OTHER, 2 * i, 2 * i + 1);
    const again = openSeedStore(sql, KEPT);
    for (const store of [seeds, again])
      expect(store.within(() => store.spent(OTHER, [{ seedMark: large }, { seedMark: large - 1n }]))).to.deep.equal([
        large,
      ]);
  });
});
