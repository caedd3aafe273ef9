import { mondayOf } from "./day.ts";
import { daysOfMonth, monthOf } from "./entitlement.ts";
import { nameHash } from "./payout.ts";
import type { Decision, Tariff, UnitClaim } from "./settlement.ts";

/**
 * From visits to claims: how many units were booked, evidenced and authorised. Pure, and in the order of the log: a unit
 * of a plan belongs to the visit that was received first, so that a settlement never takes back what an earlier one gave
 * because somebody submitted late.
 */
export interface KnownVisit {
  id: string;
  provider: string;
  elder: string;
  item: string;
  /** Unix seconds. */
  startedAt: number;
  endedAt: number;
  bookedUnits: number;
}

export interface Measure {
  unitMinutes: number;
  minimumMinutes: number;
  /** Units of the item for one elder and day; 0: no cap. */
  dailyCap: number;
}

export interface KnownPlan {
  id: string;
  units: number;
  period: "day" | "week" | "month";
  /** Two carers at one visit are two visits: the plan authorises the units for each. */
  carers: number;
}

/** What was valid on the day of a visit; null where there was nothing. */
export interface Rates {
  measure(item: string, day: number): Measure | null;
  plan(visit: KnownVisit, day: number): KnownPlan | null;
  tariff(item: string, day: number): Tariff | null;
}

/** Seconds that count for a unit though they were not served. */
export const GRACE_SECONDS = 300;

/** Whole units of a stay, rounded down after the grace; none when the item's minimum was not reached. */
export function evidencedUnits({ startedAt, endedAt }: KnownVisit, { unitMinutes, minimumMinutes }: Measure): number {
  const seconds = Math.max(0, endedAt - startedAt) + GRACE_SECONDS;
  return endedAt <= startedAt || seconds < minimumMinutes * 60 ? 0 : Math.floor(seconds / (unitMinutes * 60));
}

/** First day of the period of a plan that holds a day: the day, the week from Monday on, or the month. */
export function periodOf(period: KnownPlan["period"], day: number): number {
  if (period === "month") return firstOfMonth(day);
  return period === "week" ? mondayOf(day) : day;
}

// Visits of one settlement lie in a few months: each of their days is looked up once.
const months = new Map<number, number>();
function firstOfMonth(day: number): number {
  const known = months.get(day);
  if (known !== undefined) return known;
  if (months.size > 1000) months.clear();
  const { first } = daysOfMonth(monthOf(day));
  months.set(day, first);
  return first;
}

/** What is left of plans and daily caps, as visits use it up. */
class Quotas {
  readonly #used = new Map<string, number>();

  left(name: string, limit: number): number {
    return Math.max(0, limit - (this.#used.get(name) ?? 0));
  }
  use(name: string, units: number): void {
    this.#used.set(name, (this.#used.get(name) ?? 0) + units);
  }
}

/**
 * The claims of visits, by id. `visits` come in the order of the log and reach back to the beginning of the longest
 * period that touches the day to be settled; `decide` says what the review holds of each. What is denied or replaced
 * uses up nothing; what is held keeps its units until it is decided.
 */
export function claimVisits(
  visits: readonly KnownVisit[],
  rates: Rates,
  dayOf: (unixSeconds: number) => number,
  decide: (visit: KnownVisit) => Decision,
): Map<string, UnitClaim> {
  const quotas = new Quotas();
  const claims = new Map<string, UnitClaim>();
  for (const visit of visits) {
    const day = dayOf(visit.startedAt);
    const [measure, plan, decision] = [rates.measure(visit.item, day), rates.plan(visit, day), decide(visit)];
    const evidenced = measure ? evidencedUnits(visit, measure) : 0;
    const planned = plan && `plan ${plan.id} ${periodOf(plan.period, day)}`;
    const capped = measure && measure.dailyCap > 0 ? `cap ${visit.elder} ${visit.item} ${day}` : null;
    const authorised = Math.min(
      planned ? quotas.left(planned, plan.units * plan.carers) : 0,
      capped ? quotas.left(capped, measure!.dailyCap * (plan?.carers ?? 1)) : Number.MAX_SAFE_INTEGER,
    );
    const units = Math.min(visit.bookedUnits, evidenced, authorised);
    if (decision.outcome === "pay" || decision.outcome === "held")
      for (const quota of [planned, capped]) if (quota) quotas.use(quota, units);
    claims.set(visit.id, {
      payee: nameHash(visit.provider),
      bookedUnits: visit.bookedUnits,
      evidencedUnits: evidenced,
      authorisedUnits: authorised,
      tariff: rates.tariff(visit.item, day),
      decision,
    });
  }
  return claims;
}
