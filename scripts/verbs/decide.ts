import { DECISIONS } from "../../server/reviews/schema.ts";
import { EXIT, need, regionOf, UsageError, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: `decide <entry> ${DECISIONS.join("|")} --by NAME --reason WHY`,
  summary: "release, deny or ask about a held line; answer or appeal as its provider; uphold or overturn an appeal",
  options: { region: { type: "string" }, by: { type: "string" }, reason: { type: "string" } },
  async run(call) {
    const [subject, name] = call.positionals;
    const outcome = DECISIONS.find((one) => one === name);
    if (!subject || !outcome) throw new UsageError(verb.usage);
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      const decision = { region, subject, outcome, by: need(call, "by"), reason: need(call, "reason") };
      const { receipt } = await ledger.desk.decide(decision);
      const state = ledger.desk.outcomeOf(ledger.desk.wordsOn(region, subject));
      call.out.result({ subject, outcome, line: state, receipt }, `${outcome}: the line is ${state}`);
      return EXIT.ok;
    });
  },
};
export default verb;
