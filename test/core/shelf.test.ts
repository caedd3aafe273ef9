import { expect } from "chai";
import fc from "fast-check";
import { RowKinds, rowWithText, textAt, uuidAt, uuidNumbers, wideAt, wideNumbers } from "../../core/rules/counts.ts";
import { numberOf } from "../../core/rules/packedVisit.ts";
import { MemoryScratch, NumberList, Repeats } from "../../core/rules/scratch.ts";
import { Shelf } from "../../core/rules/shelf.ts";
import { drained, Merge, Records, SortedRuns } from "../../core/rules/sortedRuns.ts";
import { id } from "./reviewWorld.ts";

const number = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const words = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 6 }).map((list) => {
  if (list.length % 2 === 1) list.push(0);
  return Int32Array.from(list);
});

/** Everything that a merge tells: number, source, words. */
function told(sources: readonly SortedRuns[]): [number, number, number[]][] {
  const all: [number, number, number[]][] = [];
  const [merge, records] = [new Merge(sources), new Records()];
  while (merge.number >= 0) {
    const now = merge.number;
    records.clear();
    merge.take(records);
    for (const [i, at] of records.starts.entries()) {
      const to = records.starts[i + 1] ?? records.words.length;
      all.push([now, records.sources[i]!, [...records.words.subarray(at, to)]]);
    }
  }
  return all;
}

describe("sorted runs", () => {
  it("tell the records of several sources by number, source and the order in which they were added", () => {
    const some = fc.array(fc.array(fc.tuple(number, words), { maxLength: 40 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, (lists) => {
        const scratch = new MemoryScratch();
        const sources = lists.map((list) => {
          const runs = new SortedRuns(scratch);
          for (const [of, row] of list) runs.add(of, row, row.length);
          runs.seal();
          expect(runs.count).to.equal(list.length);
          return runs;
        });
        const all = lists.flatMap((list, source) => list.map(([of, row]) => [of, source, [...row]] as const));
        const expected = all.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        const found = told(sources);
        expect(found.map(([of, source]) => [of, source])).to.deep.equal(expected.map(([of, source]) => [of, source]));
        for (const [i, [, , row]] of expected.entries())
          expect(found[i]![2].slice(0, row.length)).to.deep.equal([...row]);
      }),
    );
  });

  it("tell a hundred thousand records of many runs, and records longer than a run's piece", () => {
    const runs = new SortedRuns(new MemoryScratch());
    const long = new Int32Array(50_000).fill(-7);
    let state = 1;
    for (let i = 0; i < 100_000; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      runs.add(
        state % 1000,
        Int32Array.from({ length: 40 }, () => i),
        40,
      );
      if (i % 25_000 === 0) runs.add(500, long, long.length);
    }
    let [last, count, longs] = [-1, 0, 0];
    for (const rows of drained(runs)) {
      for (const { words: of, at } of rows) if (of[at] === -7 && of[at + 49_999] === -7) longs++;
      count += rows.length;
      last++;
    }
    expect([last, count, longs]).to.deep.equal([999, 100_004, 4]);
  });

  it("go past numbers that nobody wants", () => {
    const runs = new SortedRuns(new MemoryScratch());
    for (const one of [3, 1, 2, 1]) runs.add(one, Int32Array.from([one, 0]), 2);
    runs.seal();
    const merge = new Merge([runs]);
    merge.take(null);
    expect(merge.number).to.equal(2);
    merge.take(null);
    merge.take(null);
    expect(merge.number).to.equal(-1);
  });
});

describe("a shelf", () => {
  it("keeps what was set last for each name, whichever pages were cut meanwhile", () => {
    for (const kind of ["uuids", "texts"] as const) {
      const shelf = new Shelf(new MemoryScratch(), kind);
      const model = new Map<string, number[]>();
      const nameOf = (n: number) => (kind === "uuids" ? id(n) : `手机 ${n}`);
      let state = 5;
      for (let i = 0; i < 20_000; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        const name = nameOf((state >>> 8) % 6000);
        const row = Array.from({ length: (state >>> 4) % 60 }, (_, k) => i + k);
        if (i % 3 === 0) expect([...(shelf.get(name) ?? [])]).to.deep.equal(model.get(name) ?? []);
        shelf.set(name, Int32Array.from(row));
        model.set(name, row);
      }
      expect(shelf.get(nameOf(6001))).to.equal(null);
      for (const [name, row] of model) expect([...shelf.get(name)!]).to.deep.equal(row);
      // In the order of the numbers, as every pass asks.
      for (const name of [...model.keys()].sort((a, b) => numberOf(a) - numberOf(b)))
        expect([...shelf.get(name)!]).to.deep.equal(model.get(name));
      if (kind === "uuids") {
        const all = new Map([...shelf].map(([name, of]) => [name, [...of]] as const));
        expect(all.size).to.equal(model.size);
        for (const [name, row] of model) expect(all.get(name)).to.deep.equal(row);
      }
      shelf.renew((of) => (of.length % 2 === 0 ? null : of.slice(1)));
      for (const [name, row] of model)
        expect(shelf.get(name) && [...shelf.get(name)!]).to.deep.equal(row.length % 2 === 0 ? null : row.slice(1));
    }
  }).timeout(60_000);

  it("goes on with a record that is larger than a page", () => {
    const shelf = new Shelf(new MemoryScratch(), "uuids");
    for (let n = 1; n <= 20; n++) shelf.set(id(n), new Int32Array(n % 2 === 0 ? 100_000 : 3).fill(n));
    for (let n = 1; n <= 20; n++) {
      const of = shelf.get(id(n))!;
      expect([of.length, of[0], of.at(-1)]).to.deep.equal([n % 2 === 0 ? 100_000 : 3, n, n]);
    }
  });
});

describe("rows of counts", () => {
  const KINDS = new RowKinds(2, 3);

  it("grow, are found, and are kept or dropped one by one", () => {
    const one = KINDS.grown(null, [
      [1, 10, 2, 20],
      [5, 6, 7],
    ]);
    const two = KINDS.grown(one, [[3, 30]]);
    expect([...two]).to.deep.equal([3, 1, 1, 10, 2, 20, 3, 30, 5, 6, 7]);
    const at = KINDS.find(two, 0, (row) => two[row] === 3);
    expect(two[at + 1]).to.equal(30);
    expect(KINDS.find(two, 1, (row) => two[row] === 3)).to.equal(-1);
    expect(KINDS.find(null, 0, () => true)).to.equal(-1);
    expect([...KINDS.kept(two, (row, kind) => kind === 1 || two[row]! > 1)!]).to.deep.equal([
      2, 1, 2, 20, 3, 30, 5, 6, 7,
    ]);
    expect(KINDS.kept(two, () => false)).to.equal(null);
  });

  it("hold UUIDs, numbers beyond 32 bits and texts", () => {
    const uuid = "01900000-1234-7000-8000-0123456789ab";
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), fc.string({ unit: "grapheme" }), (wide, text) => {
        expect(wideAt(Int32Array.from(wideNumbers(wide)), 0)).to.equal(wide);
        const row = rowWithText([1, ...uuidNumbers(uuid)], text);
        expect(row.length % 2).to.equal(0);
        expect(uuidAt(row, 1)).to.equal(uuid);
        expect(textAt(row, 5)).to.equal(text.toWellFormed());
      }),
    );
  });
});

describe("numbers outside memory", () => {
  it("come back in their order", () => {
    const list = new NumberList(new MemoryScratch());
    const numbers = Array.from({ length: 50_000 }, (_, i) => (i * 2_654_435_761) % 2 ** 32);
    for (const one of numbers) list.add(one);
    expect(list.length).to.equal(50_000);
    expect([...list]).to.deep.equal(numbers);
  });

  it("are never taken for new when they came before", () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), fc.integer({ min: 0, max: 200 }), (numbers, expected) => {
        const repeats = new Repeats(expected);
        for (const [i, one] of numbers.entries()) {
          if (numbers.indexOf(one) < i) expect(repeats.has(one)).to.equal(true);
          repeats.add(one);
        }
        for (const [i, one] of numbers.entries())
          if (numbers.indexOf(one) < i) expect(repeats.isRepeated(one)).to.equal(true);
      }),
    );
  });
});
