import { type At, type Group, isNew, type ReviewVisit } from "./rule.ts";
import type { Tally } from "./tally.ts";

/**
 * Windows of days of service. They end with a visit's day, not with the day on which it was received: who hands in a month
 * at its end is looked at as who hands in every evening.
 */

/** The first and the last day of service among what is new; null when nothing is. */
export function newDays(visits: readonly ReviewVisit[], at: { day: number }): { first: number; last: number } | null {
  let [first, last] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  for (const visit of visits)
    if (isNew(visit, at)) [first, last] = [Math.min(first, visit.serviceDay), Math.max(last, visit.serviceDay)];
  return first > last ? null : { first, last };
}

/** The visits of so many days that end with the last day of service among what is new. */
export function lastWindow(visits: readonly ReviewVisit[], at: { day: number }, days: number): ReviewVisit[] {
  const news = newDays(visits, at);
  if (!news) return [];
  return visits.filter(({ serviceDay }) => serviceDay > news.last - days && serviceDay <= news.last);
}

/**
 * What that window was before today: the visits that were known, in the days that ended with the last of them. A share may
 * have become a fault because others left the window: then what stayed in it was never named.
 */
export function windowBefore(visits: readonly ReviewVisit[], at: { day: number }, days: number): ReviewVisit[] {
  const news = newDays(visits, at);
  const known = visits.filter((visit) => !isNew(visit, at) && (!news || visit.serviceDay <= news.last));
  const last = known.reduce((latest, { serviceDay }) => Math.max(latest, serviceDay), Number.MIN_SAFE_INTEGER);
  return known.filter(({ serviceDay }) => serviceDay > last - days);
}

/** A carer's counts in the same days, by the summaries. */
export function lastTally({ key, visits }: Group, at: At, days: number): Tally & { days: number } {
  const last = newDays(visits, at)?.last ?? at.day;
  return at.summaries.tally(key, last - days + 1, last);
}

/** Every window of so many days that holds something new, and ends with a day of service. */
export function windows(visits: readonly ReviewVisit[], at: { day: number }, days: number): ReviewVisit[][] {
  const news = newDays(visits, at);
  if (!news) return [];
  const ends = new Set<number>();
  for (const { serviceDay } of visits)
    if (serviceDay >= news.first && serviceDay < news.last + days) ends.add(serviceDay);
  return [...ends]
    .map((end) => visits.filter(({ serviceDay }) => serviceDay > end - days && serviceDay <= end))
    .filter((window) => window.some((visit) => isNew(visit, at)));
}
