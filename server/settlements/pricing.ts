import { type Hex, ZERO_HASH } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import type { RuleEvent } from "../../core/rules/rule.ts";
import {
  type AsOf,
  asOfHash,
  type LineStatus,
  type SettledPart,
  type SettlementLine,
  settleDay,
} from "../../core/settlement.ts";
import { uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import type { EntryStore } from "../entries/store.ts";
import { OpenedRegistry, RegistryBook } from "../registry/book.ts";
import type { RegistryStore } from "../registry/store.ts";
import { eventsAsOf } from "../reviews/feeds.ts";
import { Outcomes } from "../reviews/outcomes.ts";
import { type ReviewStore, ruleSetOn } from "../reviews/store.ts";
import type { SealStore } from "../seals/store.ts";
import { type Before, BookedUnits, type ClaimParts, claimsOfDay, unitsOfClaim } from "./claims.ts";
import type { LineRow, SettlementRow, SettlementStore } from "./store.ts";

/** What a revision changes in one entry's line. */
export interface LineChange {
  index: number;
  before: { status: LineStatus; shares: Record<string, bigint> } | null;
  after: { status: LineStatus; shares: Record<string, bigint> };
  payee: Hex;
}

/** A day priced, and not yet written anywhere. */
export interface Computed {
  settlement: SettlementRow;
  parts: SettledPart[];
  lines: LineRow[];
  readonly changes: LineChange[];
}

export interface PriceOptions {
  /** Last sealed day that it may know; the day itself if nothing else is said. */
  asOfDay?: number;
  /** The revision to compute; the one after the newest if nothing else is said. */
  revision?: number;
  /** The registry as of that day, where several days are computed at once. */
  book?: RegistryBook;
}

/** What a sealed day is worth: the same books give the same lines, whoever computes them, and again years later. */
export interface Pricing {
  /** Prices a sealed day; writes nothing. Throws Refusal not_sealed, not_reviewed. */
  compute(region: number, day: number, options?: PriceOptions): Computed;
  /** The registry of a region as of a day of the log, with its details. */
  book(region: number, asOfDay: number): RegistryBook;
  /** Places of a day whose lines nobody can compute any more, because the elder was erased. */
  erasedLines(region: number, day: number, book: RegistryBook): Set<number>;
}

export function openPricing(parts: {
  store: SettlementStore;
  registry: RegistryStore;
  entries: EntryStore;
  seals: SealStore;
  vault: Vault;
  reviews: ReviewStore;
  /** For work that prices many days and ends: registries are opened once and kept as long as this is. */
  keepOpened?: boolean;
}): Pricing {
  const { store, seals, vault } = parts;
  const booked = new BookedUnits(store, vault);
  // Of sealed days alone, so that what was read once stays true.
  let read: { region: number; asOfDay: number; said: Pick<ClaimParts, "outcomes" | "events"> } | null = null;
  function saidAsOf(region: number, asOfDay: number): Pick<ClaimParts, "outcomes" | "events"> {
    if (read?.region === region && read.asOfDay === asOfDay) return read.said;
    const { offsetMinutes } = parts.entries.regionRow(region);
    // Feeds are opened only where a day holds an allowance: visits need none.
    let bySubject: ReadonlyMap<string, RuleEvent[]> | null = null;
    const said = {
      outcomes: new Outcomes(parts.reviews, region, 0, asOfDay),
      events: (subject: string) => {
        bySubject ??= eventsAsOf(parts.reviews, vault, region, offsetMinutes, asOfDay).bySubject;
        return bySubject.get(subject) ?? [];
      },
    };
    read = { region, asOfDay, said };
    return said;
  }

  /** The rule set that a day was reviewed with; zero where no rules were in force. */
  function reviewedWith(region: number, day: number, asOfDay: number): Hex {
    const review = parts.reviews.reviewOf(region, day);
    if (review && review.day <= asOfDay) return review.ruleset;
    if (ruleSetOn(parts.reviews, region, day)) throw new Refusal("not_reviewed");
    return ZERO_HASH;
  }

  const kept = new Map<number, OpenedRegistry>();
  function openBook(region: number, asOfDay: number): RegistryBook {
    if (!parts.keepOpened) return new RegistryBook(new OpenedRegistry(parts.registry, vault, region, asOfDay), asOfDay);
    const opened = kept.get(region) ?? new OpenedRegistry(parts.registry, vault, region, Number.MAX_SAFE_INTEGER);
    kept.set(region, opened);
    return new RegistryBook(opened, asOfDay);
  }

  function before(region: number, day: number, revision: number): Before | null {
    if (revision === 1) return null;
    const lines = new Map(store.lines(region, day, revision - 1).map((line) => [line.index, line]));
    return { parts: store.parts(region, day, revision - 1), lines };
  }

  function compute(region: number, day: number, options: PriceOptions = {}): Computed {
    const { asOfDay = day, revision = (store.latest(region, day)?.revision ?? 0) + 1 } = options;
    const book = options.book ?? openBook(region, asOfDay);
    const [sealed, known] = [seals.of(region, day), seals.of(region, asOfDay)];
    if (!sealed || !known || asOfDay < day) throw new Refusal("not_sealed");
    const ruleset = reviewedWith(region, day, asOfDay);
    const { offsetMinutes: offset } = parts.entries.regionRow(region);
    const last = before(region, day, revision);
    const at = { region, day, asOfDay, offset, size: sealed.size };
    const { claims, funds: touched } = claimsOfDay({ store, book, booked, ...saidAsOf(region, asOfDay) }, at, last);
    const settledParts = settleDay(claims, [...touched]);
    const asOf: AsOf = { region, day: asOfDay, head: known.head };
    const lines = claims.flatMap(({ index, claim }): LineRow[] => {
      if (!claim) return [];
      const shares = settledParts.map((part) => part.lines[index]!.shareFen);
      const first = settledParts[0]?.lines[index] ?? unsharedLine(index);
      const { status, priceFen, verdicts, payee } = first;
      return [{ index, status, priceFen, shares, verdicts, payee, ...unitsOfClaim(claim, last?.lines.get(index)) }];
    });
    const settlement = {
      region,
      day,
      revision,
      asOfDay,
      asOf: asOfHash([asOf]),
      ruleset,
      size: sealed.size,
    };
    return {
      settlement,
      parts: settledParts,
      lines,
      // Only who looks at them pays for them.
      get changes() {
        return changesBetween(last, settledParts, lines);
      },
    };
  }

  function erasedLines(region: number, day: number, book: RegistryBook): Set<number> {
    const visits = store.visits(region, day, day).filter((row) => book.isErased(uuidText(row[4])));
    const allowances = store.entitlements(region, day).filter(({ elder }) => book.isErased(elder));
    return new Set([...visits.map((row) => row[1]), ...allowances.map(({ index }) => index)]);
  }

  return { compute, book: openBook, erasedLines };
}

export const unsharedLine = (index: number): SettlementLine => ({
  index,
  status: "zero",
  priceFen: 0n,
  shareFen: 0n,
  verdicts: ZERO_HASH,
  payee: ZERO_HASH,
});

const sameAmounts = (a: Record<string, bigint>, b: Record<string, bigint>): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((fund) => (a[fund] ?? 0n) === (b[fund] ?? 0n));

function changesBetween(last: Before | null, settled: readonly SettledPart[], lines: readonly LineRow[]): LineChange[] {
  const named = (line: LineRow, funds: readonly { fund: string }[]) =>
    Object.fromEntries(line.shares.map((share, i) => [funds[i]!.fund, share]));
  return lines.flatMap((line): LineChange[] => {
    const old = last?.lines.get(line.index);
    const before = old ? { status: old.status, shares: named(old, last!.parts) } : null;
    const after = { status: line.status, shares: named(line, settled) };
    const same = before && before.status === after.status && sameAmounts(before.shares, after.shares);
    return same ? [] : [{ index: line.index, before, after, payee: line.payee }];
  });
}
