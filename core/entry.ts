import type { Hex } from "./bytes.ts";
import { type StructType, structType, typedDigest } from "./typedData.ts";

/**
 * Entries: anything accountable that is appended to a region's day. Each kind is an EIP-712 struct; its digest is
 * what the day's tree holds. Ids are UUIDs, made by the client; hashes may be given as hex or bytes.
 */
export interface Visit {
  id: string;
  region: number;
  /** Unified social credit code. */
  provider: string;
  /** Random pseudonyms per person and region; never an identity number or its hash. */
  caregiver: string;
  elder: string;
  item: string;
  /** Unix seconds. */
  startedAt: number;
  endedAt: number;
  /** The visit that this one corrects. */
  replaces: string | null;
  details: Hex | Uint8Array;
}

const FIRST_REGISTRY_KINDS = ["Provider", "Carer", "Elder", "Item", "Plan"] as const;
const LATER_REGISTRY_KINDS = [
  "Assessment",
  "Place",
  "Fund",
  "Tariff",
  "Programme",
  "Enrolment",
  // Where a payee is paid from a day on, after two officials changed it.
  "Account",
] as const;
export const REGISTRY_KINDS = [...FIRST_REGISTRY_KINDS, ...LATER_REGISTRY_KINDS] as const;
export type RegistryKind = (typeof REGISTRY_KINDS)[number];

/** The same for every kind of the registry: they share one struct, one table and one query. */
export function ofRegistryKinds<T>(make: (kind: RegistryKind) => T): Record<RegistryKind, T> {
  return Object.fromEntries(REGISTRY_KINDS.map((kind) => [kind, make(kind)])) as Record<RegistryKind, T>;
}

/**
 * One version of something that visits and payments refer to, valid on the days validFrom … validTo (inclusive): who
 * serves and is served, what is served and at which price, who is entitled to what.
 */
export interface RegistryEntry {
  id: string;
  region: number;
  /**
   * Credit code (provider), pseudonym (carer, elder), code (item, fund, programme; for a tariff the item's), UUID (plan,
   * assessment, place, enrolment), or for an account the credit code or pseudonym of the payee.
   */
  subject: string;
  /** The provider that employs the carer or carries out the plan, or the provider itself; "" otherwise. */
  provider: string;
  version: number;
  validFrom: number;
  validTo: number;
  details: Hex | Uint8Array;
}

/** A person's key was destroyed: two officials decided, for a reason, and all earlier proofs still hold. */
export interface Erasure {
  id: string;
  region: number;
  person: string;
  details: Hex | Uint8Array;
}

/** Somebody read a person's details: who and why stand in the details. */
export interface Access {
  id: string;
  region: number;
  /** Id of the entry whose details were read. */
  entry: string;
  details: Hex | Uint8Array;
}

/** One month of a cash allowance for one elder; what it is worth is settled like a visit. */
export interface Entitlement {
  id: string;
  region: number;
  programme: string;
  elder: string;
  /** Year · 100 + month, for example 202611. */
  month: number;
  details: Hex | Uint8Array;
}

/** The rules of a region from a day on, named by the hash of their text. */
export interface RuleSetEntry {
  id: string;
  region: number;
  validFrom: number;
  content: Hex | Uint8Array;
}

/** That the rules were run over a sealed day: on what they could know, by which set, and what they found. */
export interface Review {
  id: string;
  region: number;
  /** The reviewed day. */
  day: number;
  asOf: Hex | Uint8Array;
  ruleset: Hex | Uint8Array;
  count: number;
  /** Hash of the verdicts' texts, in their order. */
  verdicts: Hex | Uint8Array;
}

/** What a rule found; the numbers that it used stand in the details. */
export interface Verdict {
  id: string;
  region: number;
  rule: string;
  version: number;
  /** Place in SEVERITIES. */
  severity: number;
  /** The verdict that this one takes back. */
  withdraws: string | null;
  review: string;
  /** Ids of the entries that it is about. */
  subjects: readonly (string | Uint8Array)[];
  details: Hex | Uint8Array;
}

/** What somebody decided about a line that a verdict holds or denies. */
export interface Decision {
  id: string;
  region: number;
  /** The entry whose line it is. */
  subject: string;
  outcome: string;
  details: Hex | Uint8Array;
}

/** What another authority told about a person, or that it was wrong. */
export interface Feed {
  id: string;
  region: number;
  subject: string;
  /** The feed that is taken back. */
  retracts: string | null;
  details: Hex | Uint8Array;
}

/** A place that a restored backup left empty: what stood there is lost, and nobody returned it. */
export interface Gap {
  id: string;
  region: number;
}

/** The last entry of a non-empty day. */
export interface Close {
  id: string;
  region: number;
  day: number;
  /** Entries of the day by kind, in the order of ENTRY_KINDS, this one left out. */
  counts: number[];
  indexSize: number;
  indexRoot: Hex | Uint8Array;
  accessRoot: Hex | Uint8Array;
}

export interface EntryOf extends Record<RegistryKind, RegistryEntry> {
  Visit: Visit;
  Erasure: Erasure;
  Access: Access;
  Close: Close;
  Entitlement: Entitlement;
  RuleSet: RuleSetEntry;
  Review: Review;
  Verdict: Verdict;
  Decision: Decision;
  Feed: Feed;
  Gap: Gap;
}
/** A kind's number in the books is its place here; new kinds are added at the end. */
export const ENTRY_KINDS = [
  ...FIRST_REGISTRY_KINDS,
  ...(["Visit", "Erasure", "Access", "Close"] as const),
  ...LATER_REGISTRY_KINDS,
  "Entitlement",
  ...(["RuleSet", "Review", "Verdict", "Decision", "Feed"] as const),
  "Gap",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

const registryType = (kind: RegistryKind) =>
  structType<RegistryEntry>(kind, [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["subject", "string"],
    ["provider", "string"],
    ["version", "uint32"],
    ["validFrom", "uint32"],
    ["validTo", "uint32"],
    ["details", "bytes32"],
  ]);

export const ENTRY_TYPES: { [K in EntryKind]: StructType<EntryOf[K]> } = {
  ...ofRegistryKinds(registryType),
  Visit: structType<Visit>("Visit", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["provider", "string"],
    ["caregiver", "bytes16"],
    ["elder", "bytes16"],
    ["item", "string"],
    ["startedAt", "uint64"],
    ["endedAt", "uint64"],
    ["replaces", "bytes16"],
    ["details", "bytes32"],
  ]),
  Erasure: structType<Erasure>("Erasure", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["person", "bytes16"],
    ["details", "bytes32"],
  ]),
  Access: structType<Access>("Access", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["entry", "bytes16"],
    ["details", "bytes32"],
  ]),
  Close: structType<Close>("Close", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["day", "uint32"],
    ["counts", "uint32[]"],
    ["indexSize", "uint32"],
    ["indexRoot", "bytes32"],
    ["accessRoot", "bytes32"],
  ]),
  Entitlement: structType<Entitlement>("Entitlement", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["programme", "string"],
    ["elder", "bytes16"],
    ["month", "uint32"],
    ["details", "bytes32"],
  ]),
  RuleSet: structType<RuleSetEntry>("RuleSet", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["validFrom", "uint32"],
    ["content", "bytes32"],
  ]),
  Review: structType<Review>("Review", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["day", "uint32"],
    ["asOf", "bytes32"],
    ["ruleset", "bytes32"],
    ["count", "uint32"],
    ["verdicts", "bytes32"],
  ]),
  Verdict: structType<Verdict>("Verdict", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["rule", "string"],
    ["version", "uint32"],
    ["severity", "uint32"],
    ["withdraws", "bytes16"],
    ["review", "bytes16"],
    ["subjects", "bytes16[]"],
    ["details", "bytes32"],
  ]),
  Decision: structType<Decision>("Decision", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["subject", "bytes16"],
    ["outcome", "string"],
    ["details", "bytes32"],
  ]),
  Feed: structType<Feed>("Feed", [
    ["id", "bytes16"],
    ["region", "uint32"],
    ["subject", "bytes16"],
    ["retracts", "bytes16"],
    ["details", "bytes32"],
  ]),
  Gap: structType<Gap>("Gap", [
    ["id", "bytes16"],
    ["region", "uint32"],
  ]),
};

/** The digest of an entry under a ledger's domain: 32 bytes, the data of its leaf. */
export function entryDigest<K extends EntryKind>(domain: Uint8Array, kind: K, entry: EntryOf[K]): Uint8Array {
  return typedDigest(domain, ENTRY_TYPES[kind], entry);
}
