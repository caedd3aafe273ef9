import { z } from "zod";
import { ABILITY_LEVELS, LTCI_LEVELS } from "../../core/assessment.ts";
import { dayOfDate } from "../../core/day.ts";
import { isCreditCode, isIdNumber, isRegionCode, isUuid } from "../../core/id.ts";
import { EVENT_TYPES, PRECISIONS } from "../../core/rules/rule.ts";
import type { VisitInput } from "../records/schema.ts";

/** The files of a dataset folder (docs/dataset.md), on disk or in a browser: every wrong cell is named by file, line, column and reason; nothing is guessed. */
export interface CellError {
  file: string;
  line: number;
  column: string;
  reason: string;
}

export interface Parsed<T> {
  rows: { line: number; row: T }[];
  errors: CellError[];
}

const empty = z.literal("");
const text = (max: number) => z.string().min(1, "missing_field").max(max, "too_long");
const optional = <T extends z.ZodType>(schema: T) => z.union([empty.transform(() => null), schema]);
const list = z
  .string()
  .max(4000)
  .transform((cell) => (cell === "" ? [] : cell.split(";")));
/** Programs whose columns may be empty write 12 as 12.0. */
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,12}(\.0{1,20})?$/, "not an integer")
    .transform(Number)
    .pipe(z.number().min(min, `below ${min}`).max(max, `above ${max}`));
/** A radius in metres; part of a metre counts as a whole one. */
const metres = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,20})?$/, "not metres")
  .transform((cell) => Math.ceil(Number(cell)))
  .pipe(z.number().max(100_000, "above 100000"));
const flag = z.enum(["0", "1"], { error: "not 0 or 1" }).transform((cell) => (cell === "1" ? 1 : 0) as 0 | 1);
const date = z.string().refine((cell) => dayOfDate(cell) !== null, "not a date (YYYY-MM-DD)");
const creditCode = z.string().refine(isCreditCode, "invalid_credit_code");
const idNumber = z.string().refine(isIdNumber, "invalid_id_number");
const code = z.string().regex(/^[a-z0-9-]{1,40}$/, "not a code (a–z, 0–9, -)");
const choice = <T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `not one of ${values.join(", ")}` });
/** Degrees to the nearest micro-degree, without floating point: a program that wrote 121.47369999999999 meant 121.4737. */
const degrees = (limit: number) =>
  z
    .string()
    .regex(/^-?\d{1,3}(\.\d{1,20})?$/, "not degrees")
    .transform((cell) => {
      const [whole, fraction = ""] = cell.replace("-", "").split(".") as [string, string?];
      const millionths = Number(fraction.padEnd(6, "0").slice(0, 6)) + (Number(fraction[6] ?? 0) >= 5 ? 1 : 0);
      const size = Number(whole) * 1_000_000 + millionths;
      return cell.startsWith("-") && size > 0 ? -size : size;
    })
    .pipe(
      z
        .number()
        .min(-limit * 1e6, "outside the globe")
        .max(limit * 1e6, "outside the globe"),
    );
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?:(Z)|([+-]\d{2}):?(\d{2}))$/;
/**
 * Milliseconds of a time; also of one with a space for its T, or an offset without a colon (RFC 3339, strftime's %z). NaN
 * where the calendar has no such day.
 */
function millisecondsOf(cell: string): number {
  const [, date = "", time = "", utc, hours, minutes] = TIME.exec(cell) ?? [];
  return dayOfDate(date) === null ? Number.NaN : Date.parse(`${date}T${time}${utc ?? `${hours}:${minutes}`}`);
}
const time = z
  .string()
  .regex(TIME, "not an ISO 8601 time with offset")
  .transform((cell, context) => {
    const ms = millisecondsOf(cell);
    if (Number.isNaN(ms)) context.issues.push({ code: "custom", message: "not a real time", input: cell });
    return Math.floor(ms / 1000);
  });
/** A date, a month (its first day) or a full time, in Unix seconds; dates are those of UTC until the region's offset is known. */
const moment = z
  .string()
  .refine((cell) => momentOf(cell) !== null, "not a date, month or ISO 8601 time with offset")
  .transform((cell) => momentOf(cell)!);
export interface Moment {
  /** Unix seconds; of a date its midnight UTC. */
  seconds: number;
  isDate: boolean;
}
export function momentOf(cell: string): Moment | null {
  if (TIME.test(cell)) {
    const ms = millisecondsOf(cell);
    return Number.isNaN(ms) ? null : { seconds: Math.floor(ms / 1000), isDate: false };
  }
  const day = dayOfDate(/^\d{4}-\d{2}$/.test(cell) ? `${cell}-01` : cell);
  return day === null ? null : { seconds: day * 86_400, isDate: true };
}
const uuid = z
  .string()
  .transform((cell) => cell.toLowerCase())
  .refine(isUuid, "invalid_uuid");

export const FILES = {
  "providers.csv": z.strictObject({
    id: creditCode,
    name: text(200),
    type: choice(["home", "station", "institution", "rural_point", "meal_point"]),
    longitude: optional(degrees(180)),
    latitude: optional(degrees(90)),
    account: optional(text(64)),
  }),
  "caregivers.csv": z.strictObject({
    id: text(64),
    provider: creditCode,
    name: text(100),
    id_number: idNumber,
    hired_on: date,
    left_on: optional(date),
    certificates: list,
    devices: list,
  }),
  "elders.csv": z.strictObject({
    id: text(64),
    name: text(100),
    id_number: idNumber,
    birth_date: date,
    longitude: degrees(180),
    latitude: degrees(90),
    area: choice(["urban", "rural"]),
    lives_alone: flag,
    household: optional(text(64)),
    account: optional(text(64)),
    guardian_account: flag,
    phone: optional(text(32)),
  }),
  "items.csv": z.strictObject({
    code,
    name_zh: text(100),
    name_en: text(100),
    category: choice(["care", "nursing", "meal", "health", "company", "errand", "adaptation"]),
    unit_minutes: integer(1, 1440),
    minimum_minutes: integer(0, 1440),
    minimum_level: z.string().max(20),
    certificate: z.string().max(40),
    location: choice(["home", "community", "any"]),
    concurrent_with: list,
    daily_cap: optional(integer(0, 1000)),
    traits: list,
  }),
  "plans.csv": z.strictObject({
    id: text(128),
    elder: text(64),
    provider: creditCode,
    item: code,
    units: integer(1, 10_000),
    period: choice(["day", "week", "month"]),
    carers: integer(1, 2),
    valid_from: date,
    valid_to: optional(date),
  }),
  "assessments.csv": z.strictObject({
    id: text(128),
    elder: text(64),
    assessed_on: date,
    valid_until: optional(date),
    scale: choice(["gbt42195", "ltci"]),
    scores: z
      .string()
      .regex(/^(\d{1,3}(;\d{1,3}){0,99})?$/, "not whole numbers separated by ;")
      .transform((cell) => (cell === "" ? [] : cell.split(";").map(Number))),
    level: choice([...ABILITY_LEVELS, ...LTCI_LEVELS]),
    assessor: z.string().max(100),
    organisation: z.string().max(200),
  }),
  "places.csv": z.strictObject({
    id: text(128),
    elder: optional(text(64)),
    name: text(200),
    longitude: degrees(180),
    latitude: degrees(90),
    valid_from: optional(date),
    valid_to: optional(date),
  }),
  "programmes.csv": z.strictObject({
    id: code,
    name_zh: text(200),
    name_en: text(200),
    fund: code,
    monthly_fen: integer(0, 100_000_000),
    minimum_age: optional(integer(0, 150)),
    minimum_level: z.string().max(20),
    area: choice(["urban", "rural", "any"]).or(empty.transform(() => "any" as const)),
    excludes: list,
    proof_of_life_months: optional(integer(0, 120)),
    valid_from: date,
    valid_to: optional(date),
    document: z.string().max(200),
    verified: flag,
  }),
  "enrolments.csv": z.strictObject({
    programme: code,
    elder: text(64),
    from: date,
    to: optional(date),
    applied_on: date,
  }),
  "tariffs.csv": z.strictObject({
    item: code,
    fund: code,
    price_fen: integer(0, 100_000_000),
    fund_share_percent: integer(0, 100),
    valid_from: date,
    valid_to: optional(date),
    document: z.string().max(200),
    verified: flag,
  }),
  "events.csv": z.strictObject({
    id: text(128),
    subject_type: choice(["elder", "caregiver"]),
    subject: text(64),
    type: choice(EVENT_TYPES),
    from: moment,
    to: optional(moment),
    precision: choice(PRECISIONS),
    source: z.string().max(200),
    official: flag,
    reported_at: moment,
  }),
  "decisions.csv": z.strictObject({
    visit: uuid,
    outcome: z.enum(["release", "deny", "uphold", "overturn"], { error: "not one of release, deny, uphold, overturn" }),
    by: text(64),
    at: time,
  }),
  "labels.csv": z.strictObject({
    // Or an allowance, programme:elder:YYYYMM; a decision on a visit, decision:visit; a fund, fund:code.
    visit: text(160),
    label: z.string().regex(/^(clean|R\d{2})$/, "not clean or a rule's id"),
    note: z.string().max(1000).default(""),
  }),
  "visits.csv": z.strictObject({
    id: uuid,
    provider: creditCode,
    caregiver: text(64),
    elder: text(64),
    item: code,
    booked_minutes: integer(0, 1440),
    units: integer(0, 1000),
    started_at: time,
    ended_at: time,
    price_fen: integer(0, 100_000_000),
    entry: choice(["auto", "manual"]),
    manual_reason: z.string().max(500),
    in_lon: optional(degrees(180)),
    in_lat: optional(degrees(90)),
    in_accuracy_m: optional(metres),
    out_lon: optional(degrees(180)),
    out_lat: optional(degrees(90)),
    out_accuracy_m: optional(metres),
    mock: flag,
    device: z.string().max(64),
    device_started_at: optional(time),
    evidence: list,
    group: z.string().max(64),
    two_carer: flag,
    replaces: optional(uuid),
    submitted_at: time,
    alternate_proof: choice(["none", "qr", "nfc"]),
    family: choice(["none", "confirmed", "denied"]),
  }),
} as const;
export type FileName = keyof typeof FILES;
export type RowOf<F extends FileName> = z.output<(typeof FILES)[F]>;

export const RegionFile = z.strictObject({
  // Codes are written as text as often as not.
  code: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{6}$/)
        .transform(Number),
    ])
    .refine(isRegionCode, "invalid_region"),
  name: text(100),
  utc_offset_minutes: z.int().min(-840).max(840),
  policies: z
    .looseObject({
      /** Days between the approval of a payee's new account and the first payment to it. */
      account_delay_days: z.int().min(0).max(365).optional(),
      /** Names and bank accounts of the funds that tariffs and programmes name by their codes. */
      funds: z
        .record(
          code,
          z.strictObject({
            name_zh: text(200),
            name_en: text(200),
            account_name: text(140),
            account: z.string().regex(/^[0-9A-Za-z]{1,34}$/),
            bank: z.string().max(35).default(""),
          }),
        )
        .optional(),
    })
    .default({}),
});
export type FundPolicies = NonNullable<z.output<typeof RegionFile>["policies"]["funds"]>;

/** What is wrong with a row, cell by cell. */
export function cellErrors(file: string, line: number, error: z.ZodError): CellError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((column) => ({ file, line: 1, column, reason: "unknown column" }));
    const union = issue.code === "invalid_union" ? issue.errors.at(-1)?.[0]?.message : undefined;
    return [
      {
        file,
        line,
        column: String(issue.path[0] ?? ""),
        reason: union ?? (/received undefined/.test(issue.message) ? "missing column" : issue.message),
      },
    ];
  });
}

/** Drops what is null or empty: an absent field is not hashed. */
export function present<T extends Record<string, unknown>>(values: T): Record<string, never> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== "" && value !== undefined),
  ) as Record<string, never>;
}

/** A row of visits.csv as it is submitted; persons by their pseudonyms, with a fresh seed of 16 bytes. */
export function visitOfRow(
  row: RowOf<"visits.csv">,
  { region, carer, elder, seed }: { region: number; carer: string; elder: string; seed: string },
): VisitInput {
  const fix = (lon: number | null, lat: number | null, accuracyM: number | null) =>
    lon === null || lat === null ? null : { lon, lat, accuracyM: accuracyM ?? 0 };
  return {
    id: row.id,
    region,
    provider: row.provider,
    caregiver: carer,
    elder,
    item: row.item,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    replaces: row.replaces,
    details: {
      seed,
      values: present({
        placeIn: fix(row.in_lon, row.in_lat, row.in_accuracy_m),
        placeOut: fix(row.out_lon, row.out_lat, row.out_accuracy_m),
        device: row.device && present({ id: row.device, startedAt: row.device_started_at, mock: row.mock }),
        evidence: row.evidence.length > 0 ? row.evidence : null,
        circumstances: present({
          bookedMinutes: row.booked_minutes,
          units: row.units,
          priceFen: row.price_fen,
          entry: row.entry,
          reason: row.manual_reason,
          group: row.group,
          twoCarer: row.two_carer,
          alternateProof: row.alternate_proof,
          family: row.family,
          submittedAt: row.submitted_at,
        }),
      }),
    },
  };
}
