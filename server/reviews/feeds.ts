import { dayOf } from "../../core/day.ts";
import { daysOfMonth, monthOf } from "../../core/entitlement.ts";
import type { EventType, Precision, RuleEvent } from "../../core/rules/rule.ts";
import type { Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { ReviewStore } from "./store.ts";

/** What a feed states, as it stands in the details of its entry. */
export interface EventDetails {
  type: EventType;
  precision: Precision;
  /** Unix seconds; of a day or month any moment in it. */
  from: number;
  /** Absent while it lasts. */
  to?: number;
  official: number;
}

/** An event as rules read it: days and months are those of the region. */
export function ruleEvent(
  at: { id: string; subject: string; day: number },
  { type, precision, from, to, official }: EventDetails,
  offsetMinutes: number,
): RuleEvent {
  const days = (time: number, edge: "first" | "last"): number => {
    const day = dayOf(time, offsetMinutes);
    return precision === "month" ? daysOfMonth(monthOf(day))[edge] : day;
  };
  return {
    id: at.id,
    subject: at.subject,
    type,
    precision,
    from,
    to: to ?? null,
    fromDay: days(from, "first"),
    toDay: to === undefined ? null : days(to, "last"),
    official: official === 1,
    arrivedDay: at.day,
  };
}

/** Everything that feeds told by a day of the log and nobody took back; and what arrived or was taken back on that day. */
export function eventsAsOf(store: ReviewStore, vault: Vault, region: number, offsetMinutes: number, day: number) {
  const rows = store.feeds(region, day);
  const retracted = new Set(rows.map(({ retracts }) => retracts));
  const bySubject = new Map<string, RuleEvent[]>();
  const news: RuleEvent[] = [];
  for (const row of rows) {
    if (row.retracts !== null || retracted.has(row.id)) continue;
    const event = openBox<{ event: EventDetails }>(vault, region, row)?.event;
    if (!event) continue;
    const known = ruleEvent(row, event, offsetMinutes);
    bySubject.set(row.subject, [...(bySubject.get(row.subject) ?? []), known]);
    if (row.day === day) news.push(known);
  }
  const taken = rows.flatMap((row) => (row.day === day && row.retracts !== null ? [row.retracts] : []));
  return { bySubject, news, retracted: taken };
}
