import { utf8, writeHex } from "../bytes.ts";
import { uuidText } from "../id.ts";
import type { Point } from "./distance.ts";
import type { Fix, ReviewVisit } from "./rule.ts";
import type { Sheet, SortedRuns } from "./sortedRuns.ts";

/**
 * A visit as words of 32 bits, whole in itself, so that it can be laid down and sorted: 38 words, then its texts. Its
 * fields are read where they lie. Providers and items alone, of which there are few, are numbers of a list of names.
 */

/** Texts that come again and again, each kept once and known by a number. */
export class Names {
  readonly #codes = new Map<string, number>();
  readonly #texts: string[] = [];

  codeOf(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.#texts.length;
      this.#texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }
  textOf(code: number): string {
    return this.#texts[code]!;
  }
}

/** Four doubles, then whole numbers. */
const STARTED = 0;
const ENDED = 1;
const SENT = 2;
const DEVICE_STARTED = 3;
const INDEX = 8;
const DAY = 9;
const SERVICE_DAY = 10;
const START_MINUTE = 11;
const IN = 12;
const OUT = 15;
const BOOKED = 18;
const UNITS = 19;
const PRICE = 20;
const FLAGS = 21;
const PROVIDER = 22;
const ITEM = 23;
const ID = 24;
const CARER = 28;
const ELDER = 32;
/** Bytes of the device and of the other texts. */
const DEVICE_BYTES = 36;
const TEXTS_BYTES = 37;
/** Then follow what the visit replaces, if it does; the device; the other texts. */
const WORDS = 38;
const UUID_WORDS = 4;

const HAS_IN = 1;
const HAS_OUT = 2;
const HAS_DEVICE_START = 4;
const MOCK = 8;
const MANUAL = 16;
const TWO_CARER = 32;
const ALTERNATE_PROOF = 64;
const CONFIRMED = 128;
const DENIED = 256;
const HAS_REPLACES = 512;

/** Where texts begin, and how many words all are: an even number. */
const textsFrom = (flags: number): number => WORDS + (flags & HAS_REPLACES ? UUID_WORDS : 0);
const lengthOf = (flags: number, textBytes: number): number => textsFrom(flags) + 2 * Math.ceil(textBytes / 8);

type Texts = readonly [evidence: readonly string[], reason: string, group: string];
const NO_TEXTS: Texts = [[], "", ""];
const NO_BYTES: Uint8Array = new Uint8Array(0);
const decoder = new TextDecoder();

const idWords = new Int32Array(UUID_WORDS);
/** The same of an id that is a text. */
export function idTailOf(id: string): number {
  writeHex(id, 0, new Uint8Array(idWords.buffer), 0);
  return idWords[UUID_WORDS - 1]!;
}

/** Writes visits, one where the last one stood. */
export class VisitPacker {
  readonly #names: Names;
  words = new Int32Array(1024);
  #floats = new Float64Array(this.words.buffer);
  #bytes = new Uint8Array(this.words.buffer);
  #device = "";
  #deviceUtf8 = NO_BYTES;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Gives the number of words, an even one. The visit, its carer and elder, and what it replaces must have UUIDs. */
  pack(visit: ReviewVisit): number {
    const { device, evidence, reason, group } = visit;
    const deviceBytes = this.#deviceBytes(device);
    const hasTexts = evidence.length > 0 || reason !== "" || group !== "";
    const texts = hasTexts ? utf8(JSON.stringify([evidence, reason, group] satisfies Texts)) : NO_BYTES;
    const flags = flagsOf(visit);
    const length = lengthOf(flags, deviceBytes.length + texts.length);
    if (length > this.words.length) {
      this.words = new Int32Array(2 * length);
      this.#floats = new Float64Array(this.words.buffer);
      this.#bytes = new Uint8Array(this.words.buffer);
    }
    const [words, floats, bytes] = [this.words, this.#floats, this.#bytes];
    floats[STARTED] = visit.startedAt;
    floats[ENDED] = visit.endedAt;
    floats[SENT] = visit.sentAt;
    floats[DEVICE_STARTED] = visit.deviceStartedAt ?? 0;
    words[INDEX] = visit.index;
    words[DAY] = visit.day;
    words[SERVICE_DAY] = visit.serviceDay;
    words[START_MINUTE] = visit.startMinute;
    putFix(words, IN, visit.placeIn);
    putFix(words, OUT, visit.placeOut);
    words[BOOKED] = visit.bookedMinutes;
    words[UNITS] = visit.units;
    words[PRICE] = visit.priceFen;
    words[FLAGS] = flags;
    words[PROVIDER] = this.#names.codeOf(visit.provider);
    words[ITEM] = this.#names.codeOf(visit.item);
    writeHex(visit.id, 0, bytes, ID * 4);
    writeHex(visit.carer, 0, bytes, CARER * 4);
    writeHex(visit.elder, 0, bytes, ELDER * 4);
    words[DEVICE_BYTES] = deviceBytes.length;
    words[TEXTS_BYTES] = texts.length;
    if (visit.replaces !== null) writeHex(visit.replaces, 0, bytes, WORDS * 4);
    bytes.set(deviceBytes, textsFrom(flags) * 4);
    bytes.set(texts, textsFrom(flags) * 4 + deviceBytes.length);
    return length;
  }

  /** Who sends many visits sends them from one device. */
  #deviceBytes(device: string): Uint8Array {
    if (device !== this.#device) [this.#device, this.#deviceUtf8] = [device, utf8(device)];
    return this.#deviceUtf8;
  }
}

function putFix(words: Int32Array, at: number, fix: Fix | null): void {
  if (!fix) return;
  words[at] = fix.lon;
  words[at + 1] = fix.lat;
  words[at + 2] = fix.accuracyM;
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
    (visit.family === "confirmed" ? CONFIRMED : visit.family === "denied" ? DENIED : 0) |
    (visit.replaces === null ? 0 : HAS_REPLACES)
  );
}

/** A text as a number of 32 bits, well spread: what it is sorted by. Two texts may share one. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return spread(hash);
}
/** A place as a number, and that number on one day. */
export const placeNumber = ({ lon, lat }: Point): number => placeNumberOf(lon, lat);
const placeNumberOf = (lon: number, lat: number): number =>
  spread(Math.imul(lon, 0x9e3779b1) ^ Math.imul(lat + 0x3c6ef372, 0x85ebca77));
export const onDay = (number: number, day: number): number => spread(number ^ Math.imul(day, 0xc2b2ae3d));

function spread(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A visit as rules read it, where it lies: valid until what lies there is written over. */
export class PackedVisit implements ReviewVisit {
  readonly #sheet: Sheet;
  readonly #at: number;
  readonly #names: Names;
  #id = "";
  #carer = "";
  #elder = "";
  #device: string | null = null;
  #texts: Texts | null = null;

  /** `at`: the first word of the visit, an even number. */
  constructor(sheet: Sheet, at: number, names: Names) {
    this.#sheet = sheet;
    this.#at = at;
    this.#names = names;
  }

  /** The numbers of the places of check-in and check-out; -1 where there is none. */
  get placeNumbers(): readonly [number, number] {
    const first = this.#has(HAS_IN) ? this.#placeNumber(IN) : -1;
    const second = this.#has(HAS_OUT) ? this.#placeNumber(OUT) : -1;
    return [first, second];
  }
  #placeNumber(at: number): number {
    return placeNumberOf(this.#int(at), this.#int(at + 1));
  }

  /** The last of the id's words: what most ids are told apart by. */
  get idTail(): number {
    return this.#int(ID + UUID_WORDS - 1);
  }

  /** Puts the same words under another number. */
  addTo(runs: SortedRuns, number: number): void {
    const length = lengthOf(this.#int(FLAGS), this.#int(DEVICE_BYTES) + this.#int(TEXTS_BYTES));
    runs.add(number, this.#sheet.words, length, this.#at);
  }

  /** Whether a carer or elder is that of another visit, whose text is then taken over. */
  takeName(column: "carer" | "elder", from: PackedVisit): boolean {
    const field = column === "carer" ? CARER : ELDER;
    for (let i = field; i < field + UUID_WORDS; i++) if (this.#int(i) !== from.#int(i)) return false;
    if (column === "carer") this.#carer = from.carer;
    else this.#elder = from.elder;
    return true;
  }

  #int(field: number): number {
    return this.#sheet.words[this.#at + field]!;
  }
  #float(field: number): number {
    return this.#sheet.floats[this.#at / 2 + field]!;
  }
  #has(flag: number): boolean {
    return (this.#int(FLAGS) & flag) !== 0;
  }
  #uuid(field: number): string {
    return uuidText(this.#sheet.bytes, (this.#at + field) * 4);
  }
  #bytes(from: number, length: number): Uint8Array {
    return this.#sheet.bytes.subarray(from, from + length);
  }
  #textsAt(): number {
    return (this.#at + textsFrom(this.#int(FLAGS))) * 4;
  }
  #fix(at: number): Fix {
    return { lon: this.#int(at), lat: this.#int(at + 1), accuracyM: this.#int(at + 2) };
  }

  get id(): string {
    if (this.#id === "") this.#id = this.#uuid(ID);
    return this.#id;
  }
  get day(): number {
    return this.#int(DAY);
  }
  get index(): number {
    return this.#int(INDEX);
  }
  get provider(): string {
    return this.#names.textOf(this.#int(PROVIDER));
  }
  get carer(): string {
    if (this.#carer === "") this.#carer = this.#uuid(CARER);
    return this.#carer;
  }
  get elder(): string {
    if (this.#elder === "") this.#elder = this.#uuid(ELDER);
    return this.#elder;
  }
  get item(): string {
    return this.#names.textOf(this.#int(ITEM));
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
    return this.#has(HAS_REPLACES) ? this.#uuid(WORDS) : null;
  }
  get placeIn(): Fix | null {
    return this.#has(HAS_IN) ? this.#fix(IN) : null;
  }
  get placeOut(): Fix | null {
    return this.#has(HAS_OUT) ? this.#fix(OUT) : null;
  }
  get device(): string {
    this.#device ??= textOf(this.#sheet.bytes, this.#textsAt(), this.#int(DEVICE_BYTES));
    return this.#device;
  }
  get deviceStartedAt(): number | null {
    return this.#has(HAS_DEVICE_START) ? this.#float(DEVICE_STARTED) : null;
  }
  get mock(): boolean {
    return this.#has(MOCK);
  }
  get evidence(): readonly string[] {
    return this.#read()[0];
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
    return this.#read()[1];
  }
  get group(): string {
    return this.#read()[2];
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

  #read(): Texts {
    if (this.#int(TEXTS_BYTES) === 0) return NO_TEXTS;
    this.#texts ??= JSON.parse(
      decoder.decode(this.#bytes(this.#textsAt() + this.#int(DEVICE_BYTES), this.#int(TEXTS_BYTES))),
    ) as Texts;
    return this.#texts;
  }
}

/** Short plain texts are put together faster than a decoder is asked. */
function textOf(bytes: Uint8Array, from: number, length: number): string {
  let text = "";
  for (let i = from; i < from + length; i++) {
    if (bytes[i]! > 127) return decoder.decode(bytes.subarray(from, from + length));
    text += String.fromCharCode(bytes[i]!);
  }
  return text;
}
