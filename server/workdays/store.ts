import { dayStart } from "../../core/day.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";

export function openWorkdayStore(sql: Sql) {
  const visited = sql
    .prepare("SELECT DISTINCT elder FROM visit WHERE region = ? AND day >= ? AND caregiver = ?")
    .pluck();
  const done = sql.prepare(
    `SELECT v.elder, v.item, count(*) AS count FROM visit v WHERE v.region = ? AND v.day BETWEEN ? AND ? AND v.provider = ?
      AND v.started_at >= ? AND NOT EXISTS (SELECT 1 FROM visit c WHERE c.region = v.region AND c.replaces =
        (SELECT e.id FROM entry e WHERE e.region = v.region AND e.day = v.day AND e.idx = v.idx)) GROUP BY v.elder, v.item`,
  );
  const offset = sql.prepare("SELECT offset_minutes FROM region WHERE region = ?").pluck();
  return {
    /** Whom a carer visited since a day of the log. */
    visitedBy: (region: number, carer: string, sinceDay: number): string[] =>
      (visited.all(region, sinceDay, uuidBytes(carer)) as Buffer[]).map(uuidText),
    /** Visits of a provider that began on a day, by `elder/item`; those that were corrected count once. */
    doneOn(region: number, provider: string, day: number): Map<string, number> {
      const start = dayStart(day, offset.get(region) as number);
      const rows = done.all(region, day - 1, day, provider, start) as { elder: Buffer; item: string; count: number }[];
      return new Map(rows.map((row) => [`${uuidText(row.elder)}/${row.item}`, row.count]));
    },
  };
}
export type WorkdayStore = ReturnType<typeof openWorkdayStore>;
