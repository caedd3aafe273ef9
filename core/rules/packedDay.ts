import { utf8, writeHex } from "../bytes.ts";
import { uuidText } from "../id.ts";
import type { Fix, ReviewVisit } from "./rule.ts";

/**
 * The visits of one log day, packed: 128 bytes each and their texts. As objects they would take six times that, and a
 * review keeps three days. A visit is opened when a group of it is judged; its fields are read where they lie.
 */

/** Texts that come again and again (people, providers, items, devices), each kept once and known by a number. */
export class Names {
  readonly #codes = new Map<string, number>();
  readonly #texts: string[] = [];

  get size(): number {
    return this.#texts.length;
  }
  codeOf(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.#texts.length;
      this.#texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }
  /** The number of a text that was seen before; -1 for one that was not. */
  find(text: string): number {
    return this.#codes.get(text) ?? -1;
  }
  textOf(code: number): string {
    return this.#texts[code]!;
  }
}

/** A row: four doubles, then whole numbers of 32 bits. */
const ROW = 32;
const FLOATS = ROW / 2;
const STARTED = 0;
const ENDED = 1;
const SENT = 2;
const DEVICE_STARTED = 3;
const INDEX = 8;
const SERVICE_DAY = 9;
const START_MINUTE = 10;
const IN = 11;
const OUT = 14;
const BOOKED = 17;
const UNITS = 18;
const PRICE = 19;
const FLAGS = 20;
const PROVIDER = 21;
const CARER = 22;
const ELDER = 23;
const ITEM = 24;
const DEVICE = 25;
const ID = 26;
const TEXTS_AT = 30;
const TEXTS_LENGTH = 31;

const HAS_IN = 1;
const HAS_OUT = 2;
const HAS_DEVICE_START = 4;
const MOCK = 8;
const MANUAL = 16;
const TWO_CARER = 32;
const ALTERNATE_PROOF = 64;
const CONFIRMED = 128;
const DENIED = 256;
const GONE = 512;

/** What visits are grouped by that stands in each of them as one text. */
export const COLUMNS = { provider: PROVIDER, carer: CARER, elder: ELDER, device: DEVICE } as const;
export type Column = keyof typeof COLUMNS;

const BLOCK_BITS = 12;
const BLOCK_ROWS = 1 << BLOCK_BITS;

interface Block {
  ints: Int32Array;
  floats: Float64Array;
}
type Texts = readonly [evidence: readonly string[], reason: string, group: string];
const NO_TEXTS: Texts = [[], "", ""];
const decoder = new TextDecoder();

export class PackedDay {
  readonly day: number;
  readonly names: Names;
  readonly #blocks: Block[] = [];
  readonly #replaces = new Map<number, string>();
  #texts = new Uint8Array(0);
  #textsEnd = 0;
  #rows = 0;

  constructor(day: number, names: Names) {
    this.day = day;
    this.names = names;
  }

  /** Rows, those of visits that were taken away among them. */
  get rows(): number {
    return this.#rows;
  }

  /** Visits must be this day's, and have UUIDs. */
  add(visit: ReviewVisit): void {
    const row = this.#rows++;
    if (row >> BLOCK_BITS === this.#blocks.length) {
      const bytes = new ArrayBuffer(BLOCK_ROWS * ROW * 4);
      this.#blocks.push({ ints: new Int32Array(bytes), floats: new Float64Array(bytes) });
    }
    const { ints, floats } = this.#blocks[row >> BLOCK_BITS]!;
    const at = (row & (BLOCK_ROWS - 1)) * ROW;
    floats[at / 2 + STARTED] = visit.startedAt;
    floats[at / 2 + ENDED] = visit.endedAt;
    floats[at / 2 + SENT] = visit.sentAt;
    floats[at / 2 + DEVICE_STARTED] = visit.deviceStartedAt ?? 0;
    ints[at + INDEX] = visit.index;
    ints[at + SERVICE_DAY] = visit.serviceDay;
    ints[at + START_MINUTE] = visit.startMinute;
    putFix(ints, at + IN, visit.placeIn);
    putFix(ints, at + OUT, visit.placeOut);
    ints[at + BOOKED] = visit.bookedMinutes;
    ints[at + UNITS] = visit.units;
    ints[at + PRICE] = visit.priceFen;
    ints[at + FLAGS] = flagsOf(visit);
    ints[at + PROVIDER] = this.names.codeOf(visit.provider);
    ints[at + CARER] = this.names.codeOf(visit.carer);
    ints[at + ELDER] = this.names.codeOf(visit.elder);
    ints[at + ITEM] = this.names.codeOf(visit.item);
    ints[at + DEVICE] = this.names.codeOf(visit.device);
    writeHex(visit.id, 0, new Uint8Array(ints.buffer, (at + ID) * 4, 16), 0);
    if (visit.replaces !== null) this.#replaces.set(row, visit.replaces);
    if (visit.evidence.length > 0 || visit.reason !== "" || visit.group !== "") {
      const texts: Texts = [visit.evidence, visit.reason, visit.group];
      const bytes = utf8(JSON.stringify(texts));
      ints[at + TEXTS_AT] = this.#putTexts(bytes);
      ints[at + TEXTS_LENGTH] = bytes.length;
    }
  }

  #putTexts(bytes: Uint8Array): number {
    const at = this.#textsEnd;
    this.#textsEnd += bytes.length;
    if (this.#textsEnd > this.#texts.length) {
      const larger = new Uint8Array(Math.max(4096, this.#textsEnd * 2));
      larger.set(this.#texts);
      this.#texts = larger;
    }
    this.#texts.set(bytes, at);
    return at;
  }

  /** The visit in a row. Two askings give two objects. */
  open(row: number): ReviewVisit {
    return new PackedVisit(this, this.#blocks[row >> BLOCK_BITS]!, row);
  }
  isGone(row: number): boolean {
    return (this.#int(row, FLAGS) & GONE) !== 0;
  }
  code(column: Column, row: number): number {
    return this.#int(row, COLUMNS[column]);
  }
  #int(row: number, field: number): number {
    return this.#blocks[row >> BLOCK_BITS]!.ints[(row & (BLOCK_ROWS - 1)) * ROW + field]!;
  }

  /** Evidence, reason and group of a row. */
  texts(row: number): Texts {
    const length = this.#int(row, TEXTS_LENGTH);
    if (length === 0) return NO_TEXTS;
    const at = this.#int(row, TEXTS_AT);
    return JSON.parse(decoder.decode(this.#texts.subarray(at, at + length))) as Texts;
  }
  replaces(row: number): string | null {
    return this.#replaces.get(row) ?? null;
  }

  /** Takes visits away. */
  remove(ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    for (let row = 0; row < this.#rows; row++)
      if (ids.has(this.open(row).id))
        this.#blocks[row >> BLOCK_BITS]!.ints[(row & (BLOCK_ROWS - 1)) * ROW + FLAGS]! |= GONE;
  }

  /** The same visits under other names: texts that are in none of them are let go of. */
  repacked(names: Names): PackedDay {
    const packed = new PackedDay(this.day, names);
    for (const visit of this) packed.add(visit);
    return packed;
  }

  *[Symbol.iterator](): Generator<ReviewVisit> {
    for (let row = 0; row < this.#rows; row++) if (!this.isGone(row)) yield this.open(row);
  }
}

function putFix(ints: Int32Array, at: number, fix: Fix | null): void {
  if (!fix) return;
  ints[at] = fix.lon;
  ints[at + 1] = fix.lat;
  ints[at + 2] = fix.accuracyM;
}

function flagsOf(visit: ReviewVisit): number {
  return (
    (visit.placeIn ? HAS_IN : 0) |
    (visit.placeOut ? HAS_OUT : 0) |
    (visit.deviceStartedAt === null ? 0 : HAS_DEVICE_START) |
    (visit.mock ? MOCK : 0) |
    (visit.manual ? MANUAL : 0) |
    (visit.twoCarer ? TWO_CARER : 0) |
    (visit.alternateProof ? ALTERNATE_PROOF : 0) |
    (visit.family === "confirmed" ? CONFIRMED : visit.family === "denied" ? DENIED : 0)
  );
}

/** One row as rules read it. */
class PackedVisit implements ReviewVisit {
  readonly #of: PackedDay;
  readonly #row: number;
  readonly #ints: Int32Array;
  readonly #floats: Float64Array;
  readonly #at: number;
  #id = "";
  #texts: Texts | null = null;

  constructor(day: PackedDay, { ints, floats }: Block, row: number) {
    this.#of = day;
    this.#row = row;
    this.#ints = ints;
    this.#floats = floats;
    this.#at = row & (BLOCK_ROWS - 1);
  }

  #int(field: number): number {
    return this.#ints[this.#at * ROW + field]!;
  }
  #float(field: number): number {
    return this.#floats[this.#at * FLOATS + field]!;
  }
  #has(flag: number): boolean {
    return (this.#int(FLAGS) & flag) !== 0;
  }
  #name(field: number): string {
    return this.#of.names.textOf(this.#int(field));
  }
  #fix(at: number): Fix {
    return { lon: this.#int(at), lat: this.#int(at + 1), accuracyM: this.#int(at + 2) };
  }

  get id(): string {
    if (this.#id === "") this.#id = uuidText(new Uint8Array(this.#ints.buffer, (this.#at * ROW + ID) * 4, 16));
    return this.#id;
  }
  get day(): number {
    return this.#of.day;
  }
  get index(): number {
    return this.#int(INDEX);
  }
  get provider(): string {
    return this.#name(PROVIDER);
  }
  get carer(): string {
    return this.#name(CARER);
  }
  get elder(): string {
    return this.#name(ELDER);
  }
  get item(): string {
    return this.#name(ITEM);
  }
  get startedAt(): number {
    return this.#float(STARTED);
  }
  get endedAt(): number {
    return this.#float(ENDED);
  }
  get serviceDay(): number {
    return this.#int(SERVICE_DAY);
  }
  get startMinute(): number {
    return this.#int(START_MINUTE);
  }
  get sentAt(): number {
    return this.#float(SENT);
  }
  get replaces(): string | null {
    return this.#of.replaces(this.#row);
  }
  get placeIn(): Fix | null {
    return this.#has(HAS_IN) ? this.#fix(IN) : null;
  }
  get placeOut(): Fix | null {
    return this.#has(HAS_OUT) ? this.#fix(OUT) : null;
  }
  get device(): string {
    return this.#name(DEVICE);
  }
  get deviceStartedAt(): number | null {
    return this.#has(HAS_DEVICE_START) ? this.#float(DEVICE_STARTED) : null;
  }
  get mock(): boolean {
    return this.#has(MOCK);
  }
  get evidence(): readonly string[] {
    this.#texts ??= this.#of.texts(this.#row);
    return this.#texts[0];
  }
  get bookedMinutes(): number {
    return this.#int(BOOKED);
  }
  get units(): number {
    return this.#int(UNITS);
  }
  get priceFen(): number {
    return this.#int(PRICE);
  }
  get manual(): boolean {
    return this.#has(MANUAL);
  }
  get reason(): string {
    this.#texts ??= this.#of.texts(this.#row);
    return this.#texts[1];
  }
  get group(): string {
    this.#texts ??= this.#of.texts(this.#row);
    return this.#texts[2];
  }
  get twoCarer(): boolean {
    return this.#has(TWO_CARER);
  }
  get alternateProof(): boolean {
    return this.#has(ALTERNATE_PROOF);
  }
  get family(): ReviewVisit["family"] {
    return this.#has(CONFIRMED) ? "confirmed" : this.#has(DENIED) ? "denied" : "none";
  }
}
