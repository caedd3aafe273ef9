import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import { ENTRY_KINDS } from "../../core/entry.ts";
import { LINE_STATUSES, type LineStatus } from "../../core/settlement.ts";
import { MAX_AMOUNT, type SumNode, type SumNodeHex } from "../../core/sumTree.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";

export interface SettlementRow {
  region: number;
  day: number;
  revision: number;
  asOfDay: number;
  asOf: Hex;
  ruleset: Hex;
  size: number;
}

export interface PartRow {
  fund: string;
  root: SumNodeHex;
}

/** One entry's line in all parts of a settlement. */
export interface LineRow {
  index: number;
  status: LineStatus;
  priceFen: bigint;
  /** Fen in the order of the parts. */
  shares: bigint[];
  verdicts: Hex;
  payee: Hex;
  booked: number;
  evidenced: number;
  authorised: number;
}

/** Where a settlement stands: on which of the ledger's chains, and in which of its blocks. */
export interface SettlementAnchor {
  deployment: number;
  tx: Hex;
  blockNumber: number;
  blockHash: Hex;
}

/** A visit as its claim needs it. */
export type VisitRow = [
  day: number,
  index: number,
  id: Buffer,
  provider: string,
  elder: Buffer,
  item: string,
  startedAt: number,
  endedAt: number,
  /** Day of the log that brought its correction; null when none did. */
  replacedOn: number | null,
];

interface RawSettlement extends Omit<SettlementRow, "asOf" | "ruleset"> {
  asOf: Buffer;
  ruleset: Buffer;
}
type RawLine = [number, number, number, string, Buffer, Buffer, number, number, number];

const COLUMNS = "region, day, revision, as_of_day AS asOfDay, as_of AS asOf, ruleset, size";
const settlementOf = (row: RawSettlement): SettlementRow => ({
  ...row,
  asOf: toHex(row.asOf),
  ruleset: toHex(row.ruleset),
});
const lineOf = ([index, status, priceFen, shares, verdicts, payee, ...units]: RawLine): LineRow => ({
  index,
  status: LINE_STATUSES[status]!,
  priceFen: BigInt(priceFen),
  shares: (JSON.parse(shares) as number[]).map(BigInt),
  verdicts: toHex(verdicts),
  payee: toHex(payee),
  booked: units[0],
  evidenced: units[1],
  authorised: units[2],
});
const NODE_BYTES = 48;
function tileOf(nodes: readonly SumNode[]): Buffer {
  const bytes = Buffer.alloc(nodes.length * NODE_BYTES);
  nodes.forEach(({ hash, sum }, i) => {
    bytes.set(hash, i * NODE_BYTES);
    bytes.writeBigUInt64BE(sum >> 64n, i * NODE_BYTES + 32);
    bytes.writeBigUInt64BE(sum & MAX_AMOUNT, i * NODE_BYTES + 40);
  });
  return bytes;
}
const nodesOf = (bytes: Buffer): SumNode[] =>
  Array.from({ length: bytes.length / NODE_BYTES }, (_, i) => ({
    hash: new Uint8Array(bytes.subarray(i * NODE_BYTES, i * NODE_BYTES + 32)),
    sum: (bytes.readBigUInt64BE(i * NODE_BYTES + 32) << 64n) | bytes.readBigUInt64BE(i * NODE_BYTES + 40),
  }));
const VISIT_KIND = ENTRY_KINDS.indexOf("Visit");

export function openSettlementStore(sql: Sql) {
  const latest = sql.prepare(
    `SELECT ${COLUMNS} FROM settlement WHERE region = ? AND day = ? ORDER BY revision DESC LIMIT 1`,
  );
  const one = sql.prepare(`SELECT ${COLUMNS} FROM settlement WHERE region = ? AND day = ? AND revision = ?`);
  const all = sql.prepare(`SELECT ${COLUMNS} FROM settlement WHERE region = ? ORDER BY day, revision`);
  const ofDay = sql.prepare(`SELECT ${COLUMNS} FROM settlement WHERE region = ? AND day = ? ORDER BY revision`);
  const parts = sql.prepare(
    "SELECT fund, root, total_fen AS total FROM settlement_part WHERE region = ? AND day = ? AND revision = ? ORDER BY fund",
  );
  const LINE = "idx, status, price_fen, shares, verdicts, payee, booked, evidenced, authorised";
  const lines = sql
    .prepare(`SELECT ${LINE} FROM settlement_line WHERE region = ? AND day = ? AND revision = ? ORDER BY idx`)
    .raw();
  const line = sql
    .prepare(`SELECT ${LINE} FROM settlement_line WHERE region = ? AND day = ? AND revision = ? AND idx = ?`)
    .raw();
  const byPayee = sql
    .prepare(
      `SELECT payee, sum(json_extract(shares, ?)) FROM settlement_line WHERE region = ? AND day = ? AND revision = ?
        GROUP BY payee`,
    )
    .raw();
  const insertSettlement = sql.prepare("INSERT INTO settlement VALUES (?, ?, ?, ?, ?, ?, ?)");
  const insertPart = sql.prepare("INSERT INTO settlement_part VALUES (?, ?, ?, ?, ?, ?)");
  const insertTile = sql.prepare("INSERT INTO settlement_tile VALUES (?, ?, ?, ?, ?)");
  const tile = sql
    .prepare("SELECT nodes FROM settlement_tile WHERE region = ? AND day = ? AND revision = ? AND fund = ?")
    .pluck();
  const someLines = sql
    .prepare(
      `SELECT ${LINE} FROM settlement_line WHERE region = ? AND day = ? AND revision = ? AND idx >= ? AND idx < ?`,
    )
    .raw();
  const insertLine = sql.prepare("INSERT INTO settlement_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const unsent = sql.prepare(
    `SELECT ${COLUMNS} FROM settlement s WHERE region = ? AND NOT EXISTS (SELECT 1 FROM settlement_anchor a
      WHERE a.region = s.region AND a.day = s.day AND a.revision = s.revision) ORDER BY day, revision`,
  );
  const insertAnchor = sql.prepare("INSERT INTO settlement_anchor VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const anchor = sql.prepare(
    `SELECT deployment, tx, block_number AS blockNumber, block_hash AS blockHash FROM settlement_anchor
      WHERE region = ? AND day = ? AND revision = ?`,
  );
  const unsettled = sql
    .prepare(
      `SELECT a.day FROM anchor a WHERE a.region = ? AND NOT EXISTS (SELECT 1 FROM settlement s
        WHERE s.region = a.region AND s.day = a.day) ORDER BY a.day`,
    )
    .pluck();
  // A correction that came after the newest settlement of the day that it corrects, and is settled itself.
  const corrected = sql
    .prepare(
      `SELECT DISTINCT v.day FROM visit rv
        JOIN entry e ON e.region = rv.region AND e.id = rv.replaces
        JOIN visit v ON v.region = e.region AND v.day = e.day AND v.idx = e.idx
        WHERE rv.region = ? AND rv.replaces > x''
          AND EXISTS (SELECT 1 FROM settlement s WHERE s.region = rv.region AND s.day = rv.day)
          AND (SELECT max(as_of_day) FROM settlement s WHERE s.region = v.region AND s.day = v.day) < rv.day
        ORDER BY v.day`,
    )
    .pluck();
  const visits = sql
    .prepare(
      `SELECT v.day, v.idx, e.id, v.provider, v.elder, v.item, v.started_at, v.ended_at,
        (SELECT rv.day FROM visit rv WHERE rv.region = v.region AND rv.replaces = e.id)
        FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx
        WHERE v.region = ? AND v.day BETWEEN ? AND ? ORDER BY v.day, v.idx`,
    )
    .raw();
  const started = sql.prepare("SELECT min(started_at) FROM visit WHERE region = ? AND day = ?").pluck();
  const visitBoxes = sql
    .prepare(
      `SELECT b.idx, e.id, b.person, b.box FROM detail_box b
        JOIN entry e ON e.region = b.region AND e.day = b.day AND e.idx = b.idx AND e.kind = ${VISIT_KIND}
        WHERE b.region = ? AND b.day = ? AND b.slot = 0 ORDER BY b.idx`,
    )
    .raw();
  const entitlements = sql.prepare(
    `SELECT e.id, t.idx AS "index", t.programme, t.elder, t.month FROM entitlement t
      JOIN entry e ON e.region = t.region AND e.day = t.day AND e.idx = t.idx WHERE t.region = ? AND t.day = ? ORDER BY t.idx`,
  );
  const entitled = sql.prepare(
    "SELECT 1 FROM entitlement WHERE region = ? AND programme = ? AND elder = ? AND month = ?",
  );
  const place = sql.prepare('SELECT day, idx AS "index", id FROM entry WHERE region = ? AND id = ?');
  const idAt = sql.prepare("SELECT id FROM entry WHERE region = ? AND day = ? AND idx = ?").pluck();

  return {
    latest: (region: number, day: number): SettlementRow | null => {
      const row = latest.get(region, day) as RawSettlement | undefined;
      return row ? settlementOf(row) : null;
    },
    of: (region: number, day: number, revision: number): SettlementRow | null => {
      const row = one.get(region, day, revision) as RawSettlement | undefined;
      return row ? settlementOf(row) : null;
    },
    /** All revisions of a day, oldest first. */
    ofDay: (region: number, day: number): SettlementRow[] =>
      (ofDay.all(region, day) as RawSettlement[]).map(settlementOf),
    all: (region: number): SettlementRow[] => (all.all(region) as RawSettlement[]).map(settlementOf),
    parts: (region: number, day: number, revision: number): PartRow[] =>
      (parts.all(region, day, revision) as { fund: string; root: Buffer; total: number }[]).map(
        ({ fund, root, total }) => ({ fund, root: { hash: toHex(root), sum: BigInt(total) } }),
      ),
    lines: (region: number, day: number, revision: number): LineRow[] =>
      (lines.all(region, day, revision) as RawLine[]).map(lineOf),
    linesBetween: (region: number, day: number, revision: number, from: number, to: number): LineRow[] =>
      (someLines.all(region, day, revision, from, to) as RawLine[]).map(lineOf),
    /** Roots of each 256 lines of a part. */
    tile: (region: number, day: number, revision: number, fund: string): SumNode[] =>
      nodesOf(tile.get(region, day, revision, fund) as Buffer),
    line: (region: number, day: number, revision: number, index: number): LineRow | null => {
      const row = line.get(region, day, revision, index) as RawLine | undefined;
      return row ? lineOf(row) : null;
    },
    /** What each payee gets of one part; `position` is the part's place among the settlement's parts. */
    byPayee: (region: number, day: number, revision: number, position: number): Map<Hex, bigint> =>
      new Map(
        (byPayee.all(`$[${position}]`, region, day, revision) as [Buffer, number][]).map(([payee, sum]) => [
          toHex(payee),
          BigInt(sum),
        ]),
      ),
    /** A settlement with its parts and lines, all or nothing. A crash after it leaves a settlement that waits to be sent. */
    save: sql.transaction(
      (
        s: SettlementRow,
        partRows: readonly (PartRow & { chunks: readonly SumNode[] })[],
        lineRows: Iterable<LineRow>,
      ) => {
        const at = [s.region, s.day, s.revision];
        insertSettlement.run(...at, s.asOfDay, fromHex(s.asOf), fromHex(s.ruleset), s.size);
        for (const { fund, root, chunks } of partRows) {
          insertPart.run(...at, fund, fromHex(root.hash), root.sum);
          insertTile.run(...at, fund, tileOf(chunks));
        }
        for (const l of lineRows) {
          const shares = `[${l.shares.join()}]`;
          const hashes = [fromHex(l.verdicts), fromHex(l.payee)];
          const units = [l.booked, l.evidenced, l.authorised];
          insertLine.run(...at, l.index, LINE_STATUSES.indexOf(l.status), l.priceFen, shares, ...hashes, ...units);
        }
      },
    ).immediate,
    unsent: (region: number): SettlementRow[] => (unsent.all(region) as RawSettlement[]).map(settlementOf),
    anchored(
      at: { region: number; day: number; revision: number },
      deployment: number,
      mined: { tx: Hex; blockNumber: number; blockHash: Hex },
    ): void {
      const { tx, blockNumber, blockHash } = mined;
      const place = [at.region, at.day, at.revision];
      insertAnchor.run(...place, deployment, fromHex(tx), blockNumber, fromHex(blockHash));
    },
    anchor(region: number, day: number, revision: number): SettlementAnchor | null {
      type Raw = Omit<SettlementAnchor, "tx" | "blockHash"> & { tx: Buffer; blockHash: Buffer };
      const row = anchor.get(region, day, revision) as Raw | undefined;
      return row ? { ...row, tx: toHex(row.tx), blockHash: toHex(row.blockHash) } : null;
    },
    /** Anchored days that were never settled. */
    unsettledDays: (region: number): number[] => unsettled.all(region) as number[],
    /** Settled days of which a visit was corrected by one that is settled, so that both would be paid. */
    correctedDays: (region: number): number[] => corrected.all(region) as number[],
    visits: (region: number, fromDay: number, toDay: number): VisitRow[] =>
      visits.all(region, fromDay, toDay) as VisitRow[],
    /** When the earliest visit among a day's entries began; null on a day without visits. */
    earliestStart: (region: number, day: number) => started.get(region, day) as number | null,
    visitBoxes: (region: number, day: number) =>
      visitBoxes.iterate(region, day) as IterableIterator<[index: number, id: Buffer, person: Buffer, box: Buffer]>,
    entitlements: (region: number, day: number) =>
      (
        entitlements.all(region, day) as {
          id: Buffer;
          index: number;
          programme: string;
          elder: Buffer;
          month: number;
        }[]
      ).map((row) => ({ ...row, id: uuidText(row.id), elder: uuidText(row.elder) })),
    isEntitled: (region: number, programme: string, elder: string, month: number): boolean =>
      entitled.get(region, programme, uuidBytes(elder), month) !== undefined,
    place(region: number, id: string): { day: number; index: number } | null {
      const row = place.get(region, uuidBytes(id)) as { day: number; index: number } | undefined;
      return row ? { day: row.day, index: row.index } : null;
    },
    /** Rows of parts and lines that belong to no settlement. */
    strays: (region: number): { table: string; count: number }[] =>
      ["settlement_part", "settlement_line"].map((table) => ({
        table,
        count: sql
          .prepare(
            `SELECT count(*) FROM ${table} t WHERE region = ? AND NOT EXISTS (SELECT 1 FROM settlement s
              WHERE s.region = t.region AND s.day = t.day AND s.revision = t.revision)`,
          )
          .pluck()
          .get(region) as number,
      })),
    idAt: (region: number, day: number, index: number): string => uuidText(idAt.get(region, day, index) as Buffer),
  };
}
export type SettlementStore = ReturnType<typeof openSettlementStore>;
