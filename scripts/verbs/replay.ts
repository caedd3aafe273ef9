import { dateOfDay } from "../../core/day.ts";
import { EXIT, regionOf, type Verb, withExistingLedger } from "../verb.ts";
import { dayOption } from "./settle.ts";

const verb: Verb = {
  usage: "replay [<region> <day>] [--day DATE]",
  summary:
    "compute the verdicts of a day (or of all) again from the log and the named rule set; they must be the same bytes",
  options: { region: { type: "string" }, day: { type: "string" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const [place, date] = call.positionals;
      if (place !== undefined) call.values["region"] = place;
      if (date !== undefined) call.values["day"] = date;
      const region = regionOf(call, ledger);
      const day = dayOption(call, "day");
      const reviews = ledger.reviews.store.reviews(region, day ?? 0, day ?? Number.MAX_SAFE_INTEGER);
      const found = reviews.map(({ reviewedDay }, i) => {
        const replayed = ledger.reviews.replay(region, reviewedDay);
        call.out.progress("days", i + 1, reviews.length);
        const { same, erased, verdicts, review } = replayed;
        return {
          day: dateOfDay(reviewedDay),
          same,
          erased,
          verdicts: verdicts.length,
          hash: review.verdicts,
          ruleset: review.ruleset,
        };
      });
      const lines = found.map(({ day: of, same, verdicts, hash, erased }) => {
        const words = same
          ? "一致 same"
          : erased > 0
            ? `${erased} verdicts are of erased persons: not covered`
            : "不一致 DIFFERENT";
        return `${of}: ${verdicts} verdicts, ${words} ${hash}`;
      });
      call.out.result(found, lines.join("\n") || "no day was reviewed");
      return found.every(({ same, erased }) => same || erased > 0) ? EXIT.ok : EXIT.broken;
    });
  },
};
export default verb;
