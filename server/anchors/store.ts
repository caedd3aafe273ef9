import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import type { Sql } from "../db/client.ts";

export interface Anchor {
  region: number;
  day: number;
  chainId: number;
  contract: Hex;
  tx: Hex;
  blockNumber: number;
  blockHash: Hex;
  anchoredAt: number;
}

interface AnchorRow {
  region: number;
  day: number;
  chainId: number;
  contract: Buffer;
  tx: Buffer;
  blockNumber: number;
  blockHash: Buffer;
  anchoredAt: number;
}

const COLUMNS =
  "region, day, chain_id AS chainId, contract, tx, block_number AS blockNumber, block_hash AS blockHash, anchored_at AS anchoredAt";
const anchorOf = (row: AnchorRow): Anchor => ({
  ...row,
  contract: toHex(row.contract),
  tx: toHex(row.tx),
  blockHash: toHex(row.blockHash),
});

export function openAnchorStore(sql: Sql) {
  const one = sql.prepare(`SELECT ${COLUMNS} FROM anchor WHERE region = ? AND day = ?`);
  const last = sql.prepare("SELECT max(day) FROM anchor WHERE region = ?").pluck();
  const insert = sql.prepare("INSERT INTO anchor VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const forget = sql.prepare("DELETE FROM anchor WHERE region = ?");
  const receiptHeads = sql.prepare("SELECT DISTINCT day, head FROM submission WHERE region = ? ORDER BY day");
  return {
    of: (region: number, day: number): Anchor | null => {
      const row = one.get(region, day) as AnchorRow | undefined;
      return row ? anchorOf(row) : null;
    },
    lastDay: (region: number): number | null => last.get(region) as number | null,
    save: sql.transaction((anchors: Anchor[]) => {
      for (const a of anchors)
        insert.run(
          a.region,
          a.day,
          a.chainId,
          fromHex(a.contract),
          fromHex(a.tx),
          a.blockNumber,
          fromHex(a.blockHash),
          a.anchoredAt,
        );
    }),
    /** Before a replay onto an empty chain: where the seals stood is no longer true. */
    forget: (region: number) => forget.run(region),
    /** The heads that stored receipts promise, by the day on which they were given. */
    receiptHeads: (region: number): { day: number; head: Hex }[] =>
      (receiptHeads.all(region) as { day: number; head: Buffer }[]).map((row) => ({
        day: row.day,
        head: toHex(row.head),
      })),
  };
}
export type AnchorStore = ReturnType<typeof openAnchorStore>;
