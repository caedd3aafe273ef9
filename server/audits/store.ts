import { toHex } from "../../core/bytes.ts";
import { ENTRY_KINDS, type EntryKind, type EntryOf, ofRegistryKinds } from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidsIn, uuidText } from "../db/uuid.ts";

export interface Place {
  region: number;
  day: number;
  index: number;
  kind: EntryKind;
  id: string;
  submission: Uint8Array | null;
}

type Typed = Record<string, Buffer | string | number | null>;
const registryQuery = `SELECT e.id, r.region, r.subject, r.provider, r.version, r.valid_from AS validFrom, r.valid_to AS validTo, r.details`;
const join = (table: string) =>
  `FROM ${table} r JOIN entry e ON e.region = r.region AND e.day = r.day AND e.idx = r.idx WHERE r.region = ? AND r.day = ? AND r.idx = ?`;
const QUERIES: Record<EntryKind, string> = {
  ...ofRegistryKinds(() => `${registryQuery} ${join("registry_entry")}`),
  Visit: `SELECT e.id, r.region, r.provider, r.caregiver, r.elder, r.item, r.started_at AS startedAt, r.ended_at AS endedAt, r.replaces, r.details ${join("visit")}`,
  Erasure: `SELECT e.id, r.region, r.person, r.details ${join("erasure")}`,
  Access: `SELECT e.id, r.region, r.entry, r.details ${join("access")}`,
  Entitlement: `SELECT e.id, r.region, r.programme, r.elder, r.month, r.details ${join("entitlement")}`,
  RuleSet: `SELECT e.id, r.region, r.valid_from AS validFrom, r.content ${join("rule_set")}`,
  Review: `SELECT e.id, r.region, r.reviewed_day AS day, r.as_of AS asOf, r.ruleset, r.count, r.verdicts ${join("review")}`,
  Verdict: `SELECT e.id, r.region, r.rule, r.version, r.severity, r.withdraws, r.review, r.subjects, r.details ${join("verdict")}`,
  Decision: `SELECT e.id, r.region, r.subject, r.outcome, r.details ${join("decision")}`,
  Feed: `SELECT e.id, r.region, r.subject, r.retracts, r.details ${join("feed")}`,
  Gap: "SELECT id, region FROM entry WHERE region = ? AND day = ? AND idx = ?",
  Close: `SELECT e.id, r.region, r.day, r.counts, r.index_size AS indexSize, r.index_root AS indexRoot, r.access_root AS accessRoot ${join("close")}`,
};

/** A typed row as the entry that it holds: 16-byte blobs are UUIDs, 32-byte blobs are hashes. */
export function entryOfRow(row: Typed): EntryOf[EntryKind] {
  const entry: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (name === "counts") entry[name] = JSON.parse(value as string);
    else if (name === "subjects") entry[name] = uuidsIn(value as Buffer);
    else if (Buffer.isBuffer(value)) entry[name] = value.length === 16 ? uuidText(value) : toHex(value);
    else entry[name] = value;
  }
  return entry as unknown as EntryOf[EntryKind];
}

export function openAuditStore(sql: Sql) {
  const place = sql.prepare(
    'SELECT region, day, idx AS "index", kind, submission FROM entry WHERE region = ? AND id = ?',
  );
  const covering = sql
    .prepare(
      `SELECT hash FROM submission WHERE region = ? AND day = ? AND first_index <= ? ORDER BY first_index DESC LIMIT 1`,
    )
    .pluck();
  const boxes = sql.prepare(
    "SELECT slot, person, box FROM detail_box WHERE region = ? AND day = ? AND idx = ? ORDER BY slot",
  );
  const digests = sql
    .prepare("SELECT digest FROM entry WHERE region = ? AND day = ? AND idx >= ? AND idx < ? ORDER BY idx")
    .pluck();
  const typed = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, sql.prepare(QUERIES[kind])])) as unknown as Record<
    EntryKind,
    { get(...place: number[]): unknown }
  >;
  return {
    place(region: number, id: string): Place | null {
      const row = place.get(region, uuidBytes(id)) as (Omit<Place, "kind" | "id"> & { kind: number }) | undefined;
      return row ? { ...row, kind: ENTRY_KINDS[row.kind]!, id } : null;
    },
    entry: (at: Place): EntryOf[EntryKind] => entryOfRow(typed[at.kind].get(at.region, at.day, at.index) as Typed),
    /** The submission whose receipt covers a place; the operator answers challenges with it. */
    submissionAt: (region: number, day: number, index: number) =>
      covering.get(region, day, index) as Buffer | undefined,
    digests: (region: number, day: number, from: number, to: number) => digests.all(region, day, from, to) as Buffer[],
    boxes: (at: { region: number; day: number; index: number }) =>
      boxes.all(at.region, at.day, at.index) as { slot: number; person: Buffer; box: Buffer }[],
  };
}
export type AuditStore = ReturnType<typeof openAuditStore>;
