import type { Hex } from "../../core/bytes.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import type { Seal } from "../../core/seal.ts";
import type { Sql } from "../db/client.ts";
import { type ReadTile, TILE_WIDTH } from "./nodes.ts";

interface SealRow {
  region: number;
  day: number;
  size: number;
  root: Buffer;
  head: Buffer;
}
export type SealedDay = Seal;

const COLUMNS = "region, day, size, root, head";
const sealOf = (row: SealRow): SealedDay => ({ ...row, root: toHex(row.root), head: toHex(row.head) });

/** One run of the day's index: a key's tag and subject with all its places. */
export type IndexRow = [tag: number, subject: Buffer, index: number];

// Sorted by the database, so that memory does not grow with the day. Registry subjects are text UUIDs but for providers.
const INDEX_QUERY = `
  SELECT tag, subject, idx FROM (
    SELECT 1 AS tag, CAST(provider AS BLOB) AS subject, idx FROM visit WHERE region = @region AND day = @day
    UNION ALL SELECT 2, caregiver, idx FROM visit WHERE region = @region AND day = @day
    UNION ALL SELECT 3, elder, idx FROM visit WHERE region = @region AND day = @day
    UNION ALL SELECT 3, elder, idx FROM entitlement WHERE region = @region AND day = @day
    UNION ALL SELECT kind + 1, CASE kind WHEN 0 THEN CAST(subject AS BLOB) ELSE unhex(subject, '-') END, idx
      FROM registry_entry WHERE region = @region AND day = @day AND kind IN (0, 1, 2)
  ) ORDER BY tag, subject, idx`;

export function openSealStore(sql: Sql) {
  const last = sql.prepare(`SELECT ${COLUMNS} FROM seal WHERE region = ? ORDER BY day DESC LIMIT 1`);
  const one = sql.prepare(`SELECT ${COLUMNS} FROM seal WHERE region = ? AND day = ?`);
  const list = sql.prepare(`SELECT ${COLUMNS} FROM seal WHERE region = ? AND day >= ? ORDER BY day LIMIT ?`);
  const size = sql.prepare("SELECT ifnull(max(idx) + 1, 0) FROM entry WHERE region = ? AND day = ?").pluck();
  const digests = sql
    .prepare("SELECT digest FROM entry WHERE region = ? AND day = ? AND idx >= ? ORDER BY idx")
    .pluck();
  const counts = sql.prepare("SELECT kind, count(*) FROM entry WHERE region = ? AND day = ? GROUP BY kind").raw();
  const accesses = sql
    .prepare("SELECT digest FROM entry WHERE region = ? AND day = ? AND kind = ? ORDER BY idx")
    .pluck();
  const insertSeal = sql.prepare("INSERT INTO seal VALUES (?, ?, ?, ?, ?)");
  const insertTile = sql.prepare("INSERT INTO tile VALUES (?, ?, ?, ?, ?)");
  const moveHead = sql.prepare("UPDATE region SET head = ? WHERE region = ?");
  const turn = sql.prepare(
    "UPDATE region SET open_day = ?, size = 0, last_received_at = max(last_received_at, ?) WHERE region = ? AND open_day < ?",
  );
  const tile = sql.prepare("SELECT hashes FROM tile WHERE region = ? AND day = ? AND level = ? AND idx = ?").pluck();
  const index = sql.prepare(INDEX_QUERY).raw();

  return {
    last: (region: number): SealedDay | null => {
      const row = last.get(region) as SealRow | undefined;
      return row ? sealOf(row) : null;
    },
    of: (region: number, day: number): SealedDay | null => {
      const row = one.get(region, day) as SealRow | undefined;
      return row ? sealOf(row) : null;
    },
    list: (region: number, fromDay: number, limit: number): SealedDay[] =>
      (list.all(region, fromDay, limit) as SealRow[]).map(sealOf),
    sizeOf: (region: number, day: number): number => size.get(region, day) as number,
    digests: (region: number, day: number, from = 0) => digests.iterate(region, day, from) as IterableIterator<Buffer>,
    counts: (region: number, day: number) => counts.all(region, day) as [number, number][],
    accessDigests: (region: number, day: number, kind: number) => accesses.all(region, day, kind) as Buffer[],
    index: (region: number, day: number) => index.iterate({ region, day }) as IterableIterator<IndexRow>,
    /** Ends the open day at the clock's word; true when there was one to end. */
    turn: (region: number, day: number, now: number): boolean => turn.run(day, now, region, day).changes > 0,
    /** Reads hashes of `count` nodes of a tile level from `first` on, which never cross a row. Each row is fetched once. */
    tiles(region: number, day: number): ReadTile {
      const rows = new Map<string, Buffer | undefined>();
      return (level, first, count) => {
        const row = Math.floor(first / TILE_WIDTH);
        const name = `${level}/${row}`;
        if (!rows.has(name)) rows.set(name, tile.get(region, day, level, row) as Buffer | undefined);
        const hashes = rows.get(name);
        const at = (first - row * TILE_WIDTH) * 32;
        if (!hashes || hashes.length < at + count * 32)
          throw new Error(`tile missing: region ${region} day ${day} level ${level} row ${row}`);
        // No Buffer: what slices one changes it.
        return new Uint8Array(hashes.buffer, hashes.byteOffset + at, count * 32);
      };
    },
    /** The day's last entry, its tiles and its seal, all or nothing. A crash before leaves the day waiting. */
    seal: sql.transaction(
      (day: SealedDay, tiles: { level: number; index: number; hashes: Uint8Array }[], writeClose: () => void) => {
        writeClose();
        for (const { level, index, hashes } of tiles) insertTile.run(day.region, day.day, level, index, hashes);
        insertSeal.run(day.region, day.day, day.size, fromHex(day.root), fromHex(day.head));
        moveHead.run(fromHex(day.head), day.region);
      },
    ).immediate,
    setHead: (region: number, head: Hex) => moveHead.run(fromHex(head), region),
  };
}
export type SealStore = ReturnType<typeof openSealStore>;
