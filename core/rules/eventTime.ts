import { daysOfMonth, monthOf } from "../entitlement.ts";
import type { At, Group, ReviewVisit, RuleEvent } from "./rule.ts";
import { isNew } from "./rule.ts";

/** How a visit lies to what a feed told: inside it, on its first or last day, or outside. */
export type Lying = "inside" | "boundary" | "outside";

/**
 * With time precision, inside is what lies wholly in [from, to). With day precision the first and the last day are
 * boundary days; with month precision the first and the last month are, because nobody knows on which day it began.
 */
export function liesIn(visit: ReviewVisit, event: RuleEvent): Lying {
  const { serviceDay: day } = visit;
  if (event.precision === "time") {
    const inside = visit.startedAt >= event.from && (event.to === null || visit.endedAt <= event.to);
    return inside ? "inside" : "outside";
  }
  if (day < event.fromDay || (event.toDay !== null && day > event.toDay)) return "outside";
  if (event.precision === "day") return day === event.fromDay || day === event.toDay ? "boundary" : "inside";
  return monthOf(day) === monthOf(event.fromDay) || (event.toDay !== null && monthOf(day) === monthOf(event.toDay))
    ? "boundary"
    : "inside";
}

/** First day on which the event holds without doubt: of a month, the month after; of a day, the day after. */
export function certainFrom(event: RuleEvent): number {
  if (event.precision === "day") return event.fromDay + 1;
  if (event.precision === "time") return event.fromDay;
  return daysOfMonth(monthOf(event.fromDay)).last + 1;
}

type Unjudged = (readonly [ReviewVisit, RuleEvent])[];
const NOTHING: Unjudged = [];

/** Visits and events of a group that have not been held against each other yet: one of the two is new. */
export function unjudged(
  { visits, news }: Group,
  at: Pick<At, "day" | "book">,
  subjectOf: (visit: ReviewVisit) => string,
): Unjudged {
  const events = visits.length === 0 ? [] : at.book.events(subjectOf(visits[0]!));
  if (events.length === 0) return NOTHING;
  const arrived = new Set(news.map(({ id }) => id));
  return visits.flatMap((visit) =>
    events.flatMap((event): Unjudged => (isNew(visit, at) || arrived.has(event.id) ? [[visit, event]] : [])),
  );
}
