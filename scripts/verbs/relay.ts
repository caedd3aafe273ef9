import { EXIT, UsageError, type Verb, withExistingLedger } from "../verb.ts";
import { readRequest } from "./sign.ts";

const verb: Verb = {
  usage: "relay <request.json>",
  summary: "send what officials signed to the chain; who sends it means nothing",
  async run(call) {
    const [file] = call.positionals;
    if (!file) throw new UsageError("a signed request is needed");
    const request = readRequest(file);
    return await withExistingLedger(call, async (ledger) => {
      const mined = await ledger.payouts.officials.relay(request);
      call.out.result(mined, `${request.message.action} ${request.message.fund}: ${mined.tx}`);
      return EXIT.ok;
    });
  },
};
export default verb;
