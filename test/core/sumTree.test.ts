import { expect } from "chai";
import fc from "fast-check";
import { utf8 } from "../../core/bytes.ts";
import {
  MAX_AMOUNT,
  proveSum,
  proveSumInChunk,
  SUM_CHUNK,
  type SumNode,
  sumChunks,
  sumLeaf,
  sumParent,
  sumRoot,
  verifySum,
} from "../../core/sumTree.ts";

const leavesOf = (amounts: bigint[]) => amounts.map((amount, i) => sumLeaf(utf8(`line ${i}`), amount));
const amounts = fc.array(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), { minLength: 1, maxLength: 40 });
const walk = fc.tuple(amounts, fc.nat()).map(([list, n]) => ({ leaves: leavesOf(list), index: n % list.length }));

/** RFC 6962 by its own definition: split at the largest power of two below the size. */
function recursive(leaves: SumNode[]): SumNode {
  if (leaves.length === 1) return leaves[0]!;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sumParent(recursive(leaves.slice(0, split)), recursive(leaves.slice(split)));
}

describe("sum tree", () => {
  it("has the shape of RFC 6962, and a root that is the exact total", () => {
    fc.assert(
      fc.property(amounts, (list) => {
        const leaves = leavesOf(list);
        expect(sumRoot(leaves)).to.deep.equal(recursive(leaves));
        expect(sumRoot(leaves).sum).to.equal(list.reduce((total, amount) => total + amount, 0n));
      }),
    );
  });
  it("proves every line at its own place", () => {
    fc.assert(
      fc.property(walk, ({ leaves, index }) => {
        const proof = proveSum(leaves, index);
        expect(verifySum(sumRoot(leaves), leaves.length, index, leaves[index]!, proof)).to.equal(true);
      }),
    );
  });
  it("refuses another index, size, amount, total, inner sum or proof length", () => {
    fc.assert(
      fc.property(walk, fc.nat(), ({ leaves, index }, n) => {
        const [root, proof, leaf] = [sumRoot(leaves), proveSum(leaves, index), leaves[index]!];
        const refuses = (r: SumNode, size: number, at: number, l: SumNode, p: SumNode[]) =>
          expect(verifySum(r, size, at, l, p)).to.equal(false);
        refuses(root, leaves.length, leaves.length + (n % 3), leaf, proof);
        refuses(root, leaves.length, -1, leaf, proof);
        refuses(root, leaves.length, index, { ...leaf, sum: leaf.sum + 1n }, proof);
        refuses({ ...root, sum: root.sum + 1n }, leaves.length, index, leaf, proof);
        refuses(root, leaves.length, index, leaf, [...proof, root]);
        if (proof.length === 0) return;
        const other = (index + 1 + (n % (leaves.length - 1))) % leaves.length;
        refuses(root, leaves.length, other, leaf, proof);
        refuses(root, leaves.length, index, leaf, proof.slice(1));
        // A fen moved from one inner sum to another keeps the total and is still seen.
        const at = n % proof.length;
        const bent = proof.map((node, i) => (i === at ? { ...node, sum: node.sum + 1n } : node));
        refuses(root, leaves.length, index, leaf, bent);
        refuses({ ...root, sum: root.sum + 1n }, leaves.length, index, leaf, bent);
      }),
    );
  });
  it("refuses amounts that are negative or too large, and sums over 128 bits, where merkletreejs's sum tree takes them", () => {
    expect(() => sumLeaf(utf8("x"), -1n)).to.throw(RangeError);
    expect(() => sumLeaf(utf8("x"), MAX_AMOUNT + 1n)).to.throw(RangeError);
    const huge = { hash: sumLeaf(utf8("x"), 0n).hash, sum: 2n ** 128n - 1n };
    const one = sumLeaf(utf8("y"), 1n);
    expect(() => sumParent(huge, one)).to.throw(RangeError);
    expect(verifySum(huge, 2, 1, one, [huge])).to.equal(false);
    expect(verifySum(huge, 2, 1, one, [{ ...huge, sum: -1n }])).to.equal(false);
    // There, these two totals share a root.
    const [small, large] = [300n, 2n ** 64n + 300n].map((sum) => sumParent({ hash: one.hash, sum }, one).hash);
    expect(small).to.not.deep.equal(large);
  });
  it("has an empty root, and proves nothing in it", () => {
    expect(sumRoot([]).sum).to.equal(0n);
    expect(() => proveSum([], 0)).to.throw(RangeError);
    expect(verifySum(sumRoot([]), 0, 0, sumRoot([]), [])).to.equal(false);
  });
  it("gives the same root and the same proofs out of chunks of 256 leaves", () => {
    const leaves = Array.from({ length: 1100 }, (_, i) => sumLeaf(new Uint8Array([i >> 8, i & 255]), BigInt(i)));
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 768, 1023, 1025, 1100]) {
      const own = leaves.slice(0, size);
      const chunks = sumChunks(own);
      expect(sumRoot(chunks), String(size)).to.deep.equal(sumRoot(own));
      for (const index of new Set([0, size >> 1, size - 1, Math.min(size - 1, 256)])) {
        const first = index - (index % SUM_CHUNK);
        const proof = proveSumInChunk(chunks, own.slice(first, first + SUM_CHUNK), index);
        expect(proof, `${index} of ${size}`).to.deep.equal(proveSum(own, index));
      }
    }
    expect(sumChunks([])).to.deep.equal([]);
  });
});
