import { readFileSync } from "node:fs";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import fc from "fast-check";
import { MerkleTree } from "merkletreejs";
import { concat, toHex } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { log, memoryNodes, merkleLog, rootOfDigests } from "../../core/tree.ts";

interface Vectors {
  inclusion: {
    leafIdx: number;
    treeSize: number;
    root: string;
    leafHash: string;
    proof: string[] | null;
    wantErr: boolean;
    case: string;
  }[];
  consistency: {
    size1: number;
    size2: number;
    root1: string;
    root2: string;
    proof: string[] | null;
    wantErr: boolean;
    case: string;
  }[];
}
const vectors = JSON.parse(
  readFileSync(new URL("../vectors/rfc6962-sha256-proofs.json", import.meta.url), "utf8"),
) as Vectors;
const base64 = (text: string | null) => new Uint8Array(Buffer.from(text ?? "", "base64"));
const sha = merkleLog(sha256);

const digests = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 70 });
const leavesOf = (values: Uint8Array[]) => values.map((value) => log.leafHash(value));

describe("tree: RFC 6962 vectors", () => {
  it("runs all 196 published cases", () => {
    expect(vectors.inclusion.length).to.equal(98);
    expect(vectors.consistency.length).to.equal(98);
  });
  for (const v of vectors.inclusion) {
    it(`${v.wantErr ? "refuses" : "accepts"} inclusion ${v.case}`, () => {
      const held = sha.verifyInclusion(
        v.leafIdx,
        v.treeSize,
        base64(v.leafHash),
        (v.proof ?? []).map(base64),
        base64(v.root),
      );
      expect(held).to.equal(!v.wantErr);
    });
  }
  for (const v of vectors.consistency) {
    it(`${v.wantErr ? "refuses" : "accepts"} consistency ${v.case}`, () => {
      const held = sha.verifyConsistency(
        v.size1,
        v.size2,
        base64(v.root1),
        base64(v.root2),
        (v.proof ?? []).map(base64),
      );
      expect(held).to.equal(!v.wantErr);
    });
  }
});

describe("tree: properties", () => {
  it("has the same root as merkletreejs with a prefixing concatenator", () => {
    const concatenator = ([left, right]: Buffer[]) => (right ? Buffer.concat([Buffer.from([1]), left!, right]) : left!);
    fc.assert(
      fc.property(digests, (values) => {
        const leaves = leavesOf(values).map((leaf) => Buffer.from(leaf));
        const other = new MerkleTree(leaves, (data: Buffer) => Buffer.from(keccak(data)), {
          concatenator: concatenator as never,
        });
        expect(toHex(rootOfDigests(values))).to.equal(`0x${other.getRoot().toString("hex")}`);
      }),
    );
  });
  it("grows a frontier to the same root at every size", () => {
    fc.assert(
      fc.property(digests, (values) => {
        const frontier = log.frontier();
        values.forEach((value, i) => {
          frontier.append(log.leafHash(value));
          expect(toHex(frontier.root())).to.equal(toHex(rootOfDigests(values.slice(0, i + 1))));
        });
      }),
      { numRuns: 20 },
    );
  });
  it("proves every leaf, and refuses the proof at any other index, size or leaf", () => {
    fc.assert(
      fc.property(digests, fc.nat(), fc.nat(), (values, a, b) => {
        const leaves = leavesOf(values);
        const root = rootOfDigests(values);
        const [index, other] = [a % values.length, b % (values.length + 3)];
        const proof = log.proveInclusion(index, values.length, memoryNodes(log, leaves));
        expect(log.verifyInclusion(index, values.length, leaves[index]!, proof, root)).to.equal(true);
        if (other !== index)
          expect(log.verifyInclusion(other, values.length, leaves[index]!, proof, root)).to.equal(false);
        expect(log.verifyInclusion(index, values.length, keccak(leaves[index]!), proof, root)).to.equal(false);
        expect(log.verifyInclusion(index, values.length, leaves[index]!, [...proof, root], root)).to.equal(false);
        if (proof.length)
          expect(log.verifyInclusion(index, values.length, leaves[index]!, proof.slice(1), root)).to.equal(false);
      }),
    );
  });
  it("refuses a proof with any altered byte", () => {
    fc.assert(
      fc.property(digests, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (values, a, b, flip) => {
        const leaves = leavesOf(values);
        const index = a % values.length;
        const proof = log.proveInclusion(index, values.length, memoryNodes(log, leaves));
        fc.pre(proof.length > 0);
        const bad = proof.map((part) => part.slice());
        bad[b % bad.length]![b % 32]! ^= flip;
        expect(log.verifyInclusion(index, values.length, leaves[index]!, bad, rootOfDigests(values))).to.equal(false);
      }),
    );
  });
  it("changes the root when a leaf is changed, moved, dropped, added or doubled", () => {
    const distinct = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
      minLength: 2,
      maxLength: 40,
      selector: toHex,
    });
    fc.assert(
      fc.property(distinct, fc.nat(), (values, a) => {
        const i = a % values.length;
        const root = toHex(rootOfDigests(values));
        const edits = [
          values.map((value, at) => (at === i ? keccak(value) : value)),
          values.filter((_, at) => at !== i),
          [...values, values[i]!],
          [...values.slice(0, i + 1), ...values.slice(i)],
          [...values.slice(i + 1), ...values.slice(0, i + 1)],
        ].filter((edit) => edit.length !== values.length || edit.some((value, at) => value !== values[at]));
        for (const edit of edits) expect(toHex(rootOfDigests(edit))).to.not.equal(root);
      }),
    );
  });
  it("proves consistency of every pair of sizes, and refuses it with any altered byte or other sizes", () => {
    fc.assert(
      fc.property(digests, fc.nat(), fc.nat(), (values, a, b) => {
        const from = 1 + (a % values.length);
        const [old, now] = [rootOfDigests(values.slice(0, from)), rootOfDigests(values)];
        const proof = log.proveConsistency(from, values.length, memoryNodes(log, leavesOf(values)));
        expect(log.verifyConsistency(from, values.length, old, now, proof)).to.equal(true);
        if (proof.length === 0) return;
        const bad = proof.map((part) => part.slice());
        bad[b % bad.length]![b % 32]! ^= 1;
        expect(log.verifyConsistency(from, values.length, old, now, bad)).to.equal(false);
        expect(log.verifyConsistency(from, values.length, old, now, [...proof, old])).to.equal(false);
        expect(log.verifyConsistency(from, values.length, keccak(old), now, proof)).to.equal(false);
      }),
    );
  });
});

describe("tree: pitfalls", () => {
  const values = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
  const leaves = leavesOf(values);
  it("does not take an inner node for a leaf", () => {
    const inner = concat(leaves[0]!, leaves[1]!);
    expect(toHex(log.leafHash(inner))).to.not.equal(toHex(log.nodeHash(leaves[0]!, leaves[1]!)));
  });
  it("does not give [a,b,c] and [a,b,c,c] one root", () => {
    expect(toHex(rootOfDigests(values))).to.not.equal(toHex(rootOfDigests([...values, values[2]!])));
  });
  it("refuses to prove an index outside the tree", () => {
    expect(() => log.proveInclusion(3, 3, memoryNodes(log, leaves))).to.throw(RangeError);
    expect(() => log.proveInclusion(-1, 3, memoryNodes(log, leaves))).to.throw(RangeError);
    expect(() => log.proveConsistency(0, 3, memoryNodes(log, leaves))).to.throw(RangeError);
    expect(() => log.proveConsistency(4, 3, memoryNodes(log, leaves))).to.throw(RangeError);
  });
  it("refuses a fraction, NaN or unsafe integer as index or size", () => {
    for (const bad of [0.5, Number.NaN, -1, 2 ** 60]) {
      expect(log.verifyInclusion(bad, 3, leaves[0]!, [], leaves[0]!)).to.equal(false);
      expect(log.verifyInclusion(0, bad, leaves[0]!, [], leaves[0]!)).to.equal(false);
    }
  });
  it("refuses a subtree that does not fit the frontier, and leaf hashes of a wrong length", () => {
    const frontier = log.frontier();
    frontier.append(leaves[0]!);
    expect(() => frontier.appendNode(1, leaves[1]!)).to.throw(RangeError);
    expect(() => log.root(new Uint8Array(33))).to.throw(RangeError);
  });
});
