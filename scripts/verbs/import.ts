import { importFolder } from "../dataset/load.ts";
import { EXIT, UsageError, type Verb, waitUntil, withLedger } from "../verb.ts";

const verb: Verb = {
  usage: "import <folder> [--partial]",
  summary: "append a dataset folder to the open day, signed by the importer's key (provenance: attested)",
  options: { partial: { type: "boolean" } },
  async run(call) {
    const [folder] = call.positionals;
    if (!folder) throw new UsageError("a folder is needed");
    return await withLedger(call, async (ledger, home) => {
      const report = await importFolder(ledger, home, folder, {
        partial: call.values["partial"] === true,
        waitUntil,
        progress: call.out.progress,
      });
      for (const { file, line, column, reason } of report.refused)
        call.out.line(`left out ${file}:${line}: ${column}: ${reason}`);
      call.out.result(
        report,
        `region ${report.region}: ${report.registry} registry entries, ${report.feeds} events, ${report.visits} visits taken, ${report.refused.length} rows left out (attested: no provider signed)`,
      );
      return EXIT.ok;
    });
  },
};
export default verb;
