import { writeFileSync } from "node:fs";
import { writeNote } from "../../core/note.ts";
import { EXIT, regionOf, text, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "checkpoint [--region CODE] [--out FILE]",
  summary: "export the operator's signed statement, for verifying offline",
  options: { region: { type: "string" }, out: { type: "string" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const signed = ledger.seals.checkpoint(regionOf(call, ledger));
      const note = writeNote({ ledgerId: ledger.file.ledgerId, ...signed });
      const file = text(call, "out");
      if (file) writeFileSync(file, note);
      call.out.result({ note }, file ?? note);
      return EXIT.ok;
    });
  },
};
export default verb;
