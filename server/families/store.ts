import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";

export function openFamilyStore(sql: Sql) {
  const ofElder = sql.prepare(
    `SELECT e.id FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx
      WHERE v.region = ? AND v.day >= ? AND v.elder = ? ORDER BY v.started_at DESC LIMIT ?`,
  );
  const named = sql.prepare(
    `SELECT e.id FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx
      WHERE v.region = ? AND v.day >= ? AND v.caregiver = ? AND v.started_at = ? AND v.ended_at = ? ORDER BY v.day, v.idx`,
  );
  const ids = (rows: unknown[]) => (rows as { id: Buffer }[]).map(({ id }) => uuidText(id));
  return {
    /** Visits to an elder since a day of the log, the newest first. */
    ofElder: (region: number, elder: string, sinceDay: number, limit: number): string[] =>
      ids(ofElder.all(region, sinceDay, uuidBytes(elder), limit)),
    /** The visit that a carer made at exactly these times; null when none stands in the log since that day. */
    at: (region: number, carer: string, from: number, to: number, sinceDay: number): string | null =>
      ids(named.all(region, sinceDay, uuidBytes(carer), from, to))[0] ?? null,
  };
}
export type FamilyStore = ReturnType<typeof openFamilyStore>;
