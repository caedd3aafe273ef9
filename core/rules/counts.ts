import { utf8, writeHex } from "../bytes.ts";
import { uuidText } from "../id.ts";

/**
 * What is counted of one carer, elder, device or template: rows of whole numbers, of one or several kinds. In a record
 * stand first how many rows there are of each kind, then the rows.
 */
export class RowKinds {
  readonly #widths: readonly number[];

  /** How many numbers a row of each kind has. */
  constructor(...widths: number[]) {
    this.#widths = widths;
  }

  /** Where the rows of a kind begin and end; nothing where there is no record. */
  span(words: Int32Array | null, kind: number): readonly [from: number, to: number] {
    if (!words) return [0, 0];
    let from = this.#widths.length;
    for (let i = 0; i < kind; i++) from += words[i]! * this.#widths[i]!;
    return [from, from + words[kind]! * this.#widths[kind]!];
  }

  /** Calls with where each row of a kind begins. */
  each(words: Int32Array | null, kind: number, call: (row: number) => void): void {
    const [from, to] = this.span(words, kind);
    for (let row = from; row < to; row += this.#widths[kind]!) call(row);
  }

  /** Where the first row of a kind begins that is so; -1 where there is none. */
  find(words: Int32Array | null, kind: number, isIt: (row: number) => boolean): number {
    const [from, to] = this.span(words, kind);
    for (let row = from; row < to; row += this.#widths[kind]!) if (isIt(row)) return row;
    return -1;
  }

  /** A new record, which may be written in: the rows that there were, and those that come to them. */
  grown(words: Int32Array | null, added: readonly (readonly number[])[]): Int32Array {
    const length = (words?.length ?? this.#widths.length) + added.reduce((sum, rows) => sum + rows.length, 0);
    const grown = new Int32Array(length);
    let at = this.#widths.length;
    for (const [kind, width] of this.#widths.entries()) {
      const [from, to] = this.span(words, kind);
      const start = at;
      if (words) grown.set(words.subarray(from, to), at);
      at += to - from;
      for (const number of added[kind] ?? []) grown[at++] = number;
      grown[kind] = (at - start) / width;
    }
    return grown;
  }

  /** The rows that are kept; null where there are none. */
  kept(words: Int32Array, keeps: (row: number, kind: number) => boolean): Int32Array | null {
    const kept = new Int32Array(words.length);
    let at = this.#widths.length;
    for (const [kind, width] of this.#widths.entries()) {
      const start = at;
      this.each(words, kind, (row) => {
        if (keeps(row, kind)) for (let i = row; i < row + width; i++) kept[at++] = words[i]!;
      });
      kept[kind] = (at - start) / width;
    }
    return at === this.#widths.length ? null : kept.slice(0, at);
  }
}

/** A UUID as four of a row's numbers. */
export const UUID_NUMBERS = 4;
const scratch = new Int32Array(UUID_NUMBERS);
const scratchBytes = new Uint8Array(scratch.buffer);
export function uuidNumbers(uuid: string): number[] {
  writeHex(uuid, 0, scratchBytes, 0);
  return [scratch[0]!, scratch[1]!, scratch[2]!, scratch[3]!];
}
export const uuidAt = (words: Int32Array, at: number): string =>
  uuidText(new Uint8Array(words.buffer, words.byteOffset + at * 4, 16));

/** A number beyond 32 bits, as two of a row's. */
const WIDE = 2 ** 31;
export function wideNumbers(value: number): [number, number] {
  const high = Math.floor(value / WIDE);
  return [high, value - high * WIDE];
}
export const wideAt = (words: Int32Array, at: number): number => words[at]! * WIDE + words[at + 1]!;

/** Counts end where 32 bits do: beyond two thousand million nothing depends on how many they are. */
export const most = (count: number): number => Math.min(count, WIDE - 1);

const decoder = new TextDecoder();

/** Numbers with a text behind them, as a record of a run. */
export function rowWithText(numbers: readonly number[], text: string): Int32Array {
  const bytes = utf8(text);
  const words = new Int32Array(2 * Math.ceil((numbers.length + 1 + bytes.length / 4) / 2));
  words.set(numbers);
  words[numbers.length] = bytes.length;
  new Uint8Array(words.buffer).set(bytes, 4 * (numbers.length + 1));
  return words;
}
/** The text of such a record, whose length stands at `at`. */
export const textAt = (words: Int32Array, at: number): string =>
  decoder.decode(new Uint8Array(words.buffer, words.byteOffset + 4 * (at + 1), words[at]!));
