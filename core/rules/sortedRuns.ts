import { PIECE_BYTES, type Scratch, type ScratchFile } from "./scratch.ts";

/**
 * Records in the order of a number of 32 bits, however many there are: runs are sorted in memory, laid down, and merged as
 * they are read (external merge sort: Knuth, The Art of Computer Programming 3, 5.4). Memory: one run while they are
 * written, a piece for each run while they are read.
 */

/** A run: some twenty thousand visits. */
const RUN_WORDS = 1 << 20;
const FIRST_WORDS = 1 << 12;
/** A record begins with its number and its length in words, so that all that follows lies at eights of bytes. */
const HEADER = 2;
/** Records of a run, and runs that are merged: numbers of both must fit beside 32 bits into a double. */
const MOST_RECORDS = 2 ** 20;
const MOST_RUNS = 2 ** 20;
/** What was added to a multiple of `unit`; the remainder of doubles is slower. */
const lowOf = (key: number, unit: number): number => key - Math.floor(key / unit) * unit;

/** Words, and the same memory as doubles and as bytes. */
export interface Sheet {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}
export const sheetOf = (buffer: ArrayBufferLike, from = 0, length = buffer.byteLength): Sheet => ({
  words: new Int32Array(buffer, from, length / 4),
  floats: new Float64Array(buffer, from, length / 8),
  bytes: new Uint8Array(buffer, from, length),
});

export class SortedRuns {
  readonly #file: ScratchFile;
  readonly #runs: number[][] = [];
  #words = new Int32Array(FIRST_WORDS);
  #used = 0;
  /** Where each record begins. */
  #starts: number[] = [];
  #count = 0;

  constructor(scratch: Scratch) {
    this.#file = scratch.open();
  }

  /** Records in all. */
  get count(): number {
    return this.#count;
  }

  /** Takes `length` words, an even number of them. */
  add(number: number, words: Int32Array, length: number, from = 0): void {
    const size = HEADER + length;
    if (this.#used > 0 && (this.#used + size > RUN_WORDS || this.#starts.length === MOST_RECORDS)) this.#layDown();
    if (this.#used + size > this.#words.length) {
      const larger = new Int32Array(Math.max(this.#used + size, Math.min(RUN_WORDS, 2 * this.#words.length)));
      larger.set(this.#words.subarray(0, this.#used));
      this.#words = larger;
    }
    const own = this.#words;
    let at = this.#used;
    this.#starts.push(at);
    own[at++] = number;
    own[at++] = length;
    for (let i = from; i < from + length; i++) own[at++] = words[i]!;
    this.#used = at;
    this.#count++;
  }

  #layDown(): void {
    const order = new Float64Array(this.#starts.length);
    for (const [i, at] of this.#starts.entries()) order[i] = (this.#words[at]! >>> 0) * MOST_RECORDS + i;
    order.sort();
    const places: number[] = [];
    const piece = new Int32Array(PIECE_BYTES / 4);
    let used = 0;
    const flush = () => {
      if (used > 0) places.push(this.#file.append(new Uint8Array(piece.buffer, 0, used * 4)));
      used = 0;
    };
    for (const key of order) {
      const start = this.#starts[lowOf(key, MOST_RECORDS)]!;
      const end = start + HEADER + this.#words[start + 1]!;
      if (used + end - start > piece.length) flush();
      if (end - start > piece.length)
        places.push(this.#file.append(new Uint8Array(this.#words.buffer, start * 4, (end - start) * 4)));
      else for (let i = start; i < end; i++) piece[used++] = this.#words[i]!;
    }
    flush();
    this.#runs.push(places);
    this.#starts = [];
    this.#used = 0;
  }

  /** Ends the writing, and lets go of the memory that it took. */
  seal(): void {
    if (this.#used > 0) this.#layDown();
    this.#words = new Int32Array(0);
  }

  /** All records as they lie, a piece at a time: where their words begin, after the header. */
  *pieces(): Generator<{ sheet: Sheet; starts: number[] }> {
    const into = new Uint8Array(PIECE_BYTES);
    for (const place of this.#runs.flat()) {
      const { buffer, byteOffset, byteLength } = this.#file.read(place, into);
      const sheet = sheetOf(buffer, byteOffset, byteLength);
      const { words } = sheet;
      const starts: number[] = [];
      for (let at = 0; at < words.length; at += HEADER + words[at + 1]!) starts.push(at + HEADER);
      yield { sheet, starts };
    }
  }

  /** A cursor at the beginning of each run. */
  cursors(source: number): Cursor[] {
    return this.#runs.map((places) => new Cursor(this.#file, places, source));
  }

  close(): void {
    this.#file.close();
  }
}

/** A place in a run. */
class Cursor {
  readonly source: number;
  readonly #file: ScratchFile;
  readonly #places: readonly number[];
  readonly #into = new Uint8Array(PIECE_BYTES);
  #next = 0;
  words: Int32Array = new Int32Array(0);
  at = 0;

  constructor(file: ScratchFile, places: readonly number[], source: number) {
    this.#file = file;
    this.#places = places;
    this.source = source;
    this.#turn();
  }
  #turn(): void {
    const { buffer, byteOffset, byteLength } = this.#file.read(this.#places[this.#next++]!, this.#into);
    this.words = new Int32Array(buffer, byteOffset, byteLength / 4);
    this.at = 0;
  }
  get number(): number {
    return this.words[this.at]! >>> 0;
  }
  get length(): number {
    return this.words[this.at + 1]!;
  }
  /** False at the end of the run. */
  advance(): boolean {
    this.at += HEADER + this.length;
    if (this.at < this.words.length) return true;
    if (this.#next === this.#places.length) return false;
    this.#turn();
    return true;
  }
}

/** Records of one number, copied to where they stay until the next ones come. */
export class Records {
  sheet = sheetOf(new ArrayBuffer(4 * FIRST_WORDS));
  /** Where each begins, and of which source it is. */
  readonly starts: number[] = [];
  readonly sources: number[] = [];
  #used = 0;

  get words(): Int32Array {
    return this.sheet.words;
  }
  clear(): void {
    this.starts.length = 0;
    this.sources.length = 0;
    this.#used = 0;
  }
  put({ words, at, length, source }: Cursor): void {
    if (this.#used + length > this.words.length) {
      const larger = sheetOf(new ArrayBuffer(8 * (this.#used + length + 1)));
      larger.words.set(this.words.subarray(0, this.#used));
      this.sheet = larger;
    }
    this.starts.push(this.#used);
    this.sources.push(source);
    const own = this.words;
    let to = this.#used;
    for (let i = at + HEADER, end = i + length; i < end; i++) own[to++] = words[i]!;
    this.#used = to;
  }
}

/** The records of several sources, by number; of one number by source, run and the order in which they were added. */
export class Merge {
  readonly #cursors: Cursor[];
  /** A heap: the number of a record and of its cursor, as one. */
  readonly #heap: Float64Array;
  #size = 0;

  constructor(sources: readonly SortedRuns[]) {
    this.#cursors = sources.flatMap((runs, i) => runs.cursors(i));
    if (this.#cursors.length > MOST_RUNS) throw new RangeError("more runs than can be merged");
    this.#heap = new Float64Array(this.#cursors.length);
    for (const [i, cursor] of this.#cursors.entries()) this.#rise(this.#size++, cursor.number * MOST_RUNS + i);
  }

  /** The number of the records that come next; -1 when there are no more. */
  get number(): number {
    return this.#size === 0 ? -1 : Math.floor(this.#heap[0]! / MOST_RUNS);
  }
  /** The source of the first of them. */
  get source(): number {
    return this.#cursors[lowOf(this.#heap[0]!, MOST_RUNS)]!.source;
  }

  /** Goes past the records of the present number, into `records` where that is given. */
  take(records: Records | null): void {
    const { number } = this;
    while (this.#size > 0 && Math.floor(this.#heap[0]! / MOST_RUNS) === number) {
      const index = lowOf(this.#heap[0]!, MOST_RUNS);
      const cursor = this.#cursors[index]!;
      let more: boolean;
      do {
        records?.put(cursor);
        more = cursor.advance();
      } while (more && cursor.number === number);
      if (more) this.#sink(cursor.number * MOST_RUNS + index);
      else if (--this.#size > 0) this.#sink(this.#heap[this.#size]!);
    }
  }

  #rise(from: number, key: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#heap[above]! <= key) break;
      this.#heap[at] = this.#heap[above]!;
      at = above;
    }
    this.#heap[at] = key;
  }

  /** Puts a key in the place of the least. */
  #sink(key: number): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#size) break;
      if (below + 1 < this.#size && heap[below + 1]! < heap[below]!) below++;
      if (heap[below]! >= key) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = key;
  }
}

/** A record where it lies until the next ones come. */
export interface RecordAt {
  words: Int32Array;
  at: number;
}

/** The records of one number after those of another; the runs are gone at the end. */
export function* drained(runs: SortedRuns): Generator<RecordAt[]> {
  runs.seal();
  const [merge, records] = [new Merge([runs]), new Records()];
  while (merge.number >= 0) {
    records.clear();
    merge.take(records);
    yield records.starts.map((at) => ({ words: records.words, at }));
  }
  runs.close();
}
