import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dayOfDate } from "../../core/day.ts";
import { systemClock } from "../../server/clock.ts";
import { generateDataset, today } from "../dataset/generate.ts";
import { fitsYear } from "../dataset/yearCases.ts";
import { EXIT, text, UsageError, type Verb } from "../verb.ts";

const verb: Verb = {
  usage: "dataset <folder> [--days 14] [--instances 6] [--from DATE] [--seed 1] [--cases N [--year-end]]",
  summary: "write a dataset folder out of the real routes in data/hhcrsp",
  options: {
    days: { type: "string" },
    instances: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    cases: { type: "string" },
    "year-end": { type: "boolean" },
  },
  async run(call) {
    const [folder] = call.positionals;
    if (!folder) throw new UsageError("a folder is needed");
    const number = (name: string, fallback: number, max: number) => {
      const value = Number(text(call, name) ?? fallback);
      if (!Number.isInteger(value) || value < 1 || value > max)
        throw new UsageError(`--${name}: a number from 1 to ${max}`);
      return value;
    };
    const days = number("days", 14, 400);
    const from = text(call, "from");
    const firstDay = from ? dayOfDate(from) : today(systemClock.now()) - days;
    if (firstDay === null) throw new UsageError("--from: a date YYYY-MM-DD");
    const yearEnd = call.values["year-end"] === true;
    if (yearEnd && !fitsYear(firstDay, days))
      throw new UsageError("--year-end: the days must end on 31 December and begin in September or before");
    const files = generateDataset({
      days,
      instances: number("instances", 6, 20),
      firstDay,
      seed: number("seed", 1, 2 ** 31),
      yearEnd,
      ...(text(call, "cases") !== undefined && { cases: number("cases", 1, 1000) }),
    });
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const rows = Object.fromEntries(
      Object.entries(files)
        .filter(([name]) => name.endsWith(".csv"))
        .map(([name, content]) => [name, content.split("\n").length - 2]),
    );
    call.out.result(
      { folder, rows },
      Object.entries(rows)
        .map(([name, count]) => `${join(folder, name)}: ${count} rows`)
        .join("\n"),
    );
    return EXIT.ok;
  },
};
export default verb;
