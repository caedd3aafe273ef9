import type { Moment, RowOf } from "../../server/imports/schema.ts";
import type { EventDetails } from "../../server/reviews/feeds.ts";
import type { Pseudonym } from "./entries.ts";

export interface FeedRow {
  line: number;
  subject: string;
  event: EventDetails;
  source: string;
  /** Unix seconds at which it was reported. */
  reportedAt: number;
}

/** A row of events.csv as a feed; dates are days of the region. */
export function feedOf(row: RowOf<"events.csv">, line: number, of: Pseudonym, offsetMinutes: number): FeedRow {
  const at = ({ seconds, isDate }: Moment) => (isDate ? seconds - offsetMinutes * 60 : seconds);
  const event: EventDetails = {
    type: row.type,
    precision: row.precision,
    from: at(row.from),
    ...(row.to && { to: at(row.to) }),
    official: row.official,
  };
  const subject = of(row.subject_type === "elder" ? "elder" : "carer", row.subject);
  return { line, subject, event, source: row.source, reportedAt: at(row.reported_at) };
}
