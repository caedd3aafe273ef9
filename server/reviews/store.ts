import { type Hex, toHex } from "../../core/bytes.ts";
import { ENTRY_KINDS } from "../../core/entry.ts";
import { SEVERITIES, type Severity } from "../../core/rules/rule.ts";
import type { RuleSet } from "../../core/rules/ruleSet.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidsIn, uuidText } from "../db/uuid.ts";

export interface Boxed {
  id: string;
  day: number;
  index: number;
  person: Buffer | null;
  box: Buffer | null;
}

/** A visit's bare values, as the log has them. */
export type VisitRow = [
  day: number,
  index: number,
  id: Buffer,
  provider: string,
  caregiver: Buffer,
  elder: Buffer,
  item: string,
  startedAt: number,
  endedAt: number,
  replaces: Buffer | null,
  submission: Buffer | null,
];
export type BoxRow = [day: number, index: number, slot: number, person: Buffer, box: Buffer];

/** Which evidence a visit carries, by a keyed hash of its digest, and where the visit stands. */
export type EvidenceMark = readonly [mark: bigint, day: number, index: number];

export interface ReviewRow {
  id: string;
  /** Day of the log in which it stands. */
  day: number;
  index: number;
  reviewedDay: number;
  asOf: Hex;
  ruleset: Hex;
  count: number;
  verdicts: Hex;
}

export interface VerdictRow extends Boxed {
  rule: string;
  version: number;
  severity: Severity;
  withdraws: string | null;
  review: string;
  subjects: string[];
}

export interface DecisionRow extends Boxed {
  subject: string;
  outcome: string;
}

export interface FeedRow extends Boxed {
  subject: string;
  retracts: string | null;
}

export interface FoundRow {
  reviewedDay: number;
  rule: string;
  severity: Severity;
  count: number;
}

export interface RuleSetRow {
  id: string;
  day: number;
  index: number;
  validFrom: number;
  content: Hex;
  text: string;
  readonly ruleSet: RuleSet;
}

/** When a submission was received, and by whom it was signed. */
export interface SubmissionRow {
  submitter: string;
  receivedAt: number;
}

type RawVerdict = Omit<VerdictRow, "id" | "severity" | "withdraws" | "review" | "subjects"> & {
  id: Buffer;
  severity: number;
  withdraws: Buffer | null;
  review: Buffer;
  subjects: Buffer;
};
const verdictOf = (row: RawVerdict): VerdictRow => ({
  ...row,
  id: uuidText(row.id),
  severity: SEVERITIES[row.severity]!,
  withdraws: row.withdraws && uuidText(row.withdraws),
  review: uuidText(row.review),
  subjects: uuidsIn(row.subjects),
});

const JOINED = `JOIN entry e ON e.region = t.region AND e.day = t.day AND e.idx = t.idx
  LEFT JOIN detail_box b ON b.region = t.region AND b.day = t.day AND b.idx = t.idx AND b.slot = 0`;
const boxedQuery = (table: string, columns: string) =>
  `SELECT e.id, t.day, t.idx AS "index", ${columns}, b.person, b.box FROM ${table} t ${JOINED}
    WHERE t.region = ? AND t.day BETWEEN ? AND ? ORDER BY t.day, t.idx`;
const VISIT = `SELECT v.day, v.idx, e.id, v.provider, v.caregiver, v.elder, v.item, v.started_at, v.ended_at, v.replaces, e.submission
  FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx`;

export function openReviewStore(sql: Sql) {
  const visits = sql.prepare(`${VISIT} WHERE v.region = ? AND v.day = ? ORDER BY v.idx`).raw();
  const visit = sql.prepare(`${VISIT} WHERE v.region = ? AND v.day = ? AND v.idx = ?`).raw();
  const places = sql
    .prepare(
      "SELECT v.day, v.idx, v.provider, v.caregiver, v.elder FROM visit v WHERE v.region = ? AND v.day BETWEEN ? AND ? AND v.started_at >= ? ORDER BY v.day, v.idx",
    )
    .raw();
  const boxes = sql
    .prepare("SELECT day, idx, slot, person, box FROM detail_box WHERE region = ? AND day = ? ORDER BY idx, slot")
    .raw();
  const boxesAt = sql
    .prepare(
      "SELECT day, idx, slot, person, box FROM detail_box WHERE region = ? AND day = ? AND idx = ? ORDER BY slot",
    )
    .raw();
  const corrections = sql
    .prepare("SELECT replaces, day FROM visit WHERE region = ? AND replaces > x'' AND day <= ?")
    .raw();
  const submissions = sql.prepare(
    "SELECT hash, submitter, received_at AS receivedAt FROM submission WHERE region = ? AND day = ?",
  );
  const review = `SELECT e.id, r.day, r.idx AS "index", r.reviewed_day AS reviewedDay, r.as_of AS asOf, r.ruleset, r.count, r.verdicts
    FROM review r JOIN entry e ON e.region = r.region AND e.day = r.day AND e.idx = r.idx`;
  const reviewOf = sql.prepare(`${review} WHERE r.region = ? AND r.reviewed_day = ?`);
  const reviews = sql.prepare(
    `${review} WHERE r.region = ? AND r.reviewed_day BETWEEN ? AND ? ORDER BY r.reviewed_day`,
  );
  const verdicts = sql.prepare(
    boxedQuery("verdict", "t.rule, t.version, t.severity, t.withdraws, t.review, t.subjects"),
  );
  const bare = sql.prepare(
    `SELECT e.id, t.day, t.idx AS "index", t.rule, t.version, t.severity, t.withdraws, t.review, t.subjects,
      NULL AS person, NULL AS box FROM verdict t JOIN entry e ON e.region = t.region AND e.day = t.day AND e.idx = t.idx
      WHERE t.region = ? AND t.day BETWEEN ? AND ? ORDER BY t.day, t.idx`,
  );
  const found = sql.prepare(
    `SELECT r.reviewed_day AS reviewedDay, t.rule, t.severity, count(*) AS count FROM verdict t
      JOIN entry e ON e.region = t.region AND e.id = t.review
      JOIN review r ON r.region = e.region AND r.day = e.day AND r.idx = e.idx
      WHERE t.region = ? AND r.reviewed_day BETWEEN ? AND ? AND t.withdraws IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
  const decisions = sql.prepare(boxedQuery("decision", "t.subject, t.outcome"));
  const feeds = sql.prepare(boxedQuery("feed", "t.subject, t.retracts"));
  const ruleSets = sql.prepare(
    `SELECT e.id, t.day, t.idx AS "index", t.valid_from AS validFrom, t.content, t.text FROM rule_set t
      JOIN entry e ON e.region = t.region AND e.day = t.day AND e.idx = t.idx
      WHERE t.region = ? AND t.day <= ? ORDER BY t.day, t.idx`,
  );
  const entitlements = sql.prepare(
    `SELECT e.id, t.day, t.idx AS "index", t.programme, t.elder, t.month FROM entitlement t
      JOIN entry e ON e.region = t.region AND e.day = t.day AND e.idx = t.idx
      WHERE t.region = ? AND t.day <= ? ORDER BY t.day, t.idx`,
  );
  const entitledMonths = sql.prepare("SELECT DISTINCT month FROM entitlement WHERE region = ? AND day = ?").pluck();
  const unreviewed = sql
    .prepare(
      `SELECT s.day FROM seal s WHERE s.region = ? AND s.day >= ? AND NOT EXISTS
        (SELECT 1 FROM review r WHERE r.region = s.region AND r.reviewed_day = s.day) ORDER BY s.day`,
    )
    .pluck();
  const entry = sql.prepare('SELECT day, idx AS "index", kind FROM entry WHERE region = ? AND id = ?');
  const lastSeen = sql
    .prepare("SELECT elder, max(started_at) FROM visit WHERE region = ? AND day BETWEEN ? AND ? GROUP BY elder")
    .raw();
  const served = sql
    .prepare(
      `SELECT provider, sum(ended_at - started_at) FROM visit WHERE region = ? AND day BETWEEN ? AND ?
        AND started_at >= ? AND started_at < ? GROUP BY provider`,
    )
    .raw();
  const marks = sql
    .prepare("SELECT day, idx FROM evidence_mark WHERE region = ? AND mark = ? AND day < ? ORDER BY day, idx LIMIT 16")
    .raw();
  const insertMark = sql.prepare("INSERT INTO evidence_mark VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const signers = sql.prepare("SELECT signer FROM submission WHERE region = ? AND hash = ?").pluck();
  const fundTotals = sql.prepare(
    `SELECT p.fund, p.day, p.total_fen AS fen FROM settlement_part p WHERE p.region = ? AND p.day BETWEEN ? AND ?
      AND p.revision = (SELECT max(revision) FROM settlement s WHERE s.region = p.region AND s.day = p.day AND s.as_of_day <= ?)`,
  );

  return {
    visits: (region: number, day: number) => visits.all(region, day) as VisitRow[],
    visit: (region: number, day: number, index: number) => visit.get(region, day, index) as VisitRow | undefined,
    /** Where visits of log days stand that began at or after a moment: bare values alone. */
    places: (region: number, fromDay: number, toDay: number, since: number) =>
      places.iterate(region, fromDay, toDay, since) as IterableIterator<
        [day: number, index: number, provider: string, caregiver: Buffer, elder: Buffer]
      >,
    boxes: (region: number, day: number) => boxes.iterate(region, day) as IterableIterator<BoxRow>,
    boxesAt: (region: number, day: number, index: number) => boxesAt.all(region, day, index) as BoxRow[],
    /** Visits that were corrected by a day, by their id: on which day. */
    corrections: (region: number, upToDay: number): Map<string, number> =>
      new Map((corrections.all(region, upToDay) as [Buffer, number][]).map(([id, day]) => [uuidText(id), day])),
    submissions: (region: number, day: number): Map<string, SubmissionRow> =>
      new Map(
        (submissions.all(region, day) as (SubmissionRow & { hash: Buffer })[]).map(({ hash, ...row }) => [
          hash.toString("hex"),
          row,
        ]),
      ),
    reviewOf: (region: number, day: number): ReviewRow | null => {
      const row = reviewOf.get(region, day) as RawReview | undefined;
      return row ? reviewRow(row) : null;
    },
    reviews: (region: number, fromDay: number, toDay: number): ReviewRow[] =>
      (reviews.all(region, fromDay, toDay) as RawReview[]).map(reviewRow),
    /** What the reviews of some days found, counted; withdrawals are none. */
    found: (region: number, fromDay: number, toDay: number): FoundRow[] =>
      (found.all(region, fromDay, toDay) as (Omit<FoundRow, "severity"> & { severity: number })[]).map((row) => ({
        ...row,
        severity: SEVERITIES[row.severity]!,
      })),
    /** Verdicts that were written on days of the log, in order. */
    verdicts: (region: number, fromDay: number, toDay: number): VerdictRow[] =>
      (verdicts.all(region, fromDay, toDay) as RawVerdict[]).map(verdictOf),
    /** The same without their details. */
    bareVerdicts: (region: number, fromDay: number, toDay: number): VerdictRow[] =>
      (bare.all(region, fromDay, toDay) as RawVerdict[]).map(verdictOf),
    decisions: (region: number, fromDay: number, toDay: number): DecisionRow[] =>
      (
        decisions.all(region, fromDay, toDay) as (Omit<DecisionRow, "id" | "subject"> & {
          id: Buffer;
          subject: Buffer;
        })[]
      ).map((row) => ({ ...row, id: uuidText(row.id), subject: uuidText(row.subject) })),
    feeds: (region: number, upToDay: number): FeedRow[] =>
      (
        feeds.all(region, 0, upToDay) as (Omit<FeedRow, "id" | "subject" | "retracts"> & {
          id: Buffer;
          subject: Buffer;
          retracts: Buffer | null;
        })[]
      ).map((row) => ({
        ...row,
        id: uuidText(row.id),
        subject: uuidText(row.subject),
        retracts: row.retracts && uuidText(row.retracts),
      })),
    ruleSets: (region: number, upToDay: number): RuleSetRow[] =>
      (
        ruleSets.all(region, upToDay) as (Omit<RuleSetRow, "id" | "content" | "ruleSet"> & {
          id: Buffer;
          content: Buffer;
        })[]
      ).map((row) => ({
        ...row,
        id: uuidText(row.id),
        content: toHex(row.content),
        // Only who looks at the rules pays for reading them.
        get ruleSet() {
          return JSON.parse(row.text) as RuleSet;
        },
      })),
    entitlements: (region: number, upToDay: number) =>
      (
        entitlements.all(region, upToDay) as {
          id: Buffer;
          day: number;
          index: number;
          programme: string;
          elder: Buffer;
          month: number;
        }[]
      ).map((row) => ({ ...row, id: uuidText(row.id), elder: uuidText(row.elder) })),
    /** Months of which allowances were written on a day of the log. */
    entitledMonths: (region: number, day: number): Set<number> => new Set(entitledMonths.all(region, day) as number[]),
    /** Sealed days from one on that were not reviewed. */
    unreviewedDays: (region: number, fromDay: number): number[] => unreviewed.all(region, fromDay) as number[],
    entry: (region: number, id: string) => {
      const row = entry.get(region, uuidBytes(id)) as { day: number; index: number; kind: number } | undefined;
      return row ? { day: row.day, index: row.index, kind: ENTRY_KINDS[row.kind]! } : null;
    },
    /** When each elder was last visited, among visits of log days. */
    lastSeen: (region: number, fromDay: number, toDay: number): Map<string, number> =>
      new Map((lastSeen.all(region, fromDay, toDay) as [Buffer, number][]).map(([elder, at]) => [uuidText(elder), at])),
    served: (region: number, fromDay: number, toDay: number, from: number, to: number): Map<string, number> =>
      new Map(served.all(region, fromDay, toDay, from, to) as [string, number][]),
    /** Places of the first earlier visits that carry a digest of that mark. */
    marked: (region: number, mark: bigint, beforeDay: number) =>
      marks.all(region, mark, beforeDay) as [day: number, index: number][],
    saveMarks: sql.transaction((region: number, list: Iterable<EvidenceMark>) => {
      for (const [mark, day, index] of list) insertMark.run(region, mark, day, index);
    }),
    signerOf: (region: number, hash: Buffer): Hex | null => {
      const signer = signers.get(region, hash) as Buffer | undefined;
      return signer ? toHex(signer) : null;
    },
    /** What each fund was settled for, by day, as known on a day. */
    fundTotals: (region: number, fromDay: number, toDay: number) =>
      fundTotals.all(region, fromDay, toDay, toDay) as { fund: string; day: number; fen: number }[],
  };
}
export type ReviewStore = ReturnType<typeof openReviewStore>;

/** The rule set in force for a day, by what the log said at its end; null where rules are not run. */
export function ruleSetOn(store: ReviewStore, region: number, day: number): RuleSetRow | null {
  return store.ruleSets(region, day).findLast(({ validFrom }) => validFrom <= day) ?? null;
}

/** The last day on which what was denied on a day of the log may be contested: that day had a rule set. */
export function appealUntil(store: ReviewStore, region: number, day: number): number {
  return day + ruleSetOn(store, region, day)!.ruleSet.appealDays;
}

interface RawReview extends Omit<ReviewRow, "id" | "asOf" | "ruleset" | "verdicts"> {
  id: Buffer;
  asOf: Buffer;
  ruleset: Buffer;
  verdicts: Buffer;
}
const reviewRow = (row: RawReview): ReviewRow => ({
  ...row,
  id: uuidText(row.id),
  asOf: toHex(row.asOf),
  ruleset: toHex(row.ruleset),
  verdicts: toHex(row.verdicts),
});
