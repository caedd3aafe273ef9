import { equal } from "./bytes.ts";
import { type Hash, keccak } from "./hash.ts";

/**
 * The Merkle tree of RFC 6962 §2.1 over any 32-byte hash: leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), an odd
 * node is promoted, the empty tree is H(""). A proof binds one leaf to one index of one size: the verifier demands the
 * exact proof length. Sizes and indexes are safe integers.
 */

/** A complete subtree: the leaves from index·2^level to (index + 1)·2^level. */
export interface Node {
  level: number;
  index: number;
}

/** The one method by which storage enters: hashes of complete subtrees, in the order asked for. */
export type ReadNodes = (nodes: Node[]) => Uint8Array[];

export interface MerkleLog {
  emptyRoot: Uint8Array;
  leafHash(data: Uint8Array): Uint8Array;
  nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** Root of leaf hashes that lie one behind the other, 32 bytes each; `scratch` is overwritten (a copy by default). */
  root(leafHashes: Uint8Array, scratch?: Uint8Array): Uint8Array;
  frontier(): Frontier;
  /** Throws RangeError unless 0 ≤ index < size. */
  proveInclusion(index: number, size: number, read: ReadNodes): Uint8Array[];
  verifyInclusion(index: number, size: number, leafHash: Uint8Array, proof: Uint8Array[], root: Uint8Array): boolean;
  /** Throws RangeError unless 0 < from ≤ to. */
  proveConsistency(from: number, to: number, read: ReadNodes): Uint8Array[];
  verifyConsistency(from: number, to: number, fromRoot: Uint8Array, toRoot: Uint8Array, proof: Uint8Array[]): boolean;
}

/** A growing tree in O(log n) memory: the roots of the complete subtrees from left to right. */
export interface Frontier {
  readonly size: number;
  append(leafHash: Uint8Array): void;
  /** Appends a complete subtree of 2^level leaves; throws RangeError unless the size is a multiple of 2^level. */
  appendNode(level: number, hash: Uint8Array): void;
  root(): Uint8Array;
  /** The root if one more, smaller and perhaps incomplete subtree with this root stood at the right edge. */
  rootWith(edge: Uint8Array): Uint8Array;
}

const half = (value: number): number => Math.floor(value / 2);
const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** The largest power of two that is smaller than `size` (size > 1): where RFC 6962 splits a tree. */
function splitPoint(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** The complete subtrees that cover [start, end), left to right; `start` is aligned as RFC 6962 ranges are. */
function cover(start: number, end: number): Node[] {
  const nodes: Node[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++;
    nodes.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

type Range = [start: number, end: number];

/** The ranges whose hashes form the inclusion proof of `index`, nearest the leaf first (RFC 6962 §2.1.1). */
export function inclusionRanges(index: number, start: number, end: number): Range[] {
  if (end - start === 1) return [];
  const middle = start + splitPoint(end - start);
  return index < middle
    ? [...inclusionRanges(index, start, middle), [middle, end]]
    : [...inclusionRanges(index, middle, end), [start, middle]];
}

/**
 * From a leaf to the root along a proof (RFC 9162 §2.1.3.2), for trees whose nodes are of any kind; null when the place
 * is outside the tree. Running out of size before the proof ends, or the reverse, is a refusal too.
 */
export function climb<N>(
  index: number,
  size: number,
  leaf: N,
  proof: readonly N[],
  parent: (left: N, right: N) => N,
): N | null {
  if (!isIndex(index) || !isIndex(size) || index >= size) return null;
  let [fn, sn, result] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      result = parent(sibling, result);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      result = parent(result, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? result : null;
}

/** RFC 6962 §2.1.2, SUBPROOF: `whole` says that the old tree is exactly this range, whose hash the verifier knows. */
function consistencyRanges(from: number, start: number, end: number, whole: boolean): Range[] {
  if (from === end) return whole ? [] : [[start, end]];
  const middle = start + splitPoint(end - start);
  return from <= middle
    ? [...consistencyRanges(from, start, middle, whole), [middle, end]]
    : [...consistencyRanges(from, middle, end, false), [start, middle]];
}

export function merkleLog(hash: Hash): MerkleLog {
  const emptyRoot = hash(new Uint8Array(0));
  const leafInput = new Uint8Array(33);
  const nodeInput = new Uint8Array(65);
  nodeInput[0] = 1;

  function leafHash(data: Uint8Array): Uint8Array {
    if (data.length === 32) {
      leafInput.set(data, 1);
      return hash(leafInput);
    }
    const input = new Uint8Array(data.length + 1);
    input.set(data, 1);
    return hash(input);
  }

  function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
    nodeInput.set(left, 1);
    nodeInput.set(right, 33);
    return hash(nodeInput);
  }

  /** Folds the roots of adjacent complete subtrees, ordered left to right, into the root of their range. */
  function fold(hashes: Uint8Array[]): Uint8Array {
    return hashes.reduceRight((right, left) => nodeHash(left, right));
  }

  function root(leafHashes: Uint8Array, level = leafHashes.slice()): Uint8Array {
    let count = leafHashes.length / 32;
    if (!Number.isInteger(count)) throw new RangeError("leaf hashes are 32 bytes each");
    if (count === 0) return emptyRoot;
    while (count > 1) {
      const pairs = count >> 1;
      for (let i = 0; i < pairs; i++) {
        nodeInput.set(level.subarray(i * 64, i * 64 + 64), 1);
        level.set(hash(nodeInput), i * 32);
      }
      if (count % 2 === 1) level.copyWithin(pairs * 32, (count - 1) * 32, count * 32);
      count = pairs + (count % 2);
    }
    return level.slice(0, 32);
  }

  function frontier(): Frontier {
    const stack: { level: number; hash: Uint8Array }[] = [];
    let size = 0;
    function appendNode(level: number, nodeRoot: Uint8Array): void {
      if (size % 2 ** level !== 0) throw new RangeError("subtree does not fit here");
      let top = { level, hash: nodeRoot };
      while (stack.at(-1)?.level === top.level) {
        top = { level: top.level + 1, hash: nodeHash(stack.pop()!.hash, top.hash) };
      }
      stack.push(top);
      size += 2 ** level;
    }
    return {
      get size() {
        return size;
      },
      append: (leaf) => appendNode(0, leaf),
      appendNode,
      root: () => (size === 0 ? emptyRoot : fold(stack.map((node) => node.hash))),
      rootWith: (edge) => fold([...stack.map((node) => node.hash), edge]),
    };
  }

  function readRanges(ranges: Range[], read: ReadNodes): Uint8Array[] {
    const covers = ranges.map(([start, end]) => cover(start, end));
    const hashes = read(covers.flat());
    let at = 0;
    return covers.map((nodes) => {
      at += nodes.length;
      return fold(hashes.slice(at - nodes.length, at));
    });
  }

  function proveInclusion(index: number, size: number, read: ReadNodes): Uint8Array[] {
    if (!isIndex(index) || !isIndex(size) || index >= size) throw new RangeError("index outside the tree");
    return readRanges(inclusionRanges(index, 0, size), read);
  }

  function verifyInclusion(index: number, size: number, leaf: Uint8Array, proof: Uint8Array[], expected: Uint8Array) {
    if (leaf.length !== 32 || proof.some((sibling) => sibling.length !== 32)) return false;
    const result = climb(index, size, leaf, proof, nodeHash);
    return result !== null && equal(result, expected);
  }

  function proveConsistency(from: number, to: number, read: ReadNodes): Uint8Array[] {
    if (!isIndex(from) || !isIndex(to) || from < 1 || from > to) throw new RangeError("sizes out of order");
    return readRanges(consistencyRanges(from, 0, to, true), read);
  }

  // RFC 9162 §2.1.4.2. An empty old tree proves nothing, so it is refused.
  function verifyConsistency(from: number, to: number, old: Uint8Array, now: Uint8Array, proof: Uint8Array[]) {
    if (!isIndex(from) || !isIndex(to) || from < 1 || from > to || proof.some((part) => part.length !== 32))
      return false;
    if (from === to) return proof.length === 0 && equal(old, now);
    if (proof.length === 0) return false;
    let [fn, sn] = [from - 1, to - 1];
    while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
    // A power of two is a complete subtree: its root is the first element, and the verifier knows it already.
    const [first, ...rest] = fn === 0 && Number.isInteger(Math.log2(from)) ? [old, ...proof] : proof;
    let [oldRoot, newRoot] = [first!, first!];
    for (const sibling of rest) {
      if (sn === 0) return false;
      if (fn % 2 === 1 || fn === sn) {
        oldRoot = nodeHash(sibling, oldRoot);
        newRoot = nodeHash(sibling, newRoot);
        while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
      } else {
        newRoot = nodeHash(newRoot, sibling);
      }
      [fn, sn] = [half(fn), half(sn)];
    }
    return sn === 0 && equal(oldRoot, old) && equal(newRoot, now);
  }

  return {
    emptyRoot,
    leafHash,
    nodeHash,
    root,
    frontier,
    proveInclusion,
    verifyInclusion,
    proveConsistency,
    verifyConsistency,
  };
}

/** The tree of the ledger. */
export const log: MerkleLog = merkleLog(keccak);

/** A reader over leaf hashes in memory; for submissions (≤ 1,000 leaves) and tests. */
export function memoryNodes(tree: MerkleLog, leafHashes: Uint8Array[]): ReadNodes {
  const hashOf = ({ level, index }: Node): Uint8Array =>
    level === 0
      ? leafHashes[index]!
      : tree.nodeHash(
          hashOf({ level: level - 1, index: index * 2 }),
          hashOf({ level: level - 1, index: index * 2 + 1 }),
        );
  return (nodes) => nodes.map(hashOf);
}

/** Root over entry digests, each hashed as a leaf. */
export function rootOfDigests(digests: Uint8Array[]): Uint8Array {
  const flat = new Uint8Array(digests.length * 32);
  digests.forEach((digest, i) => {
    flat.set(log.leafHash(digest), i * 32);
  });
  return log.root(flat);
}
