/**
 * Where a review lays down what it does not look at just now, and reads it back a piece at a time. Storage enters here:
 * who keeps details under keys seals the pieces.
 */
export interface Scratch {
  open(): ScratchFile;
  /** Closes every file that is still open. */
  close(): void;
}

/** Pieces one after the other; gone when it is closed. */
export interface ScratchFile {
  /** Lays a piece down and gives its place: 0, 1, 2 … The bytes may be used for something else at once. */
  append(piece: Uint8Array): number;
  /** The piece at a place; in `into`, from its beginning, where it fits. Throws when it is not what was laid down. */
  read(place: number, into: Uint8Array): Uint8Array;
  close(): void;
}

/** So many bytes are laid down at once; a longer record is a piece of its own. */
export const PIECE_BYTES = 32 * 1024;

/** Pieces in memory: for what is small, and is not kept. */
export class MemoryScratch implements Scratch {
  close(): void {}
  open(): ScratchFile {
    const pieces: Uint8Array[] = [];
    return {
      append: (piece) => pieces.push(piece.slice()) - 1,
      read: (place) => pieces[place]!,
      close: () => void pieces.splice(0),
    };
  }
}

/** Whole numbers of 32 bits, in the order in which they came. */
export class NumberList {
  readonly #file: ScratchFile;
  readonly #places: number[] = [];
  readonly #last = new Uint32Array(PIECE_BYTES / 4);
  #inLast = 0;
  #length = 0;

  constructor(scratch: Scratch) {
    this.#file = scratch.open();
  }

  get length(): number {
    return this.#length;
  }

  add(number: number): void {
    this.#last[this.#inLast++] = number;
    this.#length++;
    if (this.#inLast < this.#last.length) return;
    this.#places.push(this.#file.append(new Uint8Array(this.#last.buffer)));
    this.#inLast = 0;
  }

  *[Symbol.iterator](): Generator<number> {
    const into = new Uint8Array(PIECE_BYTES);
    for (const place of this.#places) {
      const { buffer, byteOffset, byteLength } = this.#file.read(place, into);
      yield* new Uint32Array(buffer, byteOffset, byteLength / 4);
    }
    yield* this.#last.subarray(0, this.#inLast);
  }

  close(): void {
    this.#file.close();
  }
}

const MOST_BITS = 26;
const LEAST_BITS = 13;

/**
 * Which numbers came at all, and which more than once, in a memory that is bounded: beyond it, and for numbers that fall
 * together, more of them are taken to have come. A Bloom filter of one hash, twice.
 */
export class Repeats {
  readonly #shift: number;
  readonly #once: Uint32Array;
  readonly #twice: Uint32Array;

  /** For about so many numbers, which must be spread over all 32 bits. */
  constructor(expected: number) {
    const bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, Math.ceil(Math.log2(8 * (expected + 1)))));
    this.#shift = 32 - bits;
    this.#once = new Uint32Array(2 ** (bits - 5));
    this.#twice = new Uint32Array(2 ** (bits - 5));
  }

  add(number: number): void {
    if (this.has(number)) this.#set(this.#twice, number);
    else this.#set(this.#once, number);
  }
  /** Counts a number again where it came before. */
  again(number: number): void {
    if (this.has(number)) this.#set(this.#twice, number);
  }
  has(number: number): boolean {
    return this.#get(this.#once, number);
  }
  isRepeated(number: number): boolean {
    return this.#get(this.#twice, number);
  }

  #set(bits: Uint32Array, number: number): void {
    const at = number >>> this.#shift;
    bits[at >>> 5]! |= 1 << (at & 31);
  }
  #get(bits: Uint32Array, number: number): boolean {
    const at = number >>> this.#shift;
    return (bits[at >>> 5]! & (1 << (at & 31))) !== 0;
  }
}
