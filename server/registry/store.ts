import { ENTRY_KINDS, type RegistryKind } from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";

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
  const named = ({ rowid: _rowid, region: _region, kind, ...rest }: Raw): RegistryRow => ({
    kind: ENTRY_KINDS[kind] as RegistryKind,
    ...rest,
  });
  return {
    newest: () => newest.get() as number,
    /** What was appended since a row; the one query that crosses regions, for the memory of all of them. */
    after: (rowid: number) =>
      (after.all(rowid) as Raw[]).map((raw) => ({ region: raw.region, rowid: raw.rowid, ...named(raw) })),
    versions: (region: number, kind: RegistryKind, subject: string) =>
      (versions.all(region, ENTRY_KINDS.indexOf(kind), subject) as Raw[]).map(named),
    list: (region: number, kind: RegistryKind, afterSubject: string, limit: number) =>
      (list.all(region, ENTRY_KINDS.indexOf(kind), afterSubject, limit) as Raw[]).map(named),
  };
}
export type RegistryStore = ReturnType<typeof openRegistryStore>;
