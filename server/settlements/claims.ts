import { type Hex, ZERO_HASH } from "../../core/bytes.ts";
import { claimVisits, type KnownVisit, periodOf } from "../../core/claims.ts";
import { dayOf } from "../../core/day.ts";
import { allowanceOf, monthOf, proRata } from "../../core/entitlement.ts";
import { nameHash } from "../../core/payout.ts";
import type { RuleEvent } from "../../core/rules/rule.ts";
import type { CarriedLine, Decision, EntryClaim, FixedClaim, UnitClaim } from "../../core/settlement.ts";
import { uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace, boxValues } from "../entries/details.ts";
import type { RegistryBook } from "../registry/book.ts";
import type { Outcomes } from "../reviews/outcomes.ts";
import type { LineRow, PartRow, SettlementStore, VisitRow } from "./store.ts";

/** What a day's entries claim, out of the books as they stood at some day of the log. */
export interface DayClaims {
  claims: EntryClaim[];
  /** Every fund that any claim could touch. */
  funds: Set<string>;
}

/** The newest settlement of the day before this one: lines whose details were erased are taken from it. */
export interface Before {
  parts: readonly PartRow[];
  lines: ReadonlyMap<number, LineRow>;
}

export interface ClaimParts {
  store: SettlementStore;
  book: RegistryBook;
  booked: BookedUnits;
  /** What verdicts and decisions say of each entry. */
  outcomes: Outcomes;
  /** What other authorities told of a person. */
  events: (subject: string) => readonly RuleEvent[];
}

const UNREADABLE = -1;
/** Days of booked units that are kept; a month and a correction's reach. */
const CACHED_DAYS = 100;

/** How many units visits were booked for: read from their details once, for a sealed day never changes. */
export class BookedUnits {
  readonly #store: SettlementStore;
  readonly #vault: Vault;
  readonly #days = new Map<string, Map<number, number>>();
  constructor(store: SettlementStore, vault: Vault) {
    this.#store = store;
    this.#vault = vault;
  }

  of(region: number, day: number): ReadonlyMap<number, number> {
    const name = `${region}/${day}`;
    const known = this.#days.get(name);
    if (known) return known;
    const units = new Map<number, number>();
    for (const [index, id, person, box] of this.#store.visitBoxes(region, day)) {
      const opened = this.#vault.open(region, person, boxPlace(region, uuidText(id), 0), box);
      units.set(index, opened === null ? UNREADABLE : unitsOf(opened));
    }
    if (this.#days.size >= CACHED_DAYS) this.#days.clear();
    this.#days.set(name, units);
    return units;
  }
}

function unitsOf(opened: Buffer): number {
  const { circumstances } = boxValues(opened, CIRCUMSTANCES) as { circumstances?: { units?: number } };
  return circumstances?.units ?? 0;
}
const CIRCUMSTANCES = ["circumstances"];

const REPLACED: Decision = { outcome: "replaced", verdicts: ZERO_HASH };

const knownVisit = (row: VisitRow, bookedUnits: number): KnownVisit => {
  const [, , id, provider, elder, item, startedAt, endedAt] = row;
  return { id: uuidText(id), provider, elder: uuidText(elder), item, startedAt, endedAt, bookedUnits };
};

/** First day of the log whose visits may use the same plans as visits that began on `serviceDay`. */
function periodStart(serviceDay: number): number {
  // A device's clock may run ahead: a visit can stand in the log of the evening before.
  return Math.min(periodOf("month", serviceDay), periodOf("week", serviceDay)) - 1;
}

/** An earlier line as it was; held where there is none, so that somebody looks: its details can no longer be read. */
function carried(before: Before | null, index: number, payee: Hex): CarriedLine {
  const line = before?.lines.get(index);
  if (!line) return { carried: { status: "held", priceFen: 0n, shares: [], verdicts: ZERO_HASH, payee } };
  const { status, priceFen, verdicts } = line;
  const shares = line.shares.map((share, i) => [before!.parts[i]!.fund, share] as const);
  return { carried: { status, priceFen, shares: shares.filter(([, fen]) => fen > 0n), verdicts, payee: line.payee } };
}

function visitClaims(
  parts: ClaimParts,
  at: { region: number; day: number; asOfDay: number; offset: number },
  before: Before | null,
): Map<number, UnitClaim | CarriedLine> {
  const { store, book, booked, outcomes } = parts;
  const earliest = store.earliestStart(at.region, at.day);
  if (earliest === null) return new Map();
  const rows = store.visits(at.region, periodStart(dayOf(earliest, at.offset)), at.day);
  const replaced = new Set<string>();
  const visits = rows.map((row) => {
    const units = booked.of(at.region, row[0]).get(row[1]) ?? UNREADABLE;
    const visit = knownVisit(row, Math.max(0, units));
    if (row[8] !== null && row[8] <= at.asOfDay) replaced.add(visit.id);
    return visit;
  });
  const decide = (visit: KnownVisit): Decision => (replaced.has(visit.id) ? REPLACED : outcomes.of(visit.id));
  const claims = claimVisits(visits, book, (time) => dayOf(time, at.offset), decide);
  const found = new Map<number, UnitClaim | CarriedLine>();
  rows.forEach(([day, index], i) => {
    if (day !== at.day) return;
    const visit = visits[i]!;
    const claim = claims.get(visit.id)!;
    found.set(index, book.isErased(visit.elder) ? carried(before, index, claim.payee) : claim);
  });
  return found;
}

function entitlementClaims(
  { store, book, outcomes, events }: ClaimParts,
  at: { region: number; day: number },
  before: Before | null,
): Map<number, FixedClaim | CarriedLine> {
  const found = new Map<number, FixedClaim | CarriedLine>();
  for (const { id, index, programme, elder, month } of store.entitlements(at.region, at.day)) {
    const payee = nameHash(elder);
    if (book.isErased(elder)) found.set(index, carried(before, index, payee));
    else {
      const due = allowanceOf(book, programme, elder, month);
      const moved = events(elder).find(
        ({ type, precision, fromDay }) => type === "moved" && precision !== "month" && monthOf(fromDay) === month,
      );
      const { fund, amountFen } =
        typeof due === "string" ? { fund: "", amountFen: 0n } : proRata(due, month, moved?.fromDay ?? null);
      found.set(index, { payee, fund, amountFen, decision: outcomes.of(id) });
    }
  }
  return found;
}

function fundsOf(claim: UnitClaim | FixedClaim | CarriedLine): readonly string[] {
  if ("carried" in claim) return claim.carried.shares.map(([fund]) => fund);
  if ("amountFen" in claim) return claim.amountFen > 0n ? [claim.fund] : [];
  return claim.tariff?.shares.map(({ bearer }) => bearer) ?? [];
}

/** One claim for every entry of a sealed day; entries that are not paid have none. */
export function claimsOfDay(
  parts: ClaimParts,
  at: { region: number; day: number; asOfDay: number; offset: number; size: number },
  before: Before | null,
): DayClaims {
  const visits = visitClaims(parts, at, before);
  const allowances = entitlementClaims(parts, at, before);
  const funds = new Set(before?.parts.map(({ fund }) => fund));
  const claims = Array.from({ length: at.size }, (_, index): EntryClaim => {
    const claim = visits.get(index) ?? allowances.get(index) ?? null;
    if (claim) for (const fund of fundsOf(claim)) funds.add(fund);
    return { index, claim };
  });
  return { claims, funds };
}

/** The units that a line tells, so that a provider sees why it was paid so much. */
export function unitsOfClaim(claim: EntryClaim["claim"], before: LineRow | undefined) {
  if (claim && "carried" in claim) {
    const { booked, evidenced, authorised } = before ?? { booked: 0, evidenced: 0, authorised: 0 };
    return { booked, evidenced, authorised };
  }
  if (!claim || "amountFen" in claim) return { booked: 0, evidenced: 0, authorised: 0 };
  const { bookedUnits, evidencedUnits, authorisedUnits } = claim;
  // Without a daily cap only the plan bounds what is authorised.
  return { booked: bookedUnits, evidenced: evidencedUnits, authorised: authorisedUnits };
}
