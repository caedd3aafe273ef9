import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { benchDay, benchIngest } from "../bench/ledger.ts";
import { benchReview } from "../bench/review.ts";
import { benchSettlement } from "../bench/settlement.ts";
import { type Line, markdown } from "../bench/table.ts";
import { benchLeaves, benchTrees } from "../bench/trees.ts";
import { EXIT, text, UsageError, type Verb } from "../verb.ts";

const PARTS = ["leaves", "trees", "ingest", "day", "settlement", "review"] as const;

const PAGE = new URL("../../docs/performance.md", import.meta.url);
const HEAD = `# Performance

Made by \`npm run bench -- --record\`, or with the names of some parts, on one shared machine. Compare the ratios, which come
from one run each; the absolute figures are that machine's.`;

/** Puts a run's table in the place of those sections that it measured again. */
function record(parts: readonly string[], table: string): void {
  const sections = new Map<string, string>();
  for (const section of readFileSync(PAGE, "utf8").split(/^## /m).slice(1)) {
    const title = section.slice(0, section.indexOf("\n"));
    const kept = title.split(":")[0]!.split(", ");
    if (!kept.every((part) => parts.includes(part))) sections.set(title, section.slice(title.length).trim());
  }
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.version}`;
  sections.set(`${parts.join(", ")}: ${machine}`, table);
  const texts = [...sections].map(([title, text]) => `## ${title}\n\n${text}`);
  writeFileSync(PAGE, `${[HEAD, ...texts].join("\n\n")}\n`);
}

const verb: Verb = {
  usage: "bench [leaves|trees|ingest|day|settlement|review …] [--records 1000000] [--record]",
  summary: "measure side by side; --record writes docs/performance.md",
  options: { records: { type: "string" }, record: { type: "boolean" } },
  async run(call) {
    const asked = call.positionals.length > 0 ? call.positionals : [...PARTS];
    const records = Number(text(call, "records") ?? 1_000_000);
    const wrong = asked.find((part) => !(PARTS as readonly string[]).includes(part));
    if (wrong || !Number.isInteger(records) || records < 5000)
      throw new UsageError(`bench ${PARTS.join(" | ")}, --records at least 5000`);
    const lines: Line[] = [];
    if (asked.includes("leaves")) lines.push(...benchLeaves());
    if (asked.includes("trees")) lines.push(...benchTrees());
    if (asked.includes("ingest")) lines.push(...(await benchIngest()));
    if (asked.includes("day")) lines.push(...(await benchDay(records)));
    if (asked.includes("review")) lines.push(...(await benchReview(records)));
    if (asked.includes("settlement")) lines.push(...(await benchSettlement()));
    const table = markdown(lines);
    call.out.result(lines, table);
    if (call.values["record"] === true) record(asked, table);
    return EXIT.ok;
  },
};
export default verb;
