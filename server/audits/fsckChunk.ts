import { equal, fromHex } from "../../core/bytes.ts";
import type { EntryKind } from "../../core/entry.ts";
import { ruleSetHash } from "../../core/rules/ruleSet.ts";
import type {
  AccessRow,
  CloseRow,
  DecisionRow,
  EntitlementRow,
  EntryRow,
  ErasureRow,
  FeedRow,
  FsckStore,
  RegistryRow,
  ReviewRow,
  RuleSetRow,
  VerdictRow,
  VisitRow,
} from "./fsckStore.ts";

/** Places that are read at once: bounds memory, whatever the size of the day. */
export const CHUNK = 4096;

/** The counts of a Close row; an empty list when the text is none. */
export function listOf(text: string): number[] {
  try {
    return JSON.parse(text) as number[];
  } catch {
    return [];
  }
}

const TYPED = [
  "visits",
  "registry",
  "erasures",
  "accesses",
  "entitlements",
  "ruleSets",
  "reviews",
  "verdicts",
  "decisions",
  "feeds",
  "closes",
] as const;

/** Ids that a verdict's subjects are stored as, 16 bytes each; what hangs over is kept, and hashes to nothing. */
function idsIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => bytes.subarray(i * 16, i * 16 + 16));
}

/** The rows of up to CHUNK places of a day, by place. */
export class Chunk {
  readonly #region: number;
  readonly #day: number;
  readonly #from: number;
  readonly #entries: (EntryRow | undefined)[];
  readonly #rows: Record<(typeof TYPED)[number], unknown[]>;

  constructor(store: FsckStore, region: number, day: number, from: number, to: number) {
    const byPlace = <T extends [number, ...unknown[]]>(rows: T[]): (T | undefined)[] => {
      const list = new Array<T | undefined>(to - from);
      for (const row of rows) list[row[0] - from] = row;
      return list;
    };
    this.#region = region;
    this.#day = day;
    this.#from = from;
    this.#entries = byPlace(store.entries(region, day, from, to));
    this.#rows = Object.fromEntries(
      TYPED.map((name) => [name, byPlace(store[name](region, day, from, to) as [number, ...unknown[]][])]),
    ) as Record<(typeof TYPED)[number], unknown[]>;
  }

  #row<T>(name: (typeof TYPED)[number], index: number): T | undefined {
    return this.#rows[name][index - this.#from] as T | undefined;
  }

  entry(index: number): EntryRow | undefined {
    return this.#entries[index - this.#from];
  }

  close(index: number): CloseRow | undefined {
    return this.#row<CloseRow>("closes", index);
  }

  /** The typed row of an entry as the values that its digest is computed from; null when it is not there. */
  typed(kind: EntryKind, entry: EntryRow): object | null {
    const [index, , idBytes] = entry;
    const base = { id: idBytes, region: this.#region };
    if (kind === "Visit") {
      const row = this.#row<VisitRow>("visits", index);
      return row
        ? {
            ...base,
            provider: row[1],
            caregiver: row[2],
            elder: row[3],
            item: row[4],
            startedAt: row[5],
            endedAt: row[6],
            replaces: row[7],
            details: row[8],
          }
        : null;
    }
    if (kind === "Erasure") {
      const row = this.#row<ErasureRow>("erasures", index);
      return row ? { ...base, person: row[1], details: row[2] } : null;
    }
    if (kind === "Access") {
      const row = this.#row<AccessRow>("accesses", index);
      return row ? { ...base, entry: row[1], details: row[2] } : null;
    }
    if (kind === "Entitlement") {
      const row = this.#row<EntitlementRow>("entitlements", index);
      return row ? { ...base, programme: row[1], elder: row[2], month: row[3], details: row[4] } : null;
    }
    if (kind === "Gap") return base;
    const reviewed = this.#reviewed(kind, index);
    if (reviewed !== undefined) return reviewed && { ...base, ...reviewed };
    if (kind === "Close") {
      const row = this.close(index);
      return row
        ? { ...base, day: this.#day, counts: listOf(row[1]), indexSize: row[2], indexRoot: row[3], accessRoot: row[4] }
        : null;
    }
    const row = this.#row<RegistryRow>("registry", index);
    if (!row || row[1] !== entry[1]) return null;
    return {
      ...base,
      subject: row[2],
      provider: row[3],
      version: row[4],
      validFrom: row[5],
      validTo: row[6],
      details: row[7],
    };
  }

  /** Values of the kinds that reviews write; undefined for other kinds, null where the row is missing. */
  #reviewed(kind: EntryKind, index: number): object | null | undefined {
    if (kind === "RuleSet") {
      const row = this.#row<RuleSetRow>("ruleSets", index);
      // The text stands for itself: another text is another content.
      return row
        ? { validFrom: row[1], content: equal(fromHex(ruleSetHash(row[3])), row[2]) ? row[2] : NO_CONTENT }
        : null;
    }
    if (kind === "Review") {
      const row = this.#row<ReviewRow>("reviews", index);
      return row ? { day: row[1], asOf: row[2], ruleset: row[3], count: row[4], verdicts: row[5] } : null;
    }
    if (kind === "Verdict") {
      const row = this.#row<VerdictRow>("verdicts", index);
      if (!row) return null;
      const [, rule, version, severity, withdraws, review, subjects, details] = row;
      return { rule, version, severity, withdraws, review, subjects: idsIn(subjects), details };
    }
    if (kind === "Decision") {
      const row = this.#row<DecisionRow>("decisions", index);
      return row ? { subject: row[1], outcome: row[2], details: row[3] } : null;
    }
    if (kind === "Feed") {
      const row = this.#row<FeedRow>("feeds", index);
      return row ? { subject: row[1], retracts: row[2], details: row[3] } : null;
    }
    return undefined;
  }
}

const NO_CONTENT = new Uint8Array(32);
