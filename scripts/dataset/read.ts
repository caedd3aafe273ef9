import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Info, parse } from "csv-parse";
import type { z } from "zod";
import { cellErrors, FILES, type FileName, type Parsed, RegionFile, type RowOf } from "../../server/imports/schema.ts";

const MAX_ERRORS = 1000;

/** One CSV file, parsed and checked cell by cell. A missing file has no rows. */
export async function readTable<F extends FileName>(
  folder: string,
  file: F,
  maxErrors = MAX_ERRORS,
): Promise<Parsed<RowOf<F>>> {
  const result: Parsed<RowOf<F>> = { rows: [], errors: [] };
  const path = join(folder, file);
  if (!existsSync(path)) return result;
  const parser = csvRows(path);
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      const parsed = FILES[file].safeParse(record);
      if (parsed.success) result.rows.push({ line: info.lines, row: parsed.data as RowOf<F> });
      else result.errors.push(...cellErrors(file, info.lines, parsed.error));
      if (result.errors.length >= maxErrors) break;
    }
  } catch (error) {
    const { lines, message } = error as { lines?: number; message: string };
    result.errors.push({ file, line: lines ?? 0, column: "", reason: `malformed CSV: ${message}` });
  }
  return result;
}

interface CsvRow {
  record: Record<string, string>;
  info: Info;
}

function csvRows(path: string) {
  const parser = parse({ columns: true, bom: true, info: true, skip_empty_lines: true, max_record_size: 65_536 });
  // A pipe tells nobody that there was nothing to read.
  createReadStream(path)
    .on("error", (error) => parser.destroy(error))
    .pipe(parser);
  return parser;
}

/** Some columns as they stand, also of rows that are wrong elsewhere; "" where there is none. */
export async function readCells(
  folder: string,
  file: FileName,
  columns: readonly string[],
): Promise<{ line: number; values: string[] }[]> {
  const cells: { line: number; values: string[] }[] = [];
  for await (const { record, info } of csvRows(join(folder, file)) as AsyncIterable<CsvRow>)
    cells.push({ line: info.lines, values: columns.map((column) => record[column] ?? "") });
  return cells;
}

/** A file's JSON, with or without a byte order mark. */
function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Error(`${path}: not JSON: ${(error as Error).message}`);
  }
}

/** region.json of a folder. Throws with the reason when it is missing or wrong. */
export function readRegion(folder: string): z.output<typeof RegionFile> {
  const path = join(folder, "region.json");
  if (!existsSync(path)) throw new Error(`${path}: missing`);
  const parsed = RegionFile.safeParse(jsonIn(path));
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map((issue) => `region.json: ${issue.path.join(".")}: ${issue.message}`).join("\n"),
    );
  return parsed.data;
}
