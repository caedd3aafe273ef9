import { type Hex, utf8, writeHex } from "../../core/bytes.ts";
import {
  commit,
  commitDetails,
  DETAIL_GROUPS,
  type DetailedKind,
  type Details,
  SEED_BYTES,
} from "../../core/details.ts";
import { type EntryKind, type EntryOf, entryDigest } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { isUuid } from "../../core/id.ts";
import type { SignDigest } from "../../core/signature.ts";
import { RECEIPT, type Receipt } from "../../core/statement.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { Clock } from "../clock.ts";
import { REGION_PERSON, type Vault } from "../db/vault.ts";
import { type EntryStore, isFull, type Job, type ReadyEntry, type Receipted } from "./store.ts";

/** Most entries that share one disk flush; bounds the wait of the first among them. */
const GROUP_ENTRIES = 5_000;

/** 63 bits of the seed's hash. A collision refuses an honest seed once in 10^9 records or so: it is drawn again. */
const markInput = new Uint8Array(4 + SEED_BYTES);
markInput.set(utf8("seed"));
function seedMark(seed: Hex): bigint {
  writeHex(seed, 2, markInput, 4);
  const hash = keccak(markInput);
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) >> 1n;
}

/** Whose key seals which groups of an entry: slot 1 is the carer's own, slot 0 everything else. */
function owners<K extends EntryKind>(
  kind: K,
  entry: EntryOf[K],
  details: Details,
): { slot: number; person: string; groups: readonly string[] }[] {
  const all: readonly string[] = DETAIL_GROUPS[kind as DetailedKind];
  if (kind === "Visit") {
    const visit = entry as EntryOf["Visit"];
    return [
      { slot: 0, person: visit.elder, groups: all.filter((group) => group !== "device") },
      { slot: 1, person: visit.caregiver, groups: ["device"] },
    ];
  }
  if (kind === "Entitlement") return [{ slot: 0, person: (entry as EntryOf["Entitlement"]).elder, groups: all }];
  if (kind === "Feed") return [{ slot: 0, person: (entry as EntryOf["Feed"]).subject, groups: all }];
  // Whom a verdict or a decision is about is told by who made it.
  const { finding, decision } = details.values as Record<string, { about?: string } | undefined>;
  const about = kind === "Verdict" ? finding?.about : kind === "Decision" ? decision?.about : undefined;
  if (about) return [{ slot: 0, person: about, groups: all }];
  const registry = entry as EntryOf["Elder"];
  if (kind === "Elder" || kind === "Carer") return [{ slot: 0, person: registry.subject, groups: all }];
  const { service, person } = details.values as { service?: { elder: string }; person?: { elder: string } };
  // A payee's account belongs to the elder whose pseudonym it carries; an organisation's to nobody.
  const payee = kind === "Account" && isUuid(registry.subject) ? registry.subject : undefined;
  const elder = kind === "Plan" ? service?.elder : (payee ?? person?.elder);
  if (elder) return [{ slot: 0, person: elder, groups: all }];
  return [{ slot: 0, person: REGION_PERSON, groups: all }];
}

/** Where a box belongs; it opens nowhere else. */
export function boxPlace(region: number, id: string, slot: number): string {
  return `${region}/${id}/${slot}`;
}

export interface Entries {
  /** Commits to an entry's details; the entry's own `details` field is set from it. */
  ready<K extends DetailedKind>(kind: K, entry: Omit<EntryOf[K], "details">, details: Details): ReadyEntry<K>;
  /** The digest alone: nothing is sealed and no person's key is made. */
  digestOf<K extends DetailedKind>(kind: K, entry: Omit<EntryOf[K], "details">, details: Details): Uint8Array;
  /** Hashes an entry that has no details. */
  readyBare<K extends EntryKind>(kind: K, entry: EntryOf[K]): ReadyEntry<K>;
  /** Appends durably; resolves with the receipt, rejects with a Refusal. Jobs that wait together share a flush. */
  append(job: Job): Promise<Receipted>;
  store: EntryStore;
}

export function openEntries(parts: {
  store: EntryStore;
  vault: Vault;
  clock: Clock;
  domain: Uint8Array;
  /** How a region's operator signs. */
  signOf: (region: number) => SignDigest;
  clockProblem?: () => Refusal | null;
}): Entries {
  const { store, vault, clock, domain } = parts;
  const signReceipt = (receipt: Receipt) => parts.signOf(receipt.region)(typedDigest(domain, RECEIPT, receipt));
  let waiting: { job: Job; resolve: (receipted: Receipted) => void; reject: (error: unknown) => void }[] = [];

  function takeGroup() {
    let entries = 0;
    let length = 0;
    while (
      length < waiting.length &&
      (length === 0 || entries + waiting[length]!.job.entries.length <= GROUP_ENTRIES)
    ) {
      entries += waiting[length]!.job.entries.length;
      length++;
    }
    const group = waiting.slice(0, length);
    waiting = waiting.slice(length);
    return group;
  }

  function flush(): void {
    const group = takeGroup();
    if (waiting.length > 0) setImmediate(flush);
    try {
      const problem = parts.clockProblem?.();
      if (problem) throw problem;
      const outcomes = store.append(
        group.map(({ job }) => job),
        clock.now(),
        signReceipt,
      );
      outcomes.forEach((outcome, i) => {
        if (outcome instanceof Refusal) group[i]!.reject(outcome);
        else group[i]!.resolve(outcome);
      });
    } catch (error) {
      const refusal = isFull(error) ? new Refusal("storage_full") : error;
      for (const { reject } of group) reject(refusal);
    }
  }

  return {
    store,
    ready(kind, bare, details) {
      const committed = commit(kind, details);
      const entry = { ...bare, details: committed.commitment } as EntryOf[typeof kind];
      const region = (entry as { region: number }).region;
      const id = (entry as { id: string }).id;
      const boxes = owners(kind, entry, details).map(({ slot, person, groups }) => {
        const text = JSON.stringify(committed.disclose(groups));
        return { slot, person, box: vault.seal(region, person, boxPlace(region, id, slot), text) };
      });
      return { kind, entry, digest: entryDigest(domain, kind, entry), seedMark: seedMark(details.seed), boxes };
    },
    digestOf(kind, bare, details) {
      const entry = { ...bare, details: commitDetails(kind, details) };
      return entryDigest(domain, kind, entry as unknown as EntryOf[typeof kind]);
    },
    readyBare: (kind, entry) => ({ kind, entry, digest: entryDigest(domain, kind, entry), seedMark: null, boxes: [] }),
    append(job) {
      return new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      });
    },
  };
}
