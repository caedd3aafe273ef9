import { parse } from "csv-parse/browser/esm/sync";
import { toHex, utf8 } from "../core/bytes.ts";
import { keccak } from "../core/hash.ts";
import { isUuid, uuidOfHash } from "../core/id.ts";
import { cellErrors, FILES, type RowOf } from "../server/imports/schema.ts";
import { WORDS, type WordKey } from "./words.ts";

/** Spreadsheets of visits, read and checked in the browser. Columns bear the names of visits.csv, or the Chinese ones. */
export type Column = keyof (typeof FILES)["visits.csv"]["shape"];
export const COLUMNS = Object.keys(FILES["visits.csv"].shape) as Column[];
export const columnWord = (column: Column): WordKey => `col_${column}`;
/** What a person fills in; the rest follows from it, or from who submits. */
export const TEMPLATE: readonly Column[] = [
  "caregiver",
  "elder",
  "item",
  "started_at",
  "ended_at",
  "units",
  "price_fen",
  "entry",
  "manual_reason",
];
const REQUIRED = TEMPLATE.slice(0, 7);
export const MOST_ROWS = 20_000;

export interface Sheet {
  /** One cell text for each known column that the sheet has; the row's number as a spreadsheet shows it. */
  rows: { line: number; cells: Partial<Record<Column, string>> }[];
  unknown: string[];
  missing: Column[];
}

const columnOf = (heading: string): Column | null => {
  const name = heading.trim();
  return (
    COLUMNS.find((column) => column === name || (WORDS[columnWord(column)] as readonly string[]).includes(name)) ?? null
  );
};

const two = (value: number) => String(value).padStart(2, "0");
/** A date cell of Excel has no zone: it is what the clock on the wall showed. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) {
    const minutes = Math.round(cell.getTime() / 60_000);
    const at = new Date(minutes * 60_000);
    return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  }
  return String(cell).trim();
}

/** Excel in China saves CSV as GB 18030; everything else as UTF-8. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** Reads a file's first sheet. Throws where it is neither CSV nor .xlsx. */
export async function readSheet(file: File): Promise<Sheet> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  let table: unknown[][];
  if (isZip) {
    const { readSheet: read } = await import("read-excel-file/universal");
    table = await read(bytes.buffer as ArrayBuffer);
  } else {
    table = parse(textOf(bytes), { bom: true, skip_empty_lines: true, relax_column_count: true }) as string[][];
  }
  const [header = [], ...body] = table;
  const headings = header.map(cellText);
  const columns = headings.map(columnOf);
  const rows = body
    .map((row, i) => ({
      line: i + 2,
      cells: Object.fromEntries(
        columns.flatMap((column, at) => (column ? [[column, cellText(row[at])] as const] : [])),
      ) as Sheet["rows"][number]["cells"],
    }))
    .filter(({ cells }) => Object.values(cells).some((cell) => cell !== ""));
  return {
    rows,
    unknown: headings.filter((heading, i) => heading !== "" && columns[i] === null),
    missing: REQUIRED.filter((column) => !columns.includes(column)),
  };
}

export interface Defaults {
  provider: string;
  offsetMinutes: number;
  /** Unix seconds. */
  now: number;
  /** Pseudonyms by name. */
  carers: Record<string, string[]>;
  elders: Record<string, string[]>;
}

const LOCAL = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/;
/** A wall clock's time in the region's offset, as ISO 8601; anything else as it stands. */
function timeCell(cell: string, offsetMinutes: number): string {
  const match = LOCAL.exec(cell);
  if (!match) return cell;
  const [, year, month, day, hour, minute, second = "00"] = match;
  const sign = offsetMinutes < 0 ? "-" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  return `${year}-${two(Number(month))}-${two(Number(day))}T${two(Number(hour))}:${minute}:${second}${sign}${two(hours)}:${two(minutes)}`;
}

/** The same row gives the same id: a file that is submitted twice is known again, and nothing is claimed twice. */
function idOf(cells: Record<string, string>): string {
  const parts = ["provider", "caregiver", "elder", "item", "started_at", "ended_at", "replaces"].map(
    (at) => cells[at] ?? "",
  );
  const hex = toHex(keccak(utf8(`SilverLedger/1/row\n${parts.join("\n")}`))).slice(2);
  return uuidOfHash(hex);
}

export type Fault = { zh: string; en: string };
const word = (key: WordKey, values: Record<string, string> = {}): Fault => {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  return { zh: fill(WORDS[key][0]), en: fill(WORDS[key][1]) };
};

function faultOf(reason: string): Fault {
  const choice = /^not one of (.*)$|^not (0 or 1)$/.exec(reason);
  if (choice) return word("cell_choice", { values: choice[1] ?? "0, 1" });
  const known: [RegExp, WordKey][] = [
    [/missing/, "cell_required"],
    [/not an integer/, "cell_integer"],
    [/^below/, "cell_low"],
    [/^above/, "cell_high"],
    [/time/, "cell_time"],
    [/not a code/, "cell_code"],
    [/degrees|globe/, "cell_degrees"],
    [/too_long|too big/i, "cell_long"],
  ];
  return word(known.find(([pattern]) => pattern.test(reason))?.[1] ?? "cell_wrong");
}

export interface CheckedRow {
  line: number;
  cells: Partial<Record<Column, string>>;
  /** Null while a cell is wrong. */
  row: RowOf<"visits.csv"> | null;
  faults: Partial<Record<Column, Fault>>;
}

/** Fills in what a person leaves out, and holds every cell against the schema. */
export function checkRow({ line, cells }: Sheet["rows"][number], defaults: Defaults): CheckedRow {
  const faults: CheckedRow["faults"] = {};
  const full: Record<string, string> = Object.fromEntries(COLUMNS.map((column) => [column, cells[column] ?? ""]));
  for (const [column, known] of [
    ["caregiver", defaults.carers],
    ["elder", defaults.elders],
  ] as const) {
    const cell = full[column]!;
    if (cell === "" || isUuid(cell.toLowerCase())) continue;
    const ids = known[cell] ?? [];
    if (ids.length === 1) full[column] = ids[0]!;
    else faults[column] = word(ids.length === 0 ? "import_unknown_name" : "import_same_name");
  }
  for (const column of ["started_at", "ended_at", "submitted_at", "device_started_at"] as const)
    full[column] = timeCell(full[column]!, defaults.offsetMinutes);
  const minutes = Math.round((Date.parse(full["ended_at"]!) - Date.parse(full["started_at"]!)) / 60_000);
  const fallback: Partial<Record<Column, string>> = {
    provider: defaults.provider,
    booked_minutes: Number.isFinite(minutes) ? String(Math.max(0, minutes)) : "0",
    entry: "manual",
    mock: "0",
    two_carer: "0",
    alternate_proof: "none",
    family: "none",
    submitted_at: new Date(defaults.now * 1000).toISOString(),
  };
  for (const [column, value] of Object.entries(fallback)) if (full[column] === "") full[column] = value;
  if (full["entry"] === "manual" && full["manual_reason"] === "") faults.manual_reason = word("cell_required");
  if (full["id"] === "") full["id"] = idOf(full);
  for (const column of REQUIRED) if (full[column] === "") faults[column] = word("cell_required");
  const parsed = FILES["visits.csv"].safeParse(full);
  if (!parsed.success)
    for (const { column, reason } of cellErrors("", line, parsed.error)) faults[column as Column] ??= faultOf(reason);
  return { line, cells, row: parsed.success && Object.keys(faults).length === 0 ? parsed.data : null, faults };
}

/** Which column an issue of the server speaks of, by the field's name in a visit. */
export function columnOfPointer(pointer: string): Column {
  const field = pointer.split("/").slice(3).join("/");
  const known: Record<string, Column> = {
    caregiver: "caregiver",
    elder: "elder",
    item: "item",
    provider: "provider",
    startedAt: "started_at",
    endedAt: "ended_at",
    replaces: "replaces",
    id: "id",
    details: "manual_reason",
  };
  return known[field] ?? "id";
}
export const duplicateOf = (line: number): Fault => word("import_twice", { row: String(line) });
