import { EXIT, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "fsck [--no-details] [--no-chain]",
  summary: "recompute every leaf, tree and signature and compare with the chain",
  options: { "no-details": { type: "boolean" }, "no-chain": { type: "boolean" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const total = ledger.db.sql.prepare("SELECT count(*) FROM entry").pluck().get() as number;
      const report = await ledger.fsck({
        details: call.values["no-details"] !== true,
        chain: call.values["no-chain"] !== true,
        onProgress: (entries) => call.out.progress("entries", entries, total),
      });
      const faults = report.faults.map(
        ({ region, day, index, field, what }) =>
          `✗ region ${region} day ${day ?? "-"} index ${index ?? "-"} ${field}: ${what}`,
      );
      const summary = `${report.entries} entries, ${report.days} days, ${report.regions} regions; details of ${report.details} opened, ${report.erased} boxes erased; ${report.anchored ?? "no"} days found on the chain; ${report.money.settlements} settlements, ${report.money.runs} runs, ${report.money.bankFiles} bank files computed again`;
      call.out.result(report, [...faults, summary, report.ok ? "一致 CONSISTENT" : "不一致 BROKEN"].join("\n"));
      return report.ok ? EXIT.ok : EXIT.broken;
    });
  },
};
export default verb;
