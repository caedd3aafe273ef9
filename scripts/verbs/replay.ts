import { dateOfDay } from "../../core/day.ts";
import type { Replayed } from "../../server/reviews/service.ts";
import { EXIT, regionOf, type Verb, withExistingLedger } from "../verb.ts";
import { dayOption } from "./settle.ts";

/** What is said of a day against which nothing was found; null when its verdicts are others than the log has. */
function wordsOf({ same, erased, otherVersions }: Pick<Replayed, "same" | "erased" | "otherVersions">): string | null {
  if (same) return "一致 same";
  if (erased > 0) return `不含已删除者 not covered: ${erased} verdicts are of erased persons;`;
  if (otherVersions.length === 0) return null;
  const rules = otherVersions.map(({ id, version, here }) => `${id} ${version}→${here ?? "-"}`);
  return `规则版本不同 not covered: the rule set names other versions than this program's (${rules.join(", ")});`;
}

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
      const reviewed = () => ledger.reviews.store.reviews(region, 0, Number.MAX_SAFE_INTEGER);
      // A day that is named and was never reviewed is refused.
      const days = day === null ? reviewed().map(({ reviewedDay }) => reviewedDay) : [day];
      const found = days.map((reviewedDay, i) => {
        const replayed = ledger.reviews.replay(region, reviewedDay);
        call.out.progress("days", i + 1, days.length);
        const { same, erased, verdicts, review, otherVersions } = replayed;
        return {
          day: dateOfDay(reviewedDay),
          same,
          erased,
          otherVersions,
          verdicts: verdicts.length,
          hash: review.verdicts,
          ruleset: review.ruleset,
        };
      });
      const lines = found.map(
        (one) => `${one.day}: ${one.verdicts} verdicts, ${wordsOf(one) ?? "不一致 DIFFERENT"} ${one.hash}`,
      );
      call.out.result(found, lines.join("\n") || "no day was reviewed");
      return found.every((one) => wordsOf(one) !== null) ? EXIT.ok : EXIT.broken;
    });
  },
};
export default verb;
