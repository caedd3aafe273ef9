import { expect } from "chai";
import fc from "fast-check";
import { toHex, utf8 } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { sample } from "../../core/sample.ts";

describe("core: samples by a seed", () => {
  const ids = Array.from({ length: 5000 }, (_, i) => `id-${i}`);
  it("are the first by keccak(seed, id), in whatever order the ids come", () => {
    const rank = (id: string) => toHex(keccak(utf8(`SilverLedger/1/sample\nseed\n${id}`)));
    const expected = [...ids].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, 40);
    expect(sample("seed", ids, 40)).to.deep.equal(expected);
    expect(sample("seed", [...ids].reverse(), 40)).to.deep.equal(expected);
  });
  it("begin alike when they are longer, and differ by the seed", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const longer = sample(seed, ids, count + 7);
        expect(sample(seed, ids, count)).to.deep.equal(longer.slice(0, count));
        expect(sample(`${seed}x`, ids, 40)).to.not.deep.equal(sample(seed, ids, 40));
      }),
      { numRuns: 20 },
    );
  });
  it("hold all when there are fewer", () => {
    expect(sample("s", ["b", "a"], 10).sort()).to.deep.equal(["a", "b"]);
    expect(sample("s", [], 10)).to.deep.equal([]);
  });
});
