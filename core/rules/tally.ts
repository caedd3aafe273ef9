import { type ReviewVisit, type RuleBook, secondsOf } from "./rule.ts";

/** One carer's day of service. */
export interface Tally {
  visits: number;
  /** Of all visits but live-in ones. */
  seconds: number;
  manual: number;
  /** Within a minute of whole tariff units. */
  exact: number;
  /** From a device that is registered to somebody else. */
  foreign: number;
  confirmed: number;
  denied: number;
}

export const TALLIED = ["visits", "seconds", "manual", "exact", "foreign", "confirmed", "denied"] as const;

export const emptyTally = (): Tally => ({
  visits: 0,
  seconds: 0,
  manual: 0,
  exact: 0,
  foreign: 0,
  confirmed: 0,
  denied: 0,
});

/** Adds a visit. */
export function count(tally: Tally, visit: ReviewVisit, book: RuleBook): void {
  const item = book.item(visit.item, visit.serviceDay);
  tally.visits++;
  if (!item?.traits.includes("live_in")) tally.seconds += secondsOf(visit);
  if (visit.manual || visit.replaces) tally.manual++;
  if (item && isExact(visit, item.unitMinutes)) tally.exact++;
  if (isForeign(visit, book)) tally.foreign++;
  if (visit.family === "confirmed") tally.confirmed++;
  if (visit.family === "denied") tally.denied++;
}

export const EXACT_SECONDS = 60;
export function isExact(visit: ReviewVisit, unitMinutes: number): boolean {
  const unit = unitMinutes * 60;
  const units = Math.max(1, Math.round(secondsOf(visit) / unit));
  return Math.abs(secondsOf(visit) - units * unit) <= EXACT_SECONDS;
}

/** A device that is registered, and not to the carer who used it. */
export function isForeign(visit: ReviewVisit, book: RuleBook): boolean {
  if (visit.device === "") return false;
  const owners = book.ownersOf(visit.device);
  return owners.size > 0 && !owners.has(visit.carer);
}

/** Of visits, ten-thousandths that are exact; null where there are none. */
export const exactShare = ({ visits, exact }: Pick<Tally, "visits" | "exact">): number | null =>
  visits === 0 ? null : Math.floor((exact * 10_000) / visits);
