import { expect } from "chai";
import fc from "fast-check";
import { divideFen } from "../../core/money.ts";

const percentages = fc
  .array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 6 })
  .map((cuts) => [...cuts, 0, 100].sort((a, b) => a - b))
  .map((cuts) => cuts.slice(1).map((cut, i) => ({ bearer: `f${i}`, percent: cut - cuts[i]! })));

describe("money: shares of a price", () => {
  it("add up to the price, and none is a whole fen away from its exact part", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 60n }), percentages, (price, shares) => {
        const parts = divideFen(price, shares);
        expect(parts.reduce((sum, part) => sum + part, 0n)).to.equal(price);
        parts.forEach((part, i) => {
          const distance = part * 100n - price * BigInt(shares[i]!.percent);
          expect(distance > -100n && distance < 100n).to.equal(true);
        });
      }),
    );
  });
  it("give the odd fen to the largest remainder, and to the first of equals", () => {
    const of = (price: bigint, ...percents: number[]) =>
      divideFen(
        price,
        percents.map((percent, i) => ({ bearer: `${i}`, percent })),
      );
    expect(of(6500n, 90, 10)).to.deep.equal([5850n, 650n]);
    expect(of(101n, 50, 50)).to.deep.equal([51n, 50n]);
    expect(of(1n, 30, 70)).to.deep.equal([0n, 1n]);
    expect(of(100n, 33, 33, 34)).to.deep.equal([33n, 33n, 34n]);
    expect(of(5n, 25, 25, 25, 25)).to.deep.equal([2n, 1n, 1n, 1n]);
  });
  it("refuse a negative price, and percentages that are broken, negative or not 100 together", () => {
    const two = (a: number, b: number) => [
      { bearer: "a", percent: a },
      { bearer: "b", percent: b },
    ];
    expect(() => divideFen(-1n, two(50, 50))).to.throw(RangeError);
    for (const [a, b] of [
      [50, 51],
      [50.5, 49.5],
      [-1, 101],
    ] as const)
      expect(() => divideFen(1n, two(a, b))).to.throw(RangeError);
  });
});
