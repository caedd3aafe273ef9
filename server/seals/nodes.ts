import type { Node, ReadNodes } from "../../core/tree.ts";
import { log } from "../../core/tree.ts";
import type { Sql } from "../db/client.ts";

/**
 * Hashes of a day's subtrees without rebuilding its tree. Leaves are read from the entries; inner hashes of levels 8,
 * 16, 24 … are kept, 256 a row (a "tile"), so that one proof reads at most some hundred leaves and a few rows.
 */
export const TILE_LEVELS = 8;
export const TILE_WIDTH = 2 ** TILE_LEVELS;

/** Hashes of complete subtrees of one tile level, beginning at a node; as many as asked for. */
export type ReadTile = (level: number, first: number, count: number) => Uint8Array;

/** Reads any complete subtree out of tiles: level 0 of `readTile` gives leaf hashes. */
export function nodeReader(readTile: ReadTile): ReadNodes {
  const read = ({ level, index }: Node): Uint8Array => {
    const base = level - (level % TILE_LEVELS);
    const count = 2 ** (level - base);
    return log.root(readTile(base, index * count, count));
  };
  return (nodes) => nodes.map(read);
}

export function leafReader(sql: Sql) {
  const select = sql
    .prepare("SELECT digest FROM entry WHERE region = ? AND day = ? AND idx >= ? AND idx < ? ORDER BY idx")
    .pluck();
  return (region: number, day: number, first: number, count: number): Uint8Array => {
    const leaves = new Uint8Array(count * 32);
    let at = 0;
    for (const digest of select.all(region, day, first, first + count) as Buffer[]) {
      leaves.set(log.leafHash(digest), at);
      at += 32;
    }
    if (at !== leaves.length) throw new Error(`entries missing in region ${region} day ${day} from ${first}`);
    return leaves;
  };
}

/** Tiles of a growing or streamed day: leaf hashes in, complete tiles out. Memory: one row of 256 for each level. */
export class TileBuilder {
  readonly frontier = log.frontier();
  #leaves = new Uint8Array(TILE_WIDTH * 32);
  #held = 0;
  /** Hashes of complete subtrees, by tile level / 8 − 1. */
  readonly #levels: Uint8Array[][] = [];
  readonly #onNode: (level: number, index: number, hash: Uint8Array) => void;

  constructor(onNode: (level: number, index: number, hash: Uint8Array) => void = () => undefined) {
    this.#onNode = onNode;
  }

  append(leafHash: Uint8Array): void {
    this.#leaves.set(leafHash, this.#held * 32);
    if (++this.#held < TILE_WIDTH) return;
    this.#held = 0;
    this.#node(TILE_LEVELS, log.root(this.#leaves));
  }

  #node(level: number, hash: Uint8Array): void {
    const slot = level / TILE_LEVELS - 1;
    if (level === TILE_LEVELS) this.frontier.appendNode(level, hash);
    this.#levels[slot] ??= [];
    const row = this.#levels[slot];
    const index = Math.round(this.frontier.size / 2 ** level) - 1;
    this.#onNode(level, index, hash);
    row.push(hash);
    if (row.length < TILE_WIDTH) return;
    const flat = new Uint8Array(TILE_WIDTH * 32);
    row.forEach((node, i) => {
      flat.set(node, i * 32);
    });
    this.#levels[slot] = [];
    this.#node(level + TILE_LEVELS, log.root(flat));
  }

  get size(): number {
    return this.frontier.size + this.#held;
  }

  /** Root over everything appended so far. */
  root(): Uint8Array {
    if (this.#held === 0) return this.frontier.root();
    const tail = log.root(this.#leaves.subarray(0, this.#held * 32));
    // The held leaves are the right edge: an odd subtree is promoted, so the frontier folds over it.
    return this.frontier.size === 0 ? tail : this.frontier.rootWith(tail);
  }
}
