import type { Node, ReadNodes } from "../../core/tree.ts";
import { log } from "../../core/tree.ts";

/**
 * Hashes of a day's subtrees without rebuilding its tree: those of levels 0, 8, 16, 24 … are kept, 256 a row (a "tile"),
 * so that one proof reads a few rows and hashes some hundred nodes.
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

/** One stored row: up to 256 hashes of a level, side by side. */
export type OnRow = (level: number, row: number, hashes: Uint8Array) => void;

/** Tiles of a growing or streamed day: leaf hashes in, rows of 256 out. Memory: one open row for each level. */
export class TileBuilder {
  readonly frontier = log.frontier();
  /** Open rows by tile level / 8; level 0 holds leaf hashes. */
  readonly #rows: { hashes: Uint8Array; held: number; done: number }[] = [];
  readonly #onRow: OnRow;

  constructor(onRow: OnRow = () => undefined) {
    this.#onRow = onRow;
  }

  append(leafHash: Uint8Array): void {
    this.#push(0, leafHash);
  }

  #push(slot: number, hash: Uint8Array): void {
    this.#rows[slot] ??= { hashes: new Uint8Array(TILE_WIDTH * 32), held: 0, done: 0 };
    const row = this.#rows[slot];
    row.hashes.set(hash, row.held * 32);
    if (++row.held < TILE_WIDTH) return;
    this.#onRow(slot * TILE_LEVELS, row.done, row.hashes.slice());
    row.held = 0;
    row.done++;
    const node = log.root(row.hashes);
    if (slot === 0) this.frontier.appendNode(TILE_LEVELS, node);
    this.#push(slot + 1, node);
  }

  /** Gives out the rows that are not full; nothing may be appended after. */
  finish(): void {
    this.#rows.forEach(({ hashes, held, done }, slot) => {
      if (held > 0) this.#onRow(slot * TILE_LEVELS, done, hashes.slice(0, held * 32));
    });
  }

  /** Hashes of a level that stand in its open row, for reading while the day grows. */
  open(level: number): { first: number; hashes: Uint8Array } {
    const row = this.#rows[level / TILE_LEVELS];
    return row
      ? { first: row.done * TILE_WIDTH, hashes: row.hashes.subarray(0, row.held * 32) }
      : { first: 0, hashes: new Uint8Array(0) };
  }

  get size(): number {
    return this.frontier.size + (this.#rows[0]?.held ?? 0);
  }

  /** Root over everything appended so far. */
  root(): Uint8Array {
    const held = this.#rows[0]?.held ?? 0;
    if (held === 0) return this.frontier.root();
    const tail = log.root(this.#rows[0]!.hashes.subarray(0, held * 32));
    // The held leaves are the right edge: an odd subtree is promoted, so the frontier folds over it.
    return this.frontier.size === 0 ? tail : this.frontier.rootWith(tail);
  }
}
