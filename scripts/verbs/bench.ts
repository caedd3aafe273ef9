import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { benchDay, benchIngest } from "../bench/ledger.ts";
import { benchReview } from "../bench/review.ts";
import { benchSettlement } from "../bench/settlement.ts";
import { type Line, markdown } from "../bench/table.ts";
import { benchLeaves, benchTrees } from "../bench/trees.ts";
import { EXIT, text, UsageError, type Verb } from "../verb.ts";

/** What can be measured, each alone or all in this order. */
const PARTS: Record<string, (records: number) => Line[] | Promise<Line[]>> = {
  leaves: benchLeaves,
  trees: benchTrees,
  ingest: benchIngest,
  day: benchDay,
  settlement: benchSettlement,
  review: benchReview,
};

const PAGE = new URL("../../docs/performance.md", import.meta.url);
const HEAD = `# Performance

Made by \`npm run bench -- --record\`, or with the names of some parts, on one shared machine. Compare the ratios, which come
from one run of each part; the absolute figures are that machine's.`;

/** Puts the table of each part that was measured in the place of the one before; the others stay. */
function record(measured: ReadonlyMap<string, Line[]>): void {
  const sections = new Map<string, string>();
  for (const section of readFileSync(PAGE, "utf8").split(/^## /m).slice(1))
    sections.set(section.slice(0, section.indexOf(":")), section.trim());
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.version}`;
  for (const [part, lines] of measured) sections.set(part, `${part}: ${machine}\n\n${markdown(lines)}`);
  const texts = Object.keys(PARTS).flatMap((part) => (sections.has(part) ? [`## ${sections.get(part)!}`] : []));
  writeFileSync(PAGE, `${[HEAD, ...texts].join("\n\n")}\n`);
}

const verb: Verb = {
  usage: "bench [leaves|trees|ingest|day|settlement|review …] [--records 1000000] [--record]",
  summary: "measure side by side; --record writes docs/performance.md",
  options: { records: { type: "string" }, record: { type: "boolean" } },
  async run(call) {
    const records = Number(text(call, "records") ?? 1_000_000);
    const wrong = call.positionals.find((part) => !Object.hasOwn(PARTS, part));
    if (wrong || !Number.isInteger(records) || records < 5000)
      throw new UsageError(`bench ${Object.keys(PARTS).join(" | ")}, --records at least 5000`);
    const measured = new Map<string, Line[]>();
    for (const [part, measure] of Object.entries(PARTS))
      if (call.positionals.length === 0 || call.positionals.includes(part)) measured.set(part, await measure(records));
    const lines = [...measured.values()].flat();
    call.out.result(lines, markdown(lines));
    if (call.values["record"] === true) record(measured);
    return EXIT.ok;
  },
};
export default verb;
