import { distanceM } from "./distance.ts";
import type { At, ReviewVisit, RuleBook } from "./rule.ts";
import { isNew } from "./rule.ts";

export interface Pair {
  a: ReviewVisit;
  b: ReviewVisit;
  /** Of the half-open intervals [start, end). */
  overlapSeconds: number;
}

/** Visits at once that each further one is held against: those that last longest. */
export const MAX_AT_ONCE = 16;

/**
 * All pairs of visits that overlap, at least one of them new. `visits` come by their beginning; those that still last are
 * kept, so that a long visit hides none of the short ones behind it.
 */
export function overlaps(visits: readonly ReviewVisit[], at: Pick<At, "day">): Pair[] {
  const pairs: Pair[] = [];
  let lasting: ReviewVisit[] = [];
  let latestEnd = 0;
  for (const b of visits) {
    if (latestEnd <= b.startedAt) lasting = [];
    else {
      lasting = lasting.filter((a) => a.endedAt > b.startedAt);
      // Whoever claims a thousand visits at once is named in each of them all the same, not in half a million pairs.
      if (lasting.length > MAX_AT_ONCE) lasting = lasting.sort((a, c) => c.endedAt - a.endedAt).slice(0, MAX_AT_ONCE);
      for (const a of lasting)
        if (isNew(a, at) || isNew(b, at))
          pairs.push({ a, b, overlapSeconds: Math.min(a.endedAt, b.endedAt) - b.startedAt });
    }
    lasting.push(b);
    latestEnd = Math.max(latestEnd, b.endedAt);
  }
  return pairs;
}

/** Homes that are told apart by no household lie this near to each other when they are one. */
const ONE_HOME_M = 20;

/** Whether two elders live together, and how many metres apart their homes are; null where a home is not known. */
export function homesOf(book: RuleBook, a: ReviewVisit, b: ReviewVisit): { together: boolean; metres: number } | null {
  const [one, other] = [book.home(a.elder, a.serviceDay), book.home(b.elder, b.serviceDay)];
  if (!one || !other) return null;
  const metres = distanceM(one, other);
  const sameHousehold = one.household !== "" && one.household === other.household;
  const untold = one.household === "" || other.household === "";
  return { together: sameHousehold || (untold && metres <= ONE_HOME_M), metres };
}

/** Both carers of one planned two-carer visit. */
export function isPlannedPair(book: RuleBook, a: ReviewVisit, b: ReviewVisit): boolean {
  if (!a.twoCarer || !b.twoCarer || a.group === "" || a.group !== b.group || a.carer === b.carer) return false;
  // A region that keeps no plans is told of two carers by the visits themselves.
  if (!book.keepsPlans()) return true;
  return [a, b].every((visit) => book.planOf(visit, visit.serviceDay)?.carers === 2);
}

/** A nurse with an aide: two items, both planned, each naming the other as one that may go on beside it. */
export function mayGoTogether(book: RuleBook, a: ReviewVisit, b: ReviewVisit): boolean {
  if (a.item === b.item) return false;
  const names = (one: ReviewVisit, other: ReviewVisit) =>
    book.item(one.item, one.serviceDay)?.concurrentWith.includes(other.item) ?? false;
  const planned = (visit: ReviewVisit) => !book.keepsPlans() || book.planOf(visit, visit.serviceDay) !== null;
  return names(a, b) && names(b, a) && planned(a) && planned(b);
}
