import { utf8, writeHex } from "../bytes.ts";
import { keccak } from "../hash.ts";
import { uuidAt } from "./counts.ts";
import { numberOf } from "./packedVisit.ts";
import type { Scratch, ScratchFile } from "./scratch.ts";

/**
 * Records by name, outside memory: those whose names have numbers side by side lie on one page, and a few pages are in
 * memory. Who asks in the order of the numbers, as every pass does, has each page read once. Pages are cut in two when one
 * is full (extendible hashing: Fagin et al. 1979, all pages at once).
 */

/** A page is cut when it is larger, unless it has so few records that this would not help. */
const PAGE_WORDS = 32 * 1024;
const LEAST_RECORDS = 8;
const MOST_BITS = 16;
const PAGES_IN_MEMORY = 8;
/** Pages that are written again leave their old place: so many words of these, beside what is in use, are put up with. */
const WASTE_WORDS = 4 * 1024 * 1024;
/** Number, key and length. */
const HEADER = 6;

/**
 * A record where it lies: its number; the UUID's 16 bytes, or of another text as many of its digest; how many words it has;
 * the words.
 */
interface Entry {
  block: Int32Array;
  at: number;
  /** Another of the same number. */
  next: Entry | null;
}
interface Found {
  name: string;
  number: number;
  page: Page;
  entry: Entry | null;
  words: Int32Array | null;
}
interface Page {
  entries: Map<number, Entry>;
  words: number;
  isWritten: boolean;
}

export class Shelf {
  readonly #scratch: Scratch;
  readonly #areUuids: boolean;
  #file: ScratchFile;
  #bits = 0;
  /** Where each page lies, and how long it is; -1 where there is nothing. */
  #places: number[] = [-1];
  #lengths: number[] = [0];
  /** Words that were ever laid down in the file, and those of them that are in use. */
  #written = 0;
  #used = 0;
  /** The one that was used last stands last. */
  readonly #pages = new Map<number, Page>();
  #newest = -1;
  readonly #key = new Int32Array(4);
  readonly #keyBytes = new Uint8Array(this.#key.buffer);
  #last: Found | null = null;

  /** `names`: UUIDs, or whatever texts. */
  constructor(scratch: Scratch, names: "uuids" | "texts") {
    this.#areUuids = names === "uuids";
    this.#scratch = scratch;
    this.#file = scratch.open();
  }

  /** The words of a name, which may be read until it is set again; null where there are none. */
  get(name: string): Int32Array | null {
    return this.#look(name).words;
  }

  /** Keeps words for a name; they are not to be changed afterwards. */
  set(name: string, words: Int32Array): void {
    const found = this.#look(name);
    const { number, page, entry } = found;
    const block = blockOf(number, this.#key, words);
    if (entry) {
      page.words += words.length - entry.block[entry.at + HEADER - 1]!;
      entry.block = block;
      entry.at = 0;
    } else found.entry = put(page, block, 0);
    found.words = words;
    page.isWritten = false;
    if (page.words > PAGE_WORDS && page.entries.size >= LEAST_RECORDS && this.#bits < MOST_BITS) this.#cut();
  }

  /** Who asks for a name asks again for it, and then sets it. */
  #look(name: string): Found {
    if (this.#last?.name === name) return this.#last;
    const number = numberOf(name);
    const page = this.#page(this.#indexOf(number));
    const entry = this.#find(page, number, this.#keyOf(name));
    this.#last = { name, number, page, entry, words: entry && wordsOf(entry) };
    return this.#last;
  }

  /** Every record; of names that are UUIDs, which. */
  *[Symbol.iterator](): Generator<readonly [uuid: string, words: Int32Array]> {
    for (const page of this.#all())
      for (const entry of entriesOf(page)) yield [uuidAt(entry.block, entry.at + 1), wordsOf(entry)];
  }

  /** Puts other words in the place of every record's, or none. */
  renew(renewed: (words: Int32Array) => Int32Array | null): void {
    this.#last = null;
    for (const page of this.#all()) {
      const kept = emptyPage();
      for (const entry of entriesOf(page)) {
        const words = renewed(wordsOf(entry));
        const { block, at } = entry;
        if (words) put(kept, blockOf(block[at]!, block.subarray(at + 1, at + HEADER - 1), words), 0);
      }
      Object.assign(page, kept);
    }
  }

  #keyOf(name: string): Int32Array {
    if (this.#areUuids) writeHex(name, 0, this.#keyBytes, 0);
    else this.#keyBytes.set(keccak(utf8(name)).subarray(0, 16));
    return this.#key;
  }
  #indexOf(number: number): number {
    return this.#bits === 0 ? 0 : number >>> (32 - this.#bits);
  }
  #find({ entries }: Page, number: number, key: Int32Array): Entry | null {
    let entry = entries.get(number) ?? null;
    while (entry && !hasKey(entry, key)) entry = entry.next;
    return entry;
  }

  *#all(): Generator<Page> {
    for (let index = 0; index < this.#places.length; index++) yield this.#page(index);
  }

  #page(index: number): Page {
    let page = this.#pages.get(index);
    if (page && index === this.#newest) return page;
    this.#newest = index;
    this.#last = null;
    if (page) this.#pages.delete(index);
    else {
      if (this.#pages.size >= PAGES_IN_MEMORY) {
        const [oldest] = this.#pages.keys();
        this.#write(oldest!, this.#pages.get(oldest!)!);
        this.#pages.delete(oldest!);
      }
      page = readPage(this.#file, this.#places[index]!, this.#lengths[index]!);
    }
    this.#pages.set(index, page);
    return page;
  }

  #write(index: number, page: Page): void {
    if (page.isWritten) return;
    const words = new Int32Array(page.words);
    let at = 0;
    for (const { block, at: from } of entriesOf(page))
      for (let i = from, to = from + HEADER + block[from + HEADER - 1]!; i < to; i++) words[at++] = block[i]!;
    this.#places[index] = at === 0 ? -1 : this.#file.append(new Uint8Array(words.buffer, 0, at * 4));
    this.#used += at - this.#lengths[index]!;
    this.#lengths[index] = at;
    this.#written += at;
    page.isWritten = true;
    if (this.#written > WASTE_WORDS + 2 * this.#used) this.#move();
  }

  /** Leaves behind what is not in use any more. */
  #move(): void {
    const file = this.#scratch.open();
    this.#written = 0;
    for (const [index, place] of this.#places.entries()) {
      if (place < 0) continue;
      const length = this.#lengths[index]!;
      this.#places[index] = file.append(this.#file.read(place, new Uint8Array(4 * length)));
      this.#written += length;
    }
    this.#file.close();
    this.#file = file;
  }

  /** Twice as many pages, each with one of two halves. */
  #cut(): void {
    for (const [index, page] of this.#pages) this.#write(index, page);
    this.#pages.clear();
    this.#last = null;
    const [places, lengths, file] = [this.#places, this.#lengths, this.#file];
    const count = places.length;
    this.#places = new Array<number>(2 * count).fill(-1);
    this.#lengths = new Array<number>(2 * count).fill(0);
    this.#file = this.#scratch.open();
    this.#bits++;
    this.#written = this.#used = 0;
    for (let index = 0; index < count; index++) {
      const halves: [Page, Page] = [emptyPage(), emptyPage()];
      for (const { block, at } of entriesOf(readPage(file, places[index]!, lengths[index]!)))
        put(halves[this.#indexOf(block[at]! >>> 0) & 1]!, block, at);
      for (const [half, page] of halves.entries()) this.#write(2 * index + half, page);
    }
    file.close();
  }
}

const emptyPage = (isWritten = false): Page => ({ entries: new Map(), words: 0, isWritten });

function blockOf(number: number, key: Int32Array, words: Int32Array): Int32Array {
  const block = new Int32Array(HEADER + words.length);
  block[0] = number;
  block.set(key, 1);
  block[HEADER - 1] = words.length;
  block.set(words, HEADER);
  return block;
}

function readPage(file: ScratchFile, place: number, length: number): Page {
  const page = emptyPage(true);
  if (place < 0) return page;
  const { buffer, byteOffset, byteLength } = file.read(place, new Uint8Array(4 * length));
  const block = new Int32Array(buffer, byteOffset, byteLength / 4);
  for (let at = 0; at < block.length; at += HEADER + block[at + HEADER - 1]!) put(page, block, at);
  return page;
}

function put(page: Page, block: Int32Array, at: number): Entry {
  const number = block[at]! >>> 0;
  const entry = { block, at, next: page.entries.get(number) ?? null };
  page.entries.set(number, entry);
  page.words += HEADER + block[at + HEADER - 1]!;
  return entry;
}

function* entriesOf({ entries }: Page): Generator<Entry> {
  for (const first of entries.values()) for (let entry: Entry | null = first; entry; entry = entry.next) yield entry;
}

const wordsOf = ({ block, at }: Entry): Int32Array =>
  block.subarray(at + HEADER, at + HEADER + block[at + HEADER - 1]!);

function hasKey({ block, at }: Entry, key: Int32Array): boolean {
  return block[at + 1] === key[0] && block[at + 2] === key[1] && block[at + 3] === key[2] && block[at + 4] === key[3];
}
