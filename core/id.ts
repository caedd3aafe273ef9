import { HEX_PAIRS } from "./bytes.ts";

/** Identifiers: what a well-formed one is. Whether it exists is a question for the registry. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A UUID (RFC 9562) in lower case; the nil UUID is not one. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const HIGH = Uint8Array.from(HEX_PAIRS, (pair) => pair.charCodeAt(0));
const LOW = Uint8Array.from(HEX_PAIRS, (pair) => pair.charCodeAt(1));
const DASH = 45;

/** The text of the UUID whose 16 bytes begin at `at`. */
export function uuidText(bytes: Uint8Array, at = 0): string {
  const high = (i: number) => HIGH[bytes[at + i]!]!;
  const low = (i: number) => LOW[bytes[at + i]!]!;
  // One call with all digits makes a flat text; put together piece by piece it takes twice as long.
  return String.fromCharCode(
    high(0),
    low(0),
    high(1),
    low(1),
    high(2),
    low(2),
    high(3),
    low(3),
    DASH,
    high(4),
    low(4),
    high(5),
    low(5),
    DASH,
    high(6),
    low(6),
    high(7),
    low(7),
    DASH,
    high(8),
    low(8),
    high(9),
    low(9),
    DASH,
    high(10),
    low(10),
    high(11),
    low(11),
    high(12),
    low(12),
    high(13),
    low(13),
    high(14),
    low(14),
    high(15),
    low(15),
  );
}

/** A UUID of version 7: made by the client, time-ordered, so that the database's index grows at its end. */
export function uuidv7(unixMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let rest = unixMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidText(bytes);
}

/** A UUID of version 8 out of a hash in hex: the same for the same thing, and no two things share one. */
export function uuidOfHash(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** The last one that was right: the records of a batch name one provider. */
let lastCreditCode = "";

/** Unified social credit code, GB 32100-2015: 18 characters without I O Z S V, weights 3^i mod 31. */
export function isCreditCode(text: string): boolean {
  if (text.length !== 18) return false;
  if (text === lastCreditCode) return true;
  let sum = 0;
  let weight = 1;
  for (const character of text.slice(0, 17)) {
    const value = CREDIT_ALPHABET.indexOf(character);
    if (value < 0) return false;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  const isRight = text[17] === CREDIT_ALPHABET[(31 - (sum % 31)) % 31];
  if (isRight) lastCreditCode = text;
  return isRight;
}

/** The credit code whose first 17 characters are given; for generated data. */
export function withCreditCheck(first17: string): string {
  for (const check of CREDIT_ALPHABET) if (isCreditCode(first17 + check)) return first17 + check;
  throw new RangeError("not the start of a credit code");
}

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

function idCheck(first17: string): string {
  const sum = ID_WEIGHTS.reduce((total, weight, i) => total + weight * Number(first17[i]), 0);
  return "10X98765432"[sum % 11]!;
}

/** Citizen identity number, GB 11643-1999: 17 digits with a real birth date, and a check character. */
export function isIdNumber(text: string): boolean {
  if (!/^[1-8]\d{16}[\dX]$/.test(text) || text[17] !== idCheck(text)) return false;
  const [year, month, day] = [Number(text.slice(6, 10)), Number(text.slice(10, 12)), Number(text.slice(12, 14))];
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1850 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The identity number whose first 17 digits are given; for generated data. */
export function withIdCheck(first17: string): string {
  return first17 + idCheck(first17);
}

// The province prefixes of GB/T 2260; whether a county exists today is the deployment's data.
const PROVINCES = new Set(
  "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split(" "),
);

/** An administrative division code, GB/T 2260: six digits whose first two name a province. */
export function isRegionCode(code: number): boolean {
  const text = String(code);
  return Number.isInteger(code) && text.length === 6 && PROVINCES.has(text.slice(0, 2));
}
