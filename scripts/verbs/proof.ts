import { writeFileSync } from "node:fs";
import { EXIT, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "proof <visit> [--region CODE] [--show GROUP,…] [--out FILE]",
  summary: "everything that checks one entry without this server; --show opens details and is written into the log",
  options: {
    region: { type: "string" },
    show: { type: "string" },
    purpose: { type: "string" },
    out: { type: "string" },
  },
  async run(call) {
    const [id] = call.positionals;
    if (!id) throw new UsageError("an entry's id is needed");
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      const shown = text(call, "show")?.split(",") ?? [];
      if (shown.length > 0) {
        const purpose = text(call, "purpose");
        if (!purpose) throw new UsageError("--show reads personal details: --purpose is needed");
        // A read that cannot be made is not written down as one.
        ledger.audits.details(region, id);
        await ledger.erasures.recordAccess(region, id, "command line", purpose);
      }
      const proof = ledger.audits.proof(region, id, shown);
      const file = text(call, "out");
      if (file) writeFileSync(file, `${JSON.stringify(proof, null, 2)}\n`);
      call.out.result(proof, file ?? JSON.stringify(proof, null, 2));
      return EXIT.ok;
    });
  },
};
export default verb;
