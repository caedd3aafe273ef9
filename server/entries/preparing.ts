import { type Hex, utf8, writeHex } from "../../core/bytes.ts";
import { commit, DETAIL_GROUPS, type DetailedKind, type Details, SEED_BYTES } from "../../core/details.ts";
import { type EntryOf, entryDigest } from "../../core/entry.ts";
import { keccak } from "../../core/hash.ts";
import { isUuid } from "../../core/id.ts";
import { REGION_PERSON } from "../db/vault.ts";
import { boxPlace, packDetails } from "./details.ts";
import type { ReadyEntry } from "./store.ts";

/** 63 bits of the seed's hash. A collision refuses an honest seed once in 10^9 records or so: it is drawn again. */
const markInput = new Uint8Array(4 + SEED_BYTES);
markInput.set(utf8("seed"));
function seedMark(seed: Hex): bigint {
  writeHex(seed, 2, markInput, 4);
  const hash = keccak(markInput);
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) >> 1n;
}

export interface Owner {
  slot: number;
  person: string;
  groups: readonly string[];
}

const VISIT_DEVICE: readonly string[] = ["device"];
const VISIT_REST: readonly string[] = DETAIL_GROUPS.Visit.filter((group) => group !== "device");

/** Whose key seals which groups of an entry: slot 1 is the carer's own, slot 0 everything else. */
export function ownersOf<K extends DetailedKind>(
  kind: K,
  entry: Omit<EntryOf[K], "details">,
  details: Details,
): Owner[] {
  const all: readonly string[] = DETAIL_GROUPS[kind];
  const only = (person: string): Owner[] => [{ slot: 0, person, groups: all }];
  if (kind === "Visit") {
    const { elder, caregiver } = entry as unknown as EntryOf["Visit"];
    return [
      { slot: 0, person: elder, groups: VISIT_REST },
      { slot: 1, person: caregiver, groups: VISIT_DEVICE },
    ];
  }
  if (kind === "Entitlement") return only((entry as unknown as EntryOf["Entitlement"]).elder);
  if (kind === "Feed") return only((entry as unknown as EntryOf["Feed"]).subject);
  // Whom a verdict or a decision is about is told by who made it.
  const { finding, decision } = details.values as Record<string, { about?: string } | undefined>;
  const about = kind === "Verdict" ? finding?.about : kind === "Decision" ? decision?.about : undefined;
  if (about) return only(about);
  const registry = entry as unknown as EntryOf["Elder"];
  if (kind === "Elder" || kind === "Carer") return only(registry.subject);
  const { service, person } = details.values as { service?: { elder: string }; person?: { elder: string } };
  // A payee's account belongs to the elder whose pseudonym it carries; an organisation's to nobody.
  const payee = kind === "Account" && isUuid(registry.subject) ? registry.subject : undefined;
  const elder = kind === "Plan" ? service?.elder : (payee ?? person?.elder);
  return only(elder ?? REGION_PERSON);
}

/** Hashes an entry and seals its details; it is ready to be given a place. */
export function prepareEntry<K extends DetailedKind>(
  domain: Uint8Array,
  kind: K,
  bare: Omit<EntryOf[K], "details">,
  details: Details,
  seal: (region: number, person: string, place: string, plain: Uint8Array) => Buffer,
): ReadyEntry<K> {
  const committed = commit(kind, details);
  const entry = { ...bare, details: committed.commitment } as unknown as EntryOf[K];
  const { region, id } = entry as { region: number; id: string };
  const boxes = ownersOf(kind, bare, details).map(({ slot, person, groups }) => ({
    slot,
    person,
    box: seal(region, person, boxPlace(region, id, slot), packDetails(kind, committed, groups)),
  }));
  const digest = entryDigest(domain, kind, entry);
  return { kind, entry, digest, seedMark: seedMark(details.seed), boxes };
}
