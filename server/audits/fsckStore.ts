import type { Sql } from "../db/client.ts";

/** Everything that fsck reads, in chunks of a day, so that memory does not grow with the day. */
export type EntryRow = [idx: number, kind: number, id: Buffer, digest: Buffer, submission: Buffer | null];
export type VisitRow = [
  idx: number,
  provider: string,
  caregiver: Buffer,
  elder: Buffer,
  item: string,
  startedAt: number,
  endedAt: number,
  replaces: Buffer | null,
  details: Buffer,
];
export type RegistryRow = [
  idx: number,
  kind: number,
  subject: string,
  provider: string,
  version: number,
  validFrom: number,
  validTo: number,
  details: Buffer,
];
export type ErasureRow = [idx: number, person: Buffer, details: Buffer];
export type AccessRow = [idx: number, entry: Buffer, details: Buffer];
export type EntitlementRow = [idx: number, programme: string, elder: Buffer, month: number, details: Buffer];
export type RuleSetRow = [idx: number, validFrom: number, content: Buffer, text: string];
export type ReviewRow = [
  idx: number,
  reviewedDay: number,
  asOf: Buffer,
  ruleset: Buffer,
  count: number,
  verdicts: Buffer,
];
export type VerdictRow = [
  idx: number,
  rule: string,
  version: number,
  severity: number,
  withdraws: Buffer | null,
  review: Buffer,
  subjects: Buffer,
  details: Buffer,
];
export type DecisionRow = [idx: number, subject: Buffer, outcome: string, details: Buffer];
export type FeedRow = [idx: number, subject: Buffer, retracts: Buffer | null, details: Buffer];
export type CloseRow = [idx: number, counts: string, indexSize: number, indexRoot: Buffer, accessRoot: Buffer];
export type CommittedRow = [idx: number, kind: number, id: Buffer, details: Buffer | null];
export type BoxRow = [idx: number, slot: number, person: Buffer, box: Buffer];

export interface SubmissionRow {
  hash: Buffer;
  submitter: string;
  root: Buffer;
  count: number;
  signedAt: number;
  signature: Buffer;
  signer: Buffer;
  day: number;
  firstIndex: number;
  receivedAt: number;
  head: Buffer;
  receiptSignature: Buffer;
}

const RANGE = "WHERE region = ? AND day = ? AND idx >= ? AND idx < ? ORDER BY idx";

/** Tables that hold the values of entries. */
export const TYPED_TABLES = [
  "visit",
  "registry_entry",
  "erasure",
  "access",
  "close",
  "entitlement",
  "rule_set",
  "review",
  "verdict",
  "decision",
  "feed",
] as const;
export type TypedTable = (typeof TYPED_TABLES)[number];

/** Ledger tables of money; every one of them names its region. */
const MONEY_TABLES = [
  "settlement",
  "settlement_part",
  "settlement_line",
  "run",
  "run_day",
  "run_line",
  "debt_line",
  "bank_file",
  "payment_event",
  "fund_event",
] as const;

/** Stored rows of a day's tiles. */
export interface TileRows {
  of(level: number, row: number): Uint8Array | undefined;
  count(): number;
}

export function openFsckStore(sql: Sql) {
  const chunk = <T>(table: string, columns: string) => {
    const statement = sql.prepare(`SELECT ${columns} FROM ${table} ${RANGE}`).raw();
    return (region: number, day: number, from: number, to: number) => statement.all(region, day, from, to) as T[];
  };
  const committed = sql
    .prepare(
      `SELECT e.idx, e.kind, e.id, coalesce(v.details, r.details, x.details, a.details, t.details, w.details, d.details, f.details) FROM entry e
        LEFT JOIN visit v ON v.region = e.region AND v.day = e.day AND v.idx = e.idx
        LEFT JOIN registry_entry r ON r.region = e.region AND r.day = e.day AND r.idx = e.idx AND e.kind NOT IN (5, 6, 7, 8) AND e.kind < 16
        LEFT JOIN erasure x ON x.region = e.region AND x.day = e.day AND x.idx = e.idx AND e.kind = 6
        LEFT JOIN access a ON a.region = e.region AND a.day = e.day AND a.idx = e.idx AND e.kind = 7
        LEFT JOIN entitlement t ON t.region = e.region AND t.day = e.day AND t.idx = e.idx AND e.kind = 16
        LEFT JOIN verdict w ON w.region = e.region AND w.day = e.day AND w.idx = e.idx AND e.kind = 19
        LEFT JOIN decision d ON d.region = e.region AND d.day = e.day AND d.idx = e.idx AND e.kind = 20
        LEFT JOIN feed f ON f.region = e.region AND f.day = e.day AND f.idx = e.idx AND e.kind = 21
        WHERE e.region = ? AND e.day = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx`,
    )
    .raw();
  const submissions =
    sql.prepare(`SELECT hash, submitter, root, count, signed_at AS signedAt, signature, signer, day, first_index AS firstIndex,
    received_at AS receivedAt, head, receipt_signature AS receiptSignature FROM submission WHERE region = ? AND day = ? ORDER BY first_index`);
  const sizes = sql.prepare("SELECT day, count(*), max(idx) FROM entry WHERE region = ? GROUP BY day").raw();
  const kinds = sql.prepare("SELECT day, kind, count(*) FROM entry WHERE region = ? GROUP BY day, kind").raw();
  const tile = sql.prepare("SELECT hashes FROM tile WHERE region = ? AND day = ? AND level = ? AND idx = ?").pluck();
  const tileCount = sql.prepare("SELECT count(*) FROM tile WHERE region = ? AND day = ?").pluck();
  const regionsOf = (table: string) => sql.prepare(`SELECT DISTINCT region FROM ${table}`).pluck();
  const tables = [...TYPED_TABLES, ...MONEY_TABLES, "entry", "submission", "seal"] as const;
  return {
    entries: chunk<EntryRow>("entry", "idx, kind, id, digest, submission"),
    visits: chunk<VisitRow>("visit", "idx, provider, caregiver, elder, item, started_at, ended_at, replaces, details"),
    registry: chunk<RegistryRow>(
      "registry_entry",
      "idx, kind, subject, provider, version, valid_from, valid_to, details",
    ),
    erasures: chunk<ErasureRow>("erasure", "idx, person, details"),
    accesses: chunk<AccessRow>("access", "idx, entry, details"),
    entitlements: chunk<EntitlementRow>("entitlement", "idx, programme, elder, month, details"),
    ruleSets: chunk<RuleSetRow>("rule_set", "idx, valid_from, content, text"),
    reviews: chunk<ReviewRow>("review", "idx, reviewed_day, as_of, ruleset, count, verdicts"),
    verdicts: chunk<VerdictRow>("verdict", "idx, rule, version, severity, withdraws, review, subjects, details"),
    decisions: chunk<DecisionRow>("decision", "idx, subject, outcome, details"),
    feeds: chunk<FeedRow>("feed", "idx, subject, retracts, details"),
    closes: chunk<CloseRow>("close", "idx, counts, index_size, index_root, access_root"),
    /** Entries with the commitment to their details, whatever their kind; null where the typed row is missing. */
    committed: (region: number, day: number, from: number, to: number) =>
      committed.all(region, day, from, to) as CommittedRow[],
    boxes: chunk<BoxRow>("detail_box", "idx, slot, person, box"),
    submissions: (region: number, day: number) => submissions.iterate(region, day) as IterableIterator<SubmissionRow>,
    /** Entries and highest index of each day. */
    sizes: (region: number) => sizes.all(region) as [day: number, count: number, max: number][],
    kinds: (region: number) => kinds.all(region) as [day: number, kind: number, count: number][],
    /** Rows of one typed table by day. */
    typedCounts: (table: TypedTable | "submission", region: number) =>
      sql.prepare(`SELECT day, count(*) FROM ${table} WHERE region = ? GROUP BY day`).raw().all(region) as [
        day: number,
        count: number,
      ][],
    tiles: (region: number, day: number): TileRows => ({
      of: (level, row) => tile.get(region, day, level, row) as Buffer | undefined,
      count: () => tileCount.get(region, day) as number,
    }),
    /** Regions that any ledger table speaks of; one that is not open here was smuggled in. */
    regionsNamed: () => [...new Set(tables.flatMap((table) => regionsOf(table).all() as number[]))],
  };
}
export type FsckStore = ReturnType<typeof openFsckStore>;
