import { dateOfDay } from "../../core/day.ts";
import { EXIT, regionOf, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "review",
  summary: "review every sealed day that was not reviewed yet (the server does it by itself)",
  options: { region: { type: "string" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const done = await ledger.reviews.reviewDue(regionOf(call, ledger));
      const lines = done.map(({ reviewedDay, count }) => `${dateOfDay(reviewedDay)}: ${count} verdicts`);
      call.out.result(done, lines.join("\n") || "nothing is due");
      return EXIT.ok;
    });
  },
};
export default verb;
