import { evaluateFolder } from "../dataset/evaluate.ts";
import { EXIT, UsageError, type Verb } from "../verb.ts";

const percent = (share: number | null) => (share === null ? "-" : `${(share * 100).toFixed(1)} %`);

const verb: Verb = {
  usage: "evaluate <folder>",
  summary: "review a labelled dataset in a temporary home and say how each rule did (labels.csv)",
  async run(call) {
    const [folder] = call.positionals;
    if (!folder) throw new UsageError("evaluate <folder>");
    const found = await evaluateFolder(folder, call.out.progress);
    const rows = Object.entries(found.rules).map(
      ([rule, { labelled, recall, named, named_clean, precision }]) =>
        `${rule}  labelled ${String(labelled).padStart(6)}  recall ${percent(recall).padStart(7)}  named ${String(named).padStart(6)}, of them clean ${String(named_clean).padStart(5)}  precision ${percent(precision).padStart(7)}`,
    );
    const summary = `${found.visits} visits in ${found.days} days, ${found.refused} refused; ${found.held_clean} of ${found.clean} clean visits held (${found.clean_held_percent ?? "-"} %); reviewed in ${found.review_seconds} s${found.unread > 0 ? `; ${found.unread} rows of labels.csv and decisions.csv could not be read` : ""}`;
    const leftOut = found.left_out_first
      .slice(0, 5)
      .map(({ file, line, column, reason }) => `left out: ${file}:${line}: ${column}: ${reason}`);
    if (found.left_out > leftOut.length) leftOut.push(`left out: ${found.left_out} rows in all`);
    // The JSON alone goes to standard output, for programs; the table to the terminal beside it.
    process.stderr.write(`${[...rows, ...leftOut, summary].join("\n")}\n`);
    call.out.result(found, JSON.stringify(found));
    return EXIT.ok;
  },
};
export default verb;
