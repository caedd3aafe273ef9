import { ENTRY_KINDS, type RegistryKind } from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";
import { uuidText } from "../db/uuid.ts";

export interface RegistryRow {
  kind: RegistryKind;
  subject: string;
  provider: string;
  version: number;
  validFrom: number;
  validTo: number;
  day: number;
  index: number;
}

/** A version with its sealed details. */
export interface BoxedRow extends Omit<RegistryRow, "kind"> {
  id: string;
  person: Buffer | null;
  box: Buffer | null;
}

type Raw = Omit<RegistryRow, "kind"> & { kind: number; rowid: number; region: number };
const COLUMNS =
  'rowid, region, kind, subject, provider, version, valid_from AS validFrom, valid_to AS validTo, day, idx AS "index"';

export function openRegistryStore(sql: Sql) {
  const newest = sql.prepare("SELECT ifnull(max(rowid), 0) FROM registry_entry").pluck();
  const after = sql.prepare(`SELECT ${COLUMNS} FROM registry_entry WHERE rowid > ? ORDER BY rowid`);
  const versions = sql.prepare(
    `SELECT ${COLUMNS} FROM registry_entry WHERE region = ? AND kind = ? AND subject = ? ORDER BY version`,
  );
  const list = sql.prepare(
    `SELECT ${COLUMNS} FROM registry_entry WHERE region = ? AND kind = ? AND subject > ? GROUP BY subject HAVING version = max(version) ORDER BY subject LIMIT ?`,
  );
  const boxedSelect = `SELECT r.subject, r.provider, r.version, r.valid_from AS validFrom, r.valid_to AS validTo, r.day, r.idx AS "index",
      e.id, b.person, b.box FROM registry_entry r
      JOIN entry e ON e.region = r.region AND e.day = r.day AND e.idx = r.idx
      LEFT JOIN detail_box b ON b.region = r.region AND b.day = r.day AND b.idx = r.idx AND b.slot = 0
      WHERE r.region = ? AND r.kind = ?`;
  const boxed = sql.prepare(`${boxedSelect} AND r.day <= ? ORDER BY r.day, r.idx`);
  const boxedOf = sql.prepare(`${boxedSelect} AND r.subject = ? ORDER BY r.version`);
  const named = ({ rowid: _rowid, region: _region, kind, ...rest }: Raw): RegistryRow => ({
    kind: ENTRY_KINDS[kind] as RegistryKind,
    ...rest,
  });
  return {
    newest: () => newest.get() as number,
    /** What was appended since a row; the one query that crosses regions, for the memory of all of them. */
    after: (rowid: number) =>
      (after.all(rowid) as Raw[]).map((raw) => ({ region: raw.region, rowid: raw.rowid, ...named(raw) })),
    /** Every version of a kind up to and with a day of the log, with its sealed details. */
    *boxed(region: number, kind: RegistryKind, asOfDay: number): Generator<BoxedRow> {
      type Raw = Omit<BoxedRow, "id"> & { id: Buffer };
      const rows = boxed.iterate(region, ENTRY_KINDS.indexOf(kind), asOfDay) as IterableIterator<Raw>;
      for (const row of rows) yield { ...row, id: uuidText(row.id) };
    },
    /** Every version of one subject, with its sealed details. */
    boxedOf(region: number, kind: RegistryKind, subject: string): BoxedRow[] {
      type Raw = Omit<BoxedRow, "id"> & { id: Buffer };
      const rows = boxedOf.all(region, ENTRY_KINDS.indexOf(kind), subject) as Raw[];
      return rows.map((row) => ({ ...row, id: uuidText(row.id) }));
    },
    versions: (region: number, kind: RegistryKind, subject: string) =>
      (versions.all(region, ENTRY_KINDS.indexOf(kind), subject) as Raw[]).map(named),
    list: (region: number, kind: RegistryKind, afterSubject: string, limit: number) =>
      (list.all(region, ENTRY_KINDS.indexOf(kind), afterSubject, limit) as Raw[]).map(named),
  };
}
export type RegistryStore = ReturnType<typeof openRegistryStore>;
