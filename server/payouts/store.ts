import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import type { RunTerms } from "../../core/payout.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";

export interface RunRow {
  region: number;
  /** Hash of the terms: the run's name. */
  hash: Hex;
  fund: string;
  number: number;
  terms: RunTerms;
}

export interface RunDayRow {
  day: number;
  revision: number;
  /** Revision that earlier runs paid; zero for none. */
  before: number;
}

export interface RunLineRow {
  index: number;
  /** Credit code or pseudonym. */
  payee: string;
  account: Hex;
  /** Entry whose details hold the account. */
  accountDay: number;
  accountIndex: number;
  amountFen: bigint;
}

export interface DebtRow {
  index: number;
  payee: string;
  amountFen: bigint;
}

export const PAYMENT_STATES = ["ordered", "accepted", "rejected", "paid", "returned"] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export interface PaymentEventRow {
  terms: Hex;
  index: number;
  what: PaymentState;
  amountFen: bigint;
  reason: string;
}

export const BANK_FILE_KINDS = ["pain.001", "pain.002", "camt.053", "card-list"] as const;
export type BankFileKind = (typeof BANK_FILE_KINDS)[number];

export interface BankFileRow {
  region: number;
  hash: Hex;
  kind: BankFileKind;
  fund: string;
  reference: string;
  takenAt: number;
  takenBy: string;
  box: Buffer;
}

export interface AccountRequestRow {
  id: string;
  payee: string;
  box: Buffer;
  reason: string;
  requestedBy: string;
  requestedAt: number;
  approvedBy: string | null;
}

/** Terms as they stand in the books: amounts as decimal strings. */
export function termsText(terms: RunTerms): string {
  return JSON.stringify(terms, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
/** Throws on what is not the text of terms. */
export function termsOf(text: string): RunTerms {
  const raw = JSON.parse(text) as RunTerms;
  const node = ({ hash, sum }: RunTerms["lines"]) => ({ hash, sum: BigInt(sum) });
  return { ...raw, lines: node(raw.lines), debts: node(raw.debts) };
}

interface RawRun {
  region: number;
  terms: Buffer;
  fund: string;
  number: number;
  body: string;
}
const runOf = ({ terms, body, ...row }: RawRun): RunRow => ({ ...row, hash: toHex(terms), terms: termsOf(body) });
const RUN = "region, terms, fund, number, body";
const FILE = "region, hash, kind, fund, reference, taken_at AS takenAt, taken_by AS takenBy, box";
type RawFile = Omit<BankFileRow, "hash"> & { hash: Buffer };
type RawLine = [number, string, Buffer, number, number, number];
type RawEvent = [Buffer, number, PaymentState, number, string];

export function openPayoutStore(sql: Sql) {
  const run = sql.prepare(`SELECT ${RUN} FROM run WHERE region = ? AND terms = ?`);
  const runs = sql.prepare(`SELECT ${RUN} FROM run WHERE region = ? AND fund = ? ORDER BY number, rowid`);
  const allRuns = sql.prepare(`SELECT ${RUN} FROM run WHERE region = ? ORDER BY fund, number, rowid`);
  const days = sql.prepare("SELECT day, revision, before FROM run_day WHERE region = ? AND terms = ? ORDER BY day");
  const LINE = "idx, payee, account, account_day, account_idx, amount_fen";
  const lines = sql.prepare(`SELECT ${LINE} FROM run_line WHERE region = ? AND terms = ? ORDER BY idx`).raw();
  const debts = sql
    .prepare("SELECT idx, payee, amount_fen FROM debt_line WHERE region = ? AND terms = ? ORDER BY idx")
    .raw();
  const insertRun = sql.prepare("INSERT INTO run VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const insertDay = sql.prepare("INSERT INTO run_day VALUES (?, ?, ?, ?, ?)");
  const insertLine = sql.prepare("INSERT INTO run_line VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const insertDebt = sql.prepare("INSERT INTO debt_line VALUES (?, ?, ?, ?, ?)");
  const file = sql.prepare(`SELECT ${FILE} FROM bank_file WHERE region = ? AND hash = ?`);
  const files = sql.prepare(`SELECT ${FILE} FROM bank_file WHERE region = ? AND fund = ? ORDER BY taken_at, reference`);
  const allFiles = sql.prepare(`SELECT ${FILE} FROM bank_file WHERE region = ? ORDER BY taken_at, reference`);
  const named = sql.prepare(
    `SELECT ${FILE} FROM bank_file WHERE region = ? AND kind = ? AND fund = ? AND reference = ?`,
  );
  const insertFile = sql.prepare("INSERT INTO bank_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const insertEvent = sql.prepare("INSERT INTO payment_event VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const events = sql
    .prepare(
      `SELECT p.terms, p.idx, p.what, p.amount_fen, p.reason FROM payment_event p
        JOIN bank_file f ON f.region = p.region AND f.hash = p.file
        WHERE p.region = ? AND p.terms = ? ORDER BY f.taken_at, f.rowid, p.seq`,
    )
    .raw();
  const lastEvent = sql
    .prepare(
      `SELECT p.terms, p.idx, p.what, p.amount_fen, p.reason, p.file FROM payment_event p
        JOIN bank_file f ON f.region = p.region AND f.hash = p.file
        WHERE p.region = ? AND p.terms = ? AND p.idx = ? ORDER BY f.taken_at DESC, f.rowid DESC, p.seq DESC LIMIT 1`,
    )
    .raw();
  const eventsOfFile = sql
    .prepare(
      "SELECT terms, idx, what, amount_fen, reason FROM payment_event WHERE region = ? AND file = ? ORDER BY seq",
    )
    .raw();
  const REQUEST =
    "id, payee, box, reason, requested_by AS requestedBy, requested_at AS requestedAt, approved_by AS approvedBy";
  const request = sql.prepare(`SELECT ${REQUEST} FROM account_request WHERE region = ? AND id = ?`);
  const open = sql.prepare(
    `SELECT ${REQUEST} FROM account_request WHERE region = ? AND approved_by IS NULL ORDER BY requested_at`,
  );
  const insertRequest = sql.prepare("INSERT INTO account_request VALUES (?, ?, ?, ?, ?, ?, ?, NULL)");
  const approve = sql.prepare(
    "UPDATE account_request SET approved_by = ? WHERE region = ? AND id = ? AND approved_by IS NULL",
  );

  const strays = (table: string, owner: "run" | "bank_file", key: "terms" | "hash", region: number): number =>
    sql
      .prepare(
        `SELECT count(*) FROM ${table} t WHERE region = ? AND NOT EXISTS
          (SELECT 1 FROM ${owner} o WHERE o.region = t.region AND o.${key} = t.${key === "hash" ? "file" : "terms"})`,
      )
      .pluck()
      .get(region) as number;
  const gaps = (region: number): number =>
    sql
      .prepare(
        "SELECT count(*) FROM (SELECT 1 FROM payment_event WHERE region = ? GROUP BY file HAVING max(seq) + 1 != count(*))",
      )
      .pluck()
      .get(region) as number;

  const eventOf = ([terms, index, what, amountFen, reason]: RawEvent): PaymentEventRow => ({
    terms: toHex(terms),
    index,
    what,
    amountFen: BigInt(amountFen),
    reason,
  });
  const fileOf = (raw: RawFile): BankFileRow => ({ ...raw, hash: toHex(raw.hash) });
  type RawRequest = Omit<AccountRequestRow, "id"> & { id: Buffer };
  const requestOf = (raw: RawRequest): AccountRequestRow => ({ ...raw, id: uuidText(raw.id) });

  return {
    run: (region: number, hash: Hex): RunRow | null => {
      const row = run.get(region, fromHex(hash)) as RawRun | undefined;
      return row ? runOf(row) : null;
    },
    /** All runs that were ever prepared for a fund; the chain says which of them were proposed. */
    runs: (region: number, fund: string): RunRow[] => (runs.all(region, fund) as RawRun[]).map(runOf),
    allRuns: (region: number): RunRow[] => (allRuns.all(region) as RawRun[]).map(runOf),
    days: (region: number, hash: Hex): RunDayRow[] => days.all(region, fromHex(hash)) as RunDayRow[],
    lines: (region: number, hash: Hex): RunLineRow[] =>
      (lines.all(region, fromHex(hash)) as RawLine[]).map(([index, payee, account, accountDay, accountIndex, fen]) => ({
        index,
        payee,
        account: toHex(account),
        accountDay,
        accountIndex,
        amountFen: BigInt(fen),
      })),
    debts: (region: number, hash: Hex): DebtRow[] =>
      (debts.all(region, fromHex(hash)) as [number, string, number][]).map(([index, payee, fen]) => ({
        index,
        payee,
        amountFen: BigInt(fen),
      })),
    /** A prepared run with everything that it pays, all or nothing; preparing the same again changes nothing. */
    saveRun: sql.transaction((row: RunRow, dayRows: RunDayRow[], lineRows: RunLineRow[], debtRows: DebtRow[]) => {
      const at = [row.region, fromHex(row.hash)];
      const { fund, number } = row;
      if (insertRun.run(...at, fund, number, termsText(row.terms)).changes === 0) return;
      for (const { day, revision, before } of dayRows) insertDay.run(...at, day, revision, before);
      for (const { index, payee, account, accountDay, accountIndex, amountFen } of lineRows)
        insertLine.run(...at, index, payee, fromHex(account), accountDay, accountIndex, amountFen);
      for (const { index, payee, amountFen } of debtRows) insertDebt.run(...at, index, payee, amountFen);
    }).immediate,
    file: (region: number, hash: Hex): BankFileRow | null => {
      const row = file.get(region, fromHex(hash)) as RawFile | undefined;
      return row ? fileOf(row) : null;
    },
    fileNamed: (region: number, kind: BankFileKind, fund: string, reference: string): BankFileRow | null => {
      const row = named.get(region, kind, fund, reference) as RawFile | undefined;
      return row ? fileOf(row) : null;
    },
    files: (region: number, fund: string): BankFileRow[] => (files.all(region, fund) as RawFile[]).map(fileOf),
    allFiles: (region: number): BankFileRow[] => (allFiles.all(region) as RawFile[]).map(fileOf),
    /** Files with everything that they say of payments, all or nothing. */
    saveFiles: sql.transaction((rows: { file: BankFileRow; events: PaymentEventRow[] }[]) => {
      for (const { file: f, events: list } of rows) {
        const { kind, fund, reference, takenAt, takenBy, box } = f;
        insertFile.run(f.region, fromHex(f.hash), kind, fund, reference, takenAt, takenBy, box);
        list.forEach(({ terms, index, what, amountFen, reason }, seq) => {
          insertEvent.run(f.region, fromHex(f.hash), seq, fromHex(terms), index, what, amountFen, reason);
        });
      }
    }).immediate,
    /** What banks said of a run's payments, in the order in which it came. */
    events: (region: number, hash: Hex): PaymentEventRow[] =>
      (events.all(region, fromHex(hash)) as RawEvent[]).map(eventOf),
    /** What a bank said last of one payment, and in which file. */
    lastEvent(region: number, hash: Hex, index: number): (PaymentEventRow & { file: Hex }) | null {
      const row = lastEvent.get(region, fromHex(hash), index) as [...RawEvent, Buffer] | undefined;
      return row ? { ...eventOf([row[0], row[1], row[2], row[3], row[4]]), file: toHex(row[5]) } : null;
    },
    eventsOfFile: (region: number, hash: Hex): PaymentEventRow[] =>
      (eventsOfFile.all(region, fromHex(hash)) as RawEvent[]).map(eventOf),
    /** Rows that belong to no run or file, and gaps in what a file says. */
    strays: (region: number): { table: string; count: number }[] => [
      ...["run_day", "run_line", "debt_line"].map((table) => ({ table, count: strays(table, "run", "terms", region) })),
      { table: "payment_event", count: strays("payment_event", "bank_file", "hash", region) + gaps(region) },
    ],
    accountRequest: (region: number, id: string): AccountRequestRow | null => {
      const row = request.get(region, uuidBytes(id)) as RawRequest | undefined;
      return row ? requestOf(row) : null;
    },
    openAccountRequests: (region: number): AccountRequestRow[] => (open.all(region) as RawRequest[]).map(requestOf),
    saveAccountRequest(region: number, r: Omit<AccountRequestRow, "approvedBy">): void {
      insertRequest.run(region, uuidBytes(r.id), r.payee, r.box, r.reason, r.requestedBy, r.requestedAt);
    },
    approveAccountRequest: (region: number, id: string, by: string): boolean =>
      approve.run(by, region, uuidBytes(id)).changes === 1,
  };
}
export type PayoutStore = ReturnType<typeof openPayoutStore>;
