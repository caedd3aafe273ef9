import { createHmac } from "node:crypto";
import { dayOf, dayStart } from "../../core/day.ts";
import { daysOfMonth } from "../../core/entitlement.ts";
import type { Past } from "../../core/rules/engine.ts";
import type { ReviewEntitlement, ReviewVisit } from "../../core/rules/rule.ts";
import type { Standing, VerdictContent } from "../../core/rules/verdict.ts";
import { uuidText } from "../db/uuid.ts";
import type { ReviewStore } from "./store.ts";
import type { VisitReader } from "./visits.ts";

/** 63 bits of a keyed hash: who has the database alone cannot tell which evidence it was. */
export function evidenceMark(key: Uint8Array, digest: string): bigint {
  return createHmac("sha256", key).update(`evidence/${digest}`).digest().readBigUInt64BE(0) >> 1n;
}

/** Verdicts of earlier reviews that nobody took back, and what was decided since. */
export class StandingVerdicts {
  readonly #byId = new Map<string, Standing>();
  readonly #byEntry = new Map<string, Set<string>>();
  readonly #byFeed = new Map<string, Set<string>>();

  add(verdicts: Iterable<Standing>): void {
    for (const verdict of verdicts) {
      if (verdict.withdraws !== "") {
        this.#byId.delete(verdict.withdraws);
        continue;
      }
      this.#byId.set(verdict.id, verdict);
      for (const subject of verdict.subjects) index(this.#byEntry, subject, verdict.id);
      for (const feed of verdict.basis) index(this.#byFeed, feed, verdict.id);
    }
  }

  #of(known: ReadonlyMap<string, ReadonlySet<string>>, names: ReadonlySet<string>): Standing[] {
    const ids = new Set([...names].flatMap((name) => [...(known.get(name) ?? [])]));
    return [...ids].flatMap((id) => this.#byId.get(id) ?? []);
  }
  naming(entries: ReadonlySet<string>): Standing[] {
    return this.#of(this.#byEntry, entries);
  }
  restingOn(feeds: ReadonlySet<string>): Standing[] {
    return this.#of(this.#byFeed, feeds);
  }
  isBlocked(entry: string): boolean {
    const ids = this.#byEntry.get(entry);
    return ids !== undefined && [...ids].some((id) => this.#byId.get(id)?.severity === "block");
  }
}

function index(known: Map<string, Set<string>>, name: string, id: string): void {
  known.set(name, (known.get(name) ?? new Set()).add(id));
}

export const standingOf = (id: string, content: VerdictContent): Standing => ({ ...content, id });

/** The log before a reviewed day, read from the books. */
export class BookPast implements Past {
  readonly #store: ReviewStore;
  readonly #reader: VisitReader;
  readonly #region: number;
  readonly #offset: number;
  readonly #key: Uint8Array;
  readonly standing = new StandingVerdicts();
  /** Set before each review: the reviewed day, visits that were corrected by then, lines that were let go by then. */
  now: { day: number; corrected: ReadonlyMap<string, number>; released: ReadonlySet<string> } = {
    day: 0,
    corrected: new Map(),
    released: new Set(),
  };

  constructor(store: ReviewStore, reader: VisitReader, region: number, offsetMinutes: number, key: Uint8Array) {
    this.#store = store;
    this.#reader = reader;
    this.#region = region;
    this.#offset = offsetMinutes;
    this.#key = key;
  }

  *visits(
    key: "carer" | "elder" | "provider",
    keys: ReadonlySet<string>,
    fromDay: number,
    beforeDay: number,
  ): Generator<ReviewVisit> {
    const since = dayStart(fromDay, this.#offset);
    // A clock that ran ahead puts a visit into the log of the evening before.
    let [knownDay, submissions] = [Number.NaN, new Map() as ReturnType<ReviewStore["submissions"]>];
    for (const [day, index, provider, carer, elder] of this.#store.places(
      this.#region,
      fromDay - 1,
      beforeDay - 1,
      since,
    )) {
      if (!keys.has(key === "provider" ? provider : uuidText(key === "carer" ? carer : elder))) continue;
      if (day !== knownDay) [knownDay, submissions] = [day, this.#store.submissions(this.#region, day)];
      const visit = this.#reader.at(day, index, submissions);
      if (visit && !this.now.corrected.has(visit.id)) yield visit;
    }
  }

  *withEvidence(digests: ReadonlySet<string>, beforeDay: number): Generator<ReviewVisit> {
    const seen = new Set<string>();
    for (const digest of digests)
      for (const [day, index] of this.#store.marked(this.#region, evidenceMark(this.#key, digest), beforeDay)) {
        const visit = this.#reader.at(day, index);
        if (!visit || seen.has(visit.id) || this.now.corrected.has(visit.id)) continue;
        seen.add(visit.id);
        yield visit;
      }
  }

  lastSeen(fromDay: number): ReadonlyMap<string, number> {
    const all = this.#store.lastSeen(this.#region, fromDay, this.now.day);
    return new Map([...all].map(([elder, at]) => [elder, dayOf(at, this.#offset)]));
  }

  served(month: number, upToDay: number): ReadonlyMap<string, number> {
    const { first, last } = daysOfMonth(month);
    const [from, to] = [dayStart(first, this.#offset), dayStart(last + 1, this.#offset)];
    return this.#store.served(this.#region, first - 1, upToDay, from, to);
  }

  *entitlementsOf(elders: ReadonlySet<string>): Generator<ReviewEntitlement> {
    for (const { index: _index, ...entitlement } of this.#store.entitlements(this.#region, this.now.day))
      if (elders.has(entitlement.elder)) yield entitlement;
  }

  corrected(visit: string): boolean {
    return this.now.corrected.has(visit);
  }
  blocked(visit: string): boolean {
    return this.standing.isBlocked(visit) && !this.now.released.has(visit);
  }
  naming(entries: ReadonlySet<string>): Standing[] {
    return this.standing.naming(entries);
  }
  restingOn(feeds: ReadonlySet<string>): Standing[] {
    return this.standing.restingOn(feeds);
  }
}
