import { equal, type Hex, toHex } from "./bytes.ts";
import { keccak } from "./hash.ts";
import { climb, inclusionRanges } from "./tree.ts";

/**
 * Merkle-sum trees of the shape of RFC 6962: leaf = (keccak(0x00 ‖ line), amount), node = (keccak(0x01 ‖ left hash ‖
 * left sum ‖ right hash ‖ right sum), left sum + right sum). Sums are fen, 16 bytes, big-endian; an amount fits in 8.
 * The root binds the total: a line cannot hide behind another, and no amount is negative. MerkleSum.sol is its twin.
 */
export interface SumNode {
  hash: Uint8Array;
  sum: bigint;
}

/** A node as it stands in JSON and in a contract's call. */
export interface SumNodeHex {
  hash: Hex;
  sum: bigint;
}

export const MAX_AMOUNT = 2n ** 64n - 1n;
const MAX_SUM = 2n ** 128n - 1n;
const EMPTY: SumNode = { hash: keccak(new Uint8Array(0)), sum: 0n };

/** Leaf of a line (its abi.encode). Throws RangeError unless 0 ≤ amountFen < 2^64. */
export function sumLeaf(line: Uint8Array, amountFen: bigint): SumNode {
  if (amountFen < 0n || amountFen > MAX_AMOUNT) throw new RangeError("amountFen: outside 64 bits");
  const input = new Uint8Array(1 + line.length);
  input.set(line, 1);
  return { hash: keccak(input), sum: amountFen };
}

const nodeInput = new Uint8Array(1 + 2 * (32 + 16));
nodeInput[0] = 1;
const nodeView = new DataView(nodeInput.buffer);

/** Throws RangeError when the sum needs more than 128 bits. */
export function sumParent(left: SumNode, right: SumNode): SumNode {
  const sum = left.sum + right.sum;
  if (sum > MAX_SUM) throw new RangeError("sum: outside 128 bits");
  for (const [node, at] of [
    [left, 1],
    [right, 49],
  ] as const) {
    nodeInput.set(node.hash, at);
    nodeView.setBigUint64(at + 32, node.sum >> 64n);
    nodeView.setBigUint64(at + 40, node.sum & MAX_AMOUNT);
  }
  return { hash: keccak(nodeInput), sum };
}

/** A growing sum tree in O(log n) memory. */
export class SumFrontier {
  /** Roots of the complete subtrees from left to right, with their sizes. */
  readonly #nodes: { node: SumNode; size: number }[] = [];
  size = 0;

  append(leaf: SumNode): void {
    let [node, size] = [leaf, 1];
    for (let last = this.#nodes.at(-1); last?.size === size; last = this.#nodes.at(-1)) {
      node = sumParent(last.node, node);
      size *= 2;
      this.#nodes.pop();
    }
    this.#nodes.push({ node, size });
    this.size++;
  }

  root(): SumNode {
    const nodes = this.#nodes.map(({ node }) => node);
    return nodes.length === 0 ? EMPTY : nodes.reduceRight((right, left) => sumParent(left, right));
  }
}

/** Root of the leaves; of none, keccak("") and zero. */
export function sumRoot(leaves: Iterable<SumNode>): SumNode {
  const frontier = new SumFrontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** Leaves whose root is kept, so that one of them is proven without all the others. */
export const SUM_CHUNK = 256;

/** Roots of each 256 leaves: complete subtrees but for the last, so a tree over them is the tree over the leaves. */
export function sumChunks(leaves: Iterable<SumNode>): SumNode[] {
  const chunks: SumNode[] = [];
  let open = new SumFrontier();
  for (const leaf of leaves) {
    open.append(leaf);
    if (open.size < SUM_CHUNK) continue;
    chunks.push(open.root());
    open = new SumFrontier();
  }
  if (open.size > 0) chunks.push(open.root());
  return chunks;
}

/** The same siblings as `proveSum` gives, out of one chunk's leaves and the roots of all chunks. */
export function proveSumInChunk(chunks: readonly SumNode[], leaves: readonly SumNode[], index: number): SumNode[] {
  return [...proveSum(leaves, index % SUM_CHUNK), ...proveSum(chunks, Math.floor(index / SUM_CHUNK))];
}

/** Siblings from the leaf upwards. Throws RangeError unless 0 ≤ index < leaves.length. */
export function proveSum(leaves: readonly SumNode[], index: number): SumNode[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) throw new RangeError("index: out of range");
  return inclusionRanges(index, 0, leaves.length).map(([start, end]) => sumRoot(leaves.slice(start, end)));
}

/** Whether `leaf` is leaf `index` of the tree of `size` leaves with this root; the proof's length must be exact. */
export function verifySum(
  root: SumNode,
  size: number,
  index: number,
  leaf: SumNode,
  proof: readonly SumNode[],
): boolean {
  if ([leaf, ...proof].some(({ hash, sum }) => hash.length !== 32 || sum < 0n)) return false;
  // The last sum is the largest: where it fits, so does every one on the way.
  if (proof.reduce((sum, node) => sum + node.sum, leaf.sum) > MAX_SUM) return false;
  const found = climb(index, size, leaf, proof, sumParent);
  return found !== null && equal(found.hash, root.hash) && found.sum === root.sum;
}

export const sumHex = ({ hash, sum }: SumNode): SumNodeHex => ({ hash: toHex(hash), sum });
