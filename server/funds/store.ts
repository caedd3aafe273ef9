import type { MoneyEvent, MoneyEventName } from "../../core/books.ts";
import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import type { Sql } from "../db/client.ts";

export interface StoredEvent extends MoneyEvent {
  region: number;
  code: string;
  /** Which of the ledger's chains reported it: one more after each replay onto an empty one. */
  deployment: number;
}

interface EventRow {
  region: number;
  fund: string;
  name: string;
  args: string;
  deployment: number;
  tx: Buffer;
  blockNumber: number;
  logIndex: number;
  at: number;
}

const COLUMNS = "region, fund, name, args, deployment, tx, block_number AS blockNumber, log_index AS logIndex, at";
const eventOf = ({ fund: code, args, tx, name, ...row }: EventRow): StoredEvent => ({
  ...row,
  name: name as MoneyEventName,
  code,
  fund: nameHash(code),
  args: JSON.parse(args) as Record<string, string>,
  tx: toHex(tx),
});

/** What the chain reported of funds, as it was read. */
export function openFundStore(sql: Sql) {
  const list = sql.prepare(`SELECT ${COLUMNS} FROM fund_event WHERE region = ? AND fund = ? ORDER BY seq`);
  const codes = sql.prepare("SELECT DISTINCT fund FROM fund_event WHERE region = ? ORDER BY fund").pluck();
  const next = sql.prepare("SELECT ifnull(max(seq) + 1, 0) FROM fund_event WHERE region = ? AND fund = ?").pluck();
  const last = sql.prepare(
    `SELECT block_number AS blockNumber, log_index AS logIndex, tx FROM fund_event WHERE deployment = ?
      ORDER BY block_number DESC, log_index DESC LIMIT 1`,
  );
  const known = sql.prepare(
    "SELECT DISTINCT region, fund FROM fund_event WHERE deployment = ? AND name = 'FundOpened' ORDER BY region, fund",
  );
  const gaps = sql
    .prepare("SELECT fund FROM fund_event WHERE region = ? GROUP BY fund HAVING max(seq) + 1 != count(*)")
    .pluck();
  const insert = sql.prepare("INSERT INTO fund_event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  return {
    /** Every event of a fund, in the order of the chain. */
    events: (region: number, code: string): StoredEvent[] => (list.all(region, code) as EventRow[]).map(eventOf),
    /** Funds whose events have a gap in their numbers. */
    gaps: (region: number): string[] => gaps.all(region) as string[],
    codes: (region: number): string[] => codes.all(region) as string[],
    /** The newest event of a deployment; the one query that crosses regions, to know where reading stopped. */
    last(deployment: number): { blockNumber: number; logIndex: number; tx: Hex } | null {
      const row = last.get(deployment) as { blockNumber: number; logIndex: number; tx: Buffer } | undefined;
      return row ? { ...row, tx: toHex(row.tx) } : null;
    },
    /** Funds that were opened in a deployment. */
    opened: (deployment: number): { region: number; fund: string }[] =>
      known.all(deployment) as { region: number; fund: string }[],
    /** Appends what is newer than the newest that is known: another process may have read the same meanwhile. */
    append: sql.transaction((deployment: number, events: StoredEvent[]) => {
      const known = last.get(deployment) as { blockNumber: number; logIndex: number } | undefined;
      for (const e of events) {
        const older =
          known &&
          (e.blockNumber < known.blockNumber || (e.blockNumber === known.blockNumber && e.logIndex <= known.logIndex));
        if (older) continue;
        const seq = next.get(e.region, e.code) as number;
        const place = [deployment, fromHex(e.tx), e.blockNumber, e.logIndex, e.at];
        insert.run(e.region, e.code, seq, e.name, JSON.stringify(e.args), ...place);
      }
    }).immediate,
  };
}
export type FundStore = ReturnType<typeof openFundStore>;
