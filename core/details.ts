import { concat, equal, fromHex, type Hex, toHex, utf8, writeHex } from "./bytes.ts";
import { keccak, keccakInto } from "./hash.ts";

/**
 * Details: what an entry commits to without showing it. At most six field groups in a fixed order;
 * details = keccak(fieldHash_0 ‖ …), fieldHash_i = keccak(tag_i ‖ salt_i ‖ keccak(value_i)).
 * The submitter draws one seed of 16 random bytes per entry; salt_i = half i mod 2 of keccak(seed ‖ ⌊i / 2⌋), so one
 * group can be shown with its salt while the others stay hidden (ADR 0003). An absent group is the empty value,
 * salted like any other: nobody can tell that it is absent.
 */
export type Json = string | number | Json[] | { [key: string]: Json };
export type GroupValues = Record<string, Json>;
export interface Details {
  seed: Hex;
  values: GroupValues;
}

export const DETAIL_GROUPS = {
  Provider: ["identity", "place", "account"],
  Carer: ["employment", "identity", "qualifications", "devices"],
  Elder: ["identity", "home", "household", "account", "contact"],
  Item: ["names", "measure", "conditions"],
  Plan: ["service", "quantity"],
  Assessment: ["person", "result", "scores", "assessor"],
  Place: ["place", "person"],
  Fund: ["names", "document", "account"],
  Tariff: ["price", "document"],
  Programme: ["names", "terms", "document"],
  Enrolment: ["person", "programme"],
  Account: ["account", "decision"],
  Visit: ["placeIn", "placeOut", "device", "evidence", "circumstances", "note"],
  Erasure: ["decision", "reason"],
  Access: ["reader", "purpose"],
  Entitlement: ["basis"],
  Verdict: ["finding"],
  Decision: ["decision", "reason", "evidence"],
  Feed: ["event", "source"],
} as const satisfies Record<string, readonly string[]>;
export type DetailedKind = keyof typeof DETAIL_GROUPS;

const TAGS = Object.fromEntries(
  Object.entries(DETAIL_GROUPS).map(([kind, groups]) => [
    kind,
    groups.map((group) => keccak(utf8(`SilverLedger/1/${kind}/${group}`))),
  ]),
) as Record<DetailedKind, Uint8Array[]>;

export const SEED_BYTES = 16;

// The same few names stand in every entry: each is quoted once.
const MOST_NAMES = 1000;
const quoted = new Map<string, string>();
function quotedName(name: string): string {
  const known = quoted.get(name);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(name)}:`;
  if (quoted.size < MOST_NAMES) quoted.set(name, text);
  return text;
}

/**
 * The one text of a value: keys sorted by code unit, no white space, integers only (RFC 8785 restricted).
 * Throws RangeError on anything else, so that another language gets the same bytes.
 */
export function canonical(value: Json): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError("only safe integers are hashed");
    // Minus zero is "0" (RFC 8785), as it is in languages whose integers know none.
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") throw new RangeError("only text, integers, lists and objects");
  const keys = Object.keys(value).sort();
  let text = "{";
  for (const key of keys) text += `${text.length > 1 ? "," : ""}${quotedName(key)}${canonical(value[key]!)}`;
  return `${text}}`;
}

export function isZeroSeed(seed: string): boolean {
  return /^0x0*$/.test(seed);
}

export const SALT_BYTES = 16;
export const HASH_BYTES = 32;
const saltInput = new Uint8Array(SEED_BYTES + 1);
/** All salts of an entry, one after the other: one hash of the seed gives two. */
function saltsOf(seed: Hex, groups: number): Uint8Array {
  if (seed.length !== 2 + 2 * SEED_BYTES) throw new RangeError(`seed: not ${SEED_BYTES} bytes`);
  writeHex(seed, 2, saltInput, 0);
  const salts = new Uint8Array(Math.ceil(groups / 2) * 2 * SALT_BYTES);
  for (let pair = 0; pair * 2 < groups; pair++) {
    saltInput[SEED_BYTES] = pair;
    keccakInto(saltInput, salts, pair * 2 * SALT_BYTES);
  }
  return salts;
}

const EMPTY_HASH = keccak(new Uint8Array(0));
const [SALT_AT, TEXT_AT] = [32, 48];
const fieldInput = new Uint8Array(80);
// Most texts are short: they are written where the last one stood, which costs a third of a fresh array each.
const encoder = new TextEncoder();
const textInput = new Uint8Array(1024);

/** Hash of a field into `to` at `at`; its salt stands in `salts` at `saltAt`. */
function writeFieldHash(
  [kind, index]: [DetailedKind, number],
  salts: Uint8Array,
  saltAt: number,
  text: string,
  to: Uint8Array,
  at: number,
): void {
  fieldInput.set(TAGS[kind][index]!, 0);
  for (let i = 0; i < SALT_BYTES; i++) fieldInput[SALT_AT + i] = salts[saltAt + i]!;
  if (text === "") fieldInput.set(EMPTY_HASH, TEXT_AT);
  else {
    const { read, written } = encoder.encodeInto(text, textInput);
    keccakInto(read === text.length ? textInput.subarray(0, written) : utf8(text), fieldInput, TEXT_AT);
  }
  keccakInto(fieldInput, to, at);
}

function fieldHash(kind: DetailedKind, index: number, salt: Uint8Array, text: string): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError(`salt: not ${SALT_BYTES} bytes`);
  const hash = new Uint8Array(HASH_BYTES);
  writeFieldHash([kind, index], salt, 0, text, hash, 0);
  return hash;
}

/** Canonical texts in the order of the kind's groups, "" where a group is absent. Throws on an unknown group. */
export function groupTexts(kind: DetailedKind, values: GroupValues): string[] {
  const groups: readonly string[] = DETAIL_GROUPS[kind];
  for (const name of Object.keys(values))
    if (!groups.includes(name)) throw new RangeError(`no group ${name} in ${kind}`);
  return groups.map((name) => (values[name] === undefined ? "" : canonical(values[name])));
}

export function commitDetails(kind: DetailedKind, details: Details): Uint8Array {
  return commit(kind, details).commitment;
}

/** Some groups shown, the others as their hashes only. */
export type Disclosure = ({ group: string; fieldHash: Hex } | { group: string; salt: Hex; value: string })[];

/** Details hashed once: their commitment, and any disclosure of them. Every list is in the order of the kind's groups. */
export interface Committed {
  commitment: Uint8Array;
  /** Canonical texts; "" says that the group is absent. */
  texts: readonly string[];
  /** SALT_BYTES for each group. */
  salts: Uint8Array;
  /** HASH_BYTES for each group. */
  hashes: Uint8Array;
  /** Shows the named groups. `value` is the canonical text; "" says that the group is absent. */
  disclose(shown: readonly string[]): Disclosure;
}

export function commit(kind: DetailedKind, details: Details): Committed {
  const groups = DETAIL_GROUPS[kind];
  const salts = saltsOf(details.seed, groups.length);
  const hashes = new Uint8Array(groups.length * HASH_BYTES);
  const texts = groupTexts(kind, details.values);
  texts.forEach((text, i) => {
    writeFieldHash([kind, i], salts, i * SALT_BYTES, text, hashes, i * HASH_BYTES);
  });
  const part = (bytes: Uint8Array, i: number, width: number) => toHex(bytes.subarray(i * width, (i + 1) * width));
  return {
    commitment: keccak(hashes),
    texts,
    salts,
    hashes,
    disclose: (shown) =>
      groups.map((group, i) =>
        shown.includes(group)
          ? { group, salt: part(salts, i, SALT_BYTES), value: texts[i]! }
          : { group, fieldHash: part(hashes, i, HASH_BYTES) },
      ),
  };
}

/** Shows the named groups of an entry. */
export function disclose(kind: DetailedKind, details: Details, shown: readonly string[]): Disclosure {
  return commit(kind, details).disclose(shown);
}

/** Whether the disclosure is of these details: every group once, in order, hashing to the commitment. */
export function verifyDisclosure(kind: DetailedKind, disclosure: Disclosure, commitment: Hex): boolean {
  const groups: readonly string[] = DETAIL_GROUPS[kind];
  if (disclosure.length !== groups.length || disclosure.some((field, i) => field.group !== groups[i])) return false;
  const hashes = disclosure.map((field, i) =>
    "value" in field ? fieldHash(kind, i, fromHex(field.salt), field.value) : fromHex(field.fieldHash),
  );
  return hashes.every((hash) => hash.length === 32) && equal(keccak(concat(...hashes)), fromHex(commitment));
}

/** The same disclosure showing only the named groups; the others become their hashes again. */
export function narrow(kind: DetailedKind, disclosure: Disclosure, shown: readonly string[]): Disclosure {
  return disclosure.map((field, i) =>
    "fieldHash" in field || shown.includes(field.group)
      ? field
      : { group: field.group, fieldHash: toHex(fieldHash(kind, i, fromHex(field.salt), field.value)) },
  );
}

/** The values of the groups that a disclosure shows; an absent group has none. */
export function valuesOf(disclosure: Disclosure): GroupValues {
  const values: GroupValues = {};
  for (const field of disclosure)
    if ("value" in field && field.value !== "") values[field.group] = JSON.parse(field.value) as Json;
  return values;
}
