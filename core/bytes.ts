/** Byte strings as lower-case `0x` hex, the form in which hashes, ids and signatures stand in JSON. */
export type Hex = `0x${string}`;

/** 32 zero bytes: where a hash stands and there is nothing. */
export const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;

const DIGITS = "0123456789abcdef";
/** The two hex digits of each byte. */
export const HEX_PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS[byte >> 4]! + DIGITS[byte & 15]!,
);
const VALUES = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) {
  VALUES[DIGITS.charCodeAt(value)] = value;
  VALUES[DIGITS.toUpperCase().charCodeAt(value)] = value;
}

export function toHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (const byte of bytes) text += HEX_PAIRS[byte];
  return text as Hex;
}

/** Throws RangeError unless `hex` is `0x` and an even number of hex digits. */
export function fromHex(hex: string): Uint8Array {
  if (!hex.startsWith("0x") || hex.length % 2 !== 0) throw new RangeError("not a 0x hex string");
  const bytes = new Uint8Array(hex.length / 2 - 1);
  writeHex(hex, 2, bytes, 0);
  return bytes;
}

/** Writes the hex digits of `text` from position `from` on into `target` at `at`; skips `-`, so it reads UUIDs too. */
export function writeHex(text: string, from: number, target: Uint8Array, at: number): void {
  let position = at;
  for (let i = from; i < text.length; ) {
    if (text.charCodeAt(i) === 45) {
      i++;
      continue;
    }
    const high = VALUES[text.charCodeAt(i)] ?? 255;
    const low = VALUES[text.charCodeAt(i + 1)] ?? 255;
    if (high === 255 || low === 255) throw new RangeError("not hex");
    target[position++] = (high << 4) | low;
    i += 2;
  }
}

export function isHex(text: unknown, bytes: number): text is Hex {
  return typeof text === "string" && text.length === 2 + bytes * 2 && /^0x[0-9a-f]*$/.test(text);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const encoder = new TextEncoder();
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A 32-byte word that holds a non-negative safe integer, big-endian, as Solidity's abi.encode writes it. */
export function word(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  writeUint(BigInt(value), bytes, 0);
  return bytes;
}

function writeUint(value: bigint, target: Uint8Array, at: number): void {
  if (value < 0n) throw new RangeError("negative");
  let rest = value;
  for (let i = at + 31; i >= at && rest > 0n; i--) {
    target[i] = Number(rest & 255n);
    rest >>= 8n;
  }
}

/** Writes a non-negative safe integer into the last bytes of the 32-byte word at `at`; the word must be zero before. */
export function writeWord(value: number, target: Uint8Array, at: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("not a non-negative safe integer");
  let rest = value;
  for (let i = at + 31; rest > 0; i--) {
    target[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}
