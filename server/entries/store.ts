import { fromHex, type Hex, toHex, ZERO_HASH } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { ENTRY_KINDS, type EntryKind, type EntryOf, type Visit } from "../../core/entry.ts";
import { type Issue, type IssueCode, Refusal } from "../../core/errors.ts";
import type { Receipt, Submission } from "../../core/statement.ts";
import { isConstraint, type Sql } from "../db/client.ts";
import { uuidBytes } from "../db/uuid.ts";
import type { Extent, Extents } from "./extent.ts";
import { inserters } from "./inserters.ts";
import { openSeedStore } from "./seedStore.ts";
import { openVisitBlock } from "./visitBlock.ts";

/** An entry that is ready to be appended: validated, hashed, its details sealed. */
export interface ReadyEntry<K extends EntryKind = EntryKind> {
  kind: K;
  entry: EntryOf[K];
  digest: Uint8Array;
  /** 63 bits of the seed's hash; null when the entry has no details. */
  seedMark: bigint | null;
  boxes: { slot: number; person: string; box: Buffer }[];
}

export interface ReadySubmission {
  submission: Submission;
  hash: Uint8Array;
  signature: Hex;
  signer: Hex;
}

export interface Job {
  region: number;
  entries: ReadyEntry[];
  /** Null for the operator's own entries. */
  submission: ReadySubmission | null;
  /** Called inside the transaction with the time of receipt; a thrown Refusal refuses this job alone. */
  judge?: (receivedAt: number) => void;
}

export interface Receipted {
  receipt: Receipt;
  signature: Hex;
  /** True when the same submission had been accepted before and this is its receipt again. */
  repeated: boolean;
}

export interface RegionRow {
  region: number;
  name: string;
  offsetMinutes: number;
  firstDay: number;
  openDay: number;
  size: number;
  lastReceivedAt: number;
  head: Buffer;
  policies: string;
}

interface SubmissionRow {
  submitter: string;
  root: Buffer;
  count: number;
  signedAt: number;
  signature: Buffer;
  day: number;
  firstIndex: number;
  receivedAt: number;
  head: Buffer;
  receiptSignature: Buffer;
}

/** A submission that was receipted and lost, as its submitter returns it. */
export interface Returned {
  entries: ReadyEntry[];
  submission: ReadySubmission;
  receipt: Receipt;
  receiptSignature: Hex;
}

/** A submission with the receipt that answered it. */
export interface SignedSubmission {
  submission: Submission;
  signature: Hex;
  receipt: Receipt;
  receiptSignature: Hex;
}

/** A region that was silent for longer than this, or a clock that jumped: somebody has to look. */
export const MAX_SILENCE_SECONDS = 36 * 3600;
const REGION_COLUMNS = `region, name, offset_minutes AS offsetMinutes, first_day AS firstDay, open_day AS openDay, size,
  last_received_at AS lastReceivedAt, head, policies`;

/** The only writer of entries. One call is one transaction: many submissions, one disk flush (group commit). */
export function openEntryStore(sql: Sql, extents: Extents | null = null) {
  const selectRegion = sql.prepare(`SELECT ${REGION_COLUMNS} FROM region WHERE region = ?`);
  const allRegions = sql.prepare(`SELECT ${REGION_COLUMNS} FROM region ORDER BY region`);
  const updateRegion = sql.prepare("UPDATE region SET open_day = ?, size = ?, last_received_at = ? WHERE region = ?");
  const insertEntry = sql.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)");
  const seeds = openSeedStore(sql);
  const block = openVisitBlock(sql);
  const insertBox = sql.prepare("INSERT INTO detail_box VALUES (?, ?, ?, ?, ?, ?)");
  const insertSubmission = sql.prepare("INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const selectSubmission =
    sql.prepare(`SELECT submitter, root, count, signed_at AS signedAt, signature, day, first_index AS firstIndex,
    received_at AS receivedAt, head, receipt_signature AS receiptSignature FROM submission WHERE region = ? AND hash = ?`);
  const entryOfId = sql.prepare("SELECT day, idx, kind FROM entry WHERE region = ? AND id = ?");
  const placesFrom = sql
    .prepare("SELECT idx FROM entry WHERE region = ? AND day = ? AND idx >= ? ORDER BY idx")
    .pluck();
  const placesTaken = sql
    .prepare("SELECT count(*) FROM entry WHERE region = ? AND day = ? AND idx >= ? AND idx < ?")
    .pluck();
  const visitAt = sql.prepare("SELECT provider FROM visit WHERE region = ? AND day = ? AND idx = ?").pluck();
  const replacedBy = sql.prepare("SELECT 1 FROM visit WHERE region = ? AND replaces = ?").pluck();
  const latestVersion = sql
    .prepare("SELECT max(version) FROM registry_entry WHERE region = ? AND kind = ? AND subject = ?")
    .pluck();
  const insertOf = inserters(sql);

  function regionRow(region: number): RegionRow {
    const row = selectRegion.get(region) as RegionRow | undefined;
    if (!row) throw new Refusal("invalid_input", [{ pointer: "/region", code: "unknown_region" }]);
    return row;
  }

  /** What the log had reached where the books are behind it: then nothing new is taken until receipts are back. */
  function held(row: RegionRow): Extent | null {
    const lost = (reached: Extent | undefined) =>
      reached &&
      (reached.held || reached.day > row.openDay || (reached.day === row.openDay && reached.size > row.size));
    // Another process may have ended the readmission.
    return (lost(extents?.of(row.region)) && lost(extents?.of(row.region, true)) && extents!.of(row.region)) || null;
  }

  /** Moves the region to the moment of receipt. The day before, if it ended, now waits for its seal. */
  function advance(row: RegionRow, now: number): void {
    if (now > row.lastReceivedAt + MAX_SILENCE_SECONDS) throw new Refusal("clock_refused");
    row.lastReceivedAt = Math.max(now, row.lastReceivedAt);
    const day = dayOf(row.lastReceivedAt, row.offsetMinutes);
    if (day > row.openDay) [row.openDay, row.size] = [day, 0];
  }

  function submissionOf(region: number, hash: Uint8Array): SignedSubmission | null {
    const row = selectSubmission.get(region, hash) as SubmissionRow | undefined;
    if (!row) return null;
    const { submitter, count, signedAt, day, firstIndex, receivedAt } = row;
    return {
      submission: { submitter, root: toHex(row.root), count, signedAt },
      signature: toHex(row.signature),
      receipt: { submission: toHex(hash), region, day, firstIndex, count, receivedAt, head: toHex(row.head) },
      receiptSignature: toHex(row.receiptSignature),
    };
  }

  function repeated(region: number, hash: Uint8Array): Receipted | null {
    const found = submissionOf(region, hash);
    return found && { receipt: found.receipt, signature: found.receiptSignature, repeated: true };
  }

  /** Why a visit of this provider may not take the place of the visit `replaces`, or null. */
  function correctionIssue(region: number, replaces: string, provider: string): IssueCode | null {
    const place = entryOfId.get(region, uuidBytes(replaces)) as { day: number; idx: number } | undefined;
    const of = place && visitAt.get(region, place.day, place.idx);
    if (!of) return "replaces_missing";
    if (of !== provider) return "replaces_other_provider";
    return replacedBy.get(region, uuidBytes(replaces)) ? "already_replaced" : null;
  }

  function dependencyIssue(region: number, ready: ReadyEntry): [field: string, code: IssueCode] | null {
    if (ready.kind === "Visit") {
      const visit = ready.entry as Visit;
      const issue = visit.replaces === null ? null : correctionIssue(region, visit.replaces, visit.provider);
      return issue && ["replaces", issue];
    }
    if (!("version" in ready.entry && "validTo" in ready.entry)) return null;
    const kind = ENTRY_KINDS.indexOf(ready.kind);
    const last = (latestVersion.get(region, kind, ready.entry.subject) as number | null) ?? 0;
    return ready.entry.version === last + 1 ? null : ["version", "version_out_of_order"];
  }

  /** After a unique index said no: which record, and why. */
  function conflict(region: number, entries: ReadyEntry[]): Refusal {
    const issues: Issue[] = [];
    const spent = new Set(seeds.spent(region, entries));
    let taken = false;
    entries.forEach((ready, i) => {
      if (entryOfId.get(region, uuidBytes(ready.entry.id))) {
        taken = true;
        issues.push({ pointer: `/${i}/id`, code: "id_taken", value: ready.entry.id });
      }
      if (ready.seedMark !== null && spent.has(ready.seedMark))
        issues.push({ pointer: `/${i}/details/seed`, code: "reused_seed" });
    });
    if (issues.length === 0) issues.push({ pointer: "", code: "already_replaced" });
    return new Refusal(taken ? "id_conflict" : "invalid_input", issues);
  }

  function insertAt(place: [region: number, day: number, index: number], ready: ReadyEntry, hash: Uint8Array | null) {
    insertEntry.run(...place, ENTRY_KINDS.indexOf(ready.kind), uuidBytes(ready.entry.id), ready.digest, hash);
    insertOf[ready.kind](place, ready.entry as never);
    for (const { slot, person, box } of ready.boxes) insertBox.run(...place, slot, uuidBytes(person), box);
  }

  function insertAll(row: RegionRow, job: Job): void {
    const hash = job.submission?.hash ?? null;
    if (block.takes(job.entries)) {
      block.insert([row.region, row.openDay, row.size], job.entries, hash);
      return;
    }
    const issues: Issue[] = [];
    job.entries.forEach((ready, i) => {
      const issue = dependencyIssue(row.region, ready);
      if (issue) issues.push({ pointer: `/${i}/${issue[0]}`, code: issue[1] });
      if (issues.length === 0) insertAt([row.region, row.openDay, row.size + i], ready, hash);
    });
    if (issues.length > 0) throw new Refusal("invalid_input", issues);
  }

  function insertReceipted({ submission: s, hash, signature, signer }: ReadySubmission, receipt: Receipt, signed: Hex) {
    insertSubmission.run(
      receipt.region,
      hash,
      s.submitter,
      fromHex(s.root),
      s.count,
      s.signedAt,
      fromHex(signature),
      fromHex(signer),
      receipt.day,
      receipt.firstIndex,
      receipt.receivedAt,
      fromHex(receipt.head),
      fromHex(signed),
    );
  }

  function receiptOf(row: RegionRow, job: Job, sign: (receipt: Receipt) => Hex): Receipted {
    const receipt: Receipt = {
      submission: job.submission ? toHex(job.submission.hash) : ZERO_HASH,
      region: row.region,
      day: row.openDay,
      firstIndex: row.size,
      count: job.entries.length,
      receivedAt: row.lastReceivedAt,
      head: toHex(row.head),
    };
    if (!job.submission) return { receipt, signature: "0x", repeated: false };
    const signature = sign(receipt);
    insertReceipted(job.submission, receipt, signature);
    return { receipt, signature, repeated: false };
  }

  const conflictError = new Error("conflict");
  /** A job was refused when some of its rows stood already. */
  const halfDone = new Error("half done");

  function insertJob(row: RegionRow, job: Job): void {
    try {
      insertAll(row, job);
    } catch (error) {
      throw isConstraint(error) ? conflictError : error;
    }
  }
  // A savepoint: one job's refusal leaves the others of its group untouched.
  const insertGuarded = sql.transaction(insertJob);
  function insertPlain(row: RegionRow, job: Job): void {
    try {
      insertJob(row, job);
    } catch (error) {
      throw error === conflictError || error instanceof Refusal ? halfDone : error;
    }
  }

  /** Appends jobs in order, in one transaction. A crash before its end leaves nothing; after it, everything stands. */
  const appendBy = (insert: (row: RegionRow, job: Job) => void) =>
    sql.transaction((jobs: Job[], now: number, sign: (receipt: Receipt) => Hex) => {
      const rows = new Map<number, RegionRow>();
      const outcomes = jobs.map((job): Receipted | Refusal => {
        try {
          const row = rows.get(job.region) ?? regionRow(job.region);
          if (held(row)) throw new Refusal("restored");
          advance(row, now);
          rows.set(job.region, row);
          const before = job.submission && repeated(row.region, job.submission.hash);
          if (before) return before;
          job.judge?.(row.lastReceivedAt);
          if (seeds.spent(job.region, job.entries).length > 0) throw conflictError;
          insert(row, job);
          seeds.spend(job.region, job.entries);
          const receipted = receiptOf(row, job, sign);
          row.size += job.entries.length;
          return receipted;
        } catch (error) {
          if (error === conflictError) return conflict(job.region, job.entries);
          if (error instanceof Refusal) return error;
          throw error;
        }
      });
      seeds.end();
      for (const row of rows.values()) updateRegion.run(row.openDay, row.size, row.lastReceivedAt, row.region);
      return { outcomes, rows };
    });
  const [appendPlain, appendGuarded] = [appendBy(insertPlain), appendBy(insertGuarded)];

  // SQLite copies every page that a savepoint touches. So a group is appended without any first, and again, each job in one
  // of its own, where a job is refused when some of its rows stand already.
  function append(jobs: Job[], now: number, sign: (receipt: Receipt) => Hex) {
    try {
      return seeds.within(() => appendPlain.immediate(jobs, now, sign));
    } catch (error) {
      if (error !== halfDone) throw error;
      return seeds.within(() => appendGuarded.immediate(jobs, now, sign));
    }
  }

  const insertReturned = sql.transaction(({ entries, submission, receipt, receiptSignature }: Returned): void => {
    entries.forEach((ready, i) => {
      insertAt([receipt.region, receipt.day, receipt.firstIndex + i], ready, submission.hash);
    });
    insertReceipted(submission, receipt, receiptSignature);
  });

  /** Puts a lost submission back where its receipt promised it, whatever else is missing around it. */
  const readmit = sql.transaction((returned: Returned): Receipted => {
    const { submission, receipt, receiptSignature } = returned;
    const { region, day, firstIndex, count } = receipt;
    const row = regionRow(region);
    const again = repeated(region, submission.hash);
    if (again) return again;
    if (!held(row)) throw new Refusal("not_restored");
    const wrong = (field: keyof Receipt, code: IssueCode) =>
      new Refusal("invalid_input", [{ pointer: `/receipt/${field}`, code }]);
    if (day !== row.openDay) throw wrong("day", "other_day");
    if (receipt.head !== toHex(row.head)) throw wrong("head", "other_day");
    if (placesTaken.get(region, day, firstIndex, firstIndex + count) !== 0) throw wrong("firstIndex", "place_taken");
    try {
      if (seeds.spent(region, returned.entries).length > 0) throw conflictError;
      insertReturned(returned);
      seeds.spend(region, returned.entries);
      seeds.end();
    } catch (error) {
      throw error === conflictError || isConstraint(error) ? conflict(region, returned.entries) : error;
    }
    updateRegion.run(row.openDay, row.size, Math.max(row.lastReceivedAt, receipt.receivedAt), region);
    return { receipt, signature: receiptSignature, repeated: false };
  });

  const closeReadmission = sql.transaction(
    (region: number, reached: Extent, makeGap: () => ReadyEntry<"Gap">): number[] => {
      const row = regionRow(region);
      const back = placesFrom.all(region, row.openDay, row.size) as number[];
      const taken = new Set(back);
      const promised = reached.day === row.openDay ? reached.size : row.size;
      // A receipt may tell of a place beyond what the home knew.
      const size = Math.max(promised, (back.at(-1) ?? -1) + 1);
      const lost: number[] = [];
      for (let index = row.size; index < size; index++) {
        if (taken.has(index)) continue;
        insertAt([region, row.openDay, index], makeGap(), null);
        lost.push(index);
      }
      updateRegion.run(row.openDay, size, row.lastReceivedAt, region);
      return lost;
    },
  );

  return {
    append(jobs: Job[], now: number, sign: (receipt: Receipt) => Hex): (Receipted | Refusal)[] {
      const { outcomes, rows } = append(jobs, now, sign);
      for (const { region, openDay, size } of rows.values()) extents?.note(region, { day: openDay, size });
      return outcomes;
    },
    held: (region: number): Extent | null => held(regionRow(region)),
    readmit: (returned: Returned): Receipted => seeds.within(() => readmit.immediate(returned)),
    /** Places of the open day that came back so far. */
    readmitted: (region: number): number[] => {
      const { openDay, size } = regionRow(region);
      return placesFrom.all(region, openDay, size) as number[];
    },
    /** Fills what nobody returned, and lets the day go on from there. Returns the places that stay lost. */
    closeReadmission(region: number, makeGap: () => ReadyEntry<"Gap">): number[] {
      const reached = held(regionRow(region));
      if (!reached) throw new Refusal("not_restored");
      // Its day was sealed after the backup: the seal binds entries of which nobody has all.
      if (reached.day > regionRow(region).openDay) throw new Refusal("backup_too_old");
      const lost = closeReadmission.immediate(region, reached, makeGap);
      const { openDay, size } = regionRow(region);
      extents!.set(region, { day: openDay, size });
      return lost;
    },
    /** Writes a day's Close entry; called inside the transaction that seals the day, when nothing else can land in it. */
    appendClose(close: ReadyEntry<"Close">, region: number, day: number, index: number): void {
      insertEntry.run(region, day, index, ENTRY_KINDS.indexOf("Close"), uuidBytes(close.entry.id), close.digest, null);
      insertOf.Close([region, day, index], close.entry as never);
    },
    /** The receipt that a submission was given before, or null. */
    receiptOf: repeated,
    submissionOf,
    correctionIssue,
    isTaken: (region: number, id: string): boolean => entryOfId.get(region, uuidBytes(id)) !== undefined,
    regionRow,
    regions: () => allRegions.all() as RegionRow[],
    /** Says that somebody looked at the clock after a silence. */
    acceptClock: sql.transaction((now: number) => {
      sql.prepare("UPDATE region SET last_received_at = max(last_received_at, ?)").run(now);
    }),
    /** Opens a region's log. Nothing happens when it is open already. */
    openRegion(row: Omit<RegionRow, "size" | "openDay" | "firstDay">): void {
      const day = dayOf(row.lastReceivedAt, row.offsetMinutes);
      sql
        .prepare("INSERT INTO region VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING")
        .run(row.region, row.name, row.offsetMinutes, day, day, row.lastReceivedAt, row.head, row.policies);
    },
  };
}
export type EntryStore = ReturnType<typeof openEntryStore>;
