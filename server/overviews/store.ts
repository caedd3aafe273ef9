import { ENTRY_KINDS } from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";
import { uuidText } from "../db/uuid.ts";

export interface EntryAt {
  id: string;
  kind: string;
  day: number;
  index: number;
}

export function openOverviewStore(sql: Sql) {
  const ids = sql
    .prepare(
      `SELECT e.id FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx
        WHERE v.region = ? AND v.day BETWEEN ? AND ?`,
    )
    .pluck();
  const count = sql.prepare("SELECT count(*) FROM visit WHERE region = ? AND day BETWEEN ? AND ?").pluck();
  const entries = sql.prepare("SELECT count(*) FROM entry").pluck();
  const entry = sql.prepare('SELECT id, kind, day, idx AS "index" FROM entry WHERE region = ? AND day = ? AND idx = ?');
  const byProvider = sql.prepare(
    "SELECT provider, count(*) AS visits FROM visit WHERE region = ? AND day BETWEEN ? AND ? GROUP BY provider",
  );
  const paid = sql.prepare(
    `SELECT l.day, l.idx AS "index", l.shares, v.elder, t.programme, t.elder AS entitled FROM settlement_line l
      LEFT JOIN visit v ON v.region = l.region AND v.day = l.day AND v.idx = l.idx
      LEFT JOIN entitlement t ON t.region = l.region AND t.day = l.day AND t.idx = l.idx
      WHERE l.region = ? AND l.day = ? AND l.revision = ? AND l.status = 1`,
  );
  return {
    visitIds: (region: number, fromDay: number, toDay: number): Iterable<string> =>
      (function* () {
        for (const id of ids.iterate(region, fromDay, toDay) as IterableIterator<Buffer>) yield uuidText(id);
      })(),
    countVisits: (region: number, fromDay: number, toDay: number): number =>
      count.get(region, fromDay, toDay) as number,
    countEntries: (): number => entries.get() as number,
    entryAt(region: number, day: number, index: number): EntryAt | null {
      const row = entry.get(region, day, index) as { id: Buffer; kind: number; day: number; index: number } | undefined;
      return row ? { ...row, id: uuidText(row.id), kind: ENTRY_KINDS[row.kind]! } : null;
    },
    visitsByProvider: (region: number, fromDay: number, toDay: number): { provider: string; visits: number }[] =>
      byProvider.all(region, fromDay, toDay) as { provider: string; visits: number }[],
    /** Paid lines of a settlement: fen by part, and for whom. */
    paidLines: (region: number, day: number, revision: number) =>
      (
        paid.all(region, day, revision) as {
          shares: string;
          elder: Buffer | null;
          programme: string | null;
          entitled: Buffer | null;
        }[]
      ).map(({ shares, elder, programme, entitled }) => ({
        shares: (JSON.parse(shares) as number[]).map(BigInt),
        programme,
        elder: elder ? uuidText(elder) : entitled ? uuidText(entitled) : null,
      })),
  };
}
export type OverviewStore = ReturnType<typeof openOverviewStore>;
