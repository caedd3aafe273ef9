import { toHex } from "../../core/bytes.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";
import type { VisitOutput } from "./schema.ts";

interface VisitRow {
  id: Buffer;
  region: number;
  day: number;
  index: number;
  provider: string;
  caregiver: Buffer;
  elder: Buffer;
  item: string;
  startedAt: number;
  endedAt: number;
  replaces: Buffer | null;
  replacedBy: Buffer | null;
  details: Buffer;
  submission: Buffer;
  submitter: string;
  sealed: number;
}

export interface VisitFilter {
  region: number;
  /** Null: of every provider. */
  provider: string | null;
  fromDay: number;
  toDay: number;
  after: { day: number; index: number };
  limit: number;
}

const SELECT = `SELECT e.id, v.region, v.day, v.idx AS "index", v.provider, v.caregiver, v.elder, v.item, v.started_at AS startedAt,
    v.ended_at AS endedAt, v.replaces, v.details, e.submission, s.submitter,
    (SELECT re.id FROM visit rv JOIN entry re ON re.region = rv.region AND re.day = rv.day AND re.idx = rv.idx
      WHERE rv.region = v.region AND rv.replaces = e.id) AS replacedBy,
    EXISTS (SELECT 1 FROM seal WHERE seal.region = v.region AND seal.day = v.day) AS sealed
  FROM visit v JOIN entry e ON e.region = v.region AND e.day = v.day AND e.idx = v.idx
  JOIN submission s ON s.region = e.region AND s.hash = e.submission`;

function visitOf(row: VisitRow): VisitOutput {
  return {
    id: uuidText(row.id),
    region: row.region,
    provider: row.provider,
    caregiver: uuidText(row.caregiver),
    elder: uuidText(row.elder),
    item: row.item,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    replaces: row.replaces && uuidText(row.replaces),
    replacedBy: row.replacedBy && uuidText(row.replacedBy),
    details: toHex(row.details),
    day: row.day,
    index: row.index,
    submission: toHex(row.submission),
    provenance: row.submitter.startsWith("import:") ? "attested" : "provider",
    sealed: row.sealed === 1,
  };
}

export function openRecordStore(sql: Sql) {
  const byId = sql.prepare(`${SELECT} WHERE e.region = ? AND e.id = ?`);
  const list =
    sql.prepare(`${SELECT} WHERE v.region = @region AND v.day BETWEEN @fromDay AND @toDay AND (v.day, v.idx) > (@day, @index)
    AND (@provider IS NULL OR v.provider = @provider) ORDER BY v.day, v.idx LIMIT @limit`);
  return {
    find: (region: number, id: string): VisitOutput | null => {
      const row = byId.get(region, uuidBytes(id)) as VisitRow | undefined;
      return row ? visitOf(row) : null;
    },
    list: ({ after, ...filter }: VisitFilter): VisitOutput[] =>
      (list.all({ ...filter, ...after }) as VisitRow[]).map(visitOf),
  };
}
export type RecordStore = ReturnType<typeof openRecordStore>;
