import { dateOfDay } from "../../core/day.ts";
import type { Explanation } from "../../server/reviews/explain.ts";
import { QUEUE_STATES } from "../../server/reviews/schema.ts";
import { EXIT, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";
import { dayOption } from "./settle.ts";

const degrees = (micro: number) => (micro / 1e6).toFixed(6);
const place = (fix: { lon: number; lat: number; accuracyM: number } | null) =>
  fix ? `${degrees(fix.lon)},${degrees(fix.lat)} ±${fix.accuracyM} m` : "-";

function described(found: Explanation, offsetMinutes: number): string {
  const time = (seconds: number) =>
    new Date((seconds + offsetMinutes * 60) * 1000).toISOString().slice(0, 19).replace("T", " ");
  const { rule, records, history, appeal } = found;
  const rows = records.map(
    (r) =>
      `  ${r.id}\n    ${time(r.startedAt)} – ${time(r.endedAt)}  ${r.item}  护理员 ${r.caregiver}  老人 ${r.elder}\n    in ${place(r.placeIn)}   out ${place(r.placeOut)}${r.metresFromBefore === null ? "" : `   ${r.metresFromBefore} m from the one before`}`,
  );
  return [
    `${rule.id} ${rule.name} v${rule.version} (${rule.level}): ${found.severity}`,
    found.sentence.zh,
    found.sentence.en,
    `numbers ${JSON.stringify(found.numbers)}`,
    ...rows,
    rule.text.zh,
    rule.text.en,
    `历史 history: ${history.wrong} of ${history.decided} decided findings were wrong${history.spent ? " — budget spent" : ""}`,
    `申诉 appeal: ${appeal.zh} ${appeal.en}`,
  ].join("\n");
}

const verb: Verb = {
  usage: "verdicts [--day DATE | --entry ID | --explain VERDICT --by NAME --purpose WHY | --queue]",
  summary: "what rules found on a day or about an entry; one of them explained; what waits for a decision",
  options: {
    region: { type: "string" },
    day: { type: "string" },
    entry: { type: "string" },
    explain: { type: "string" },
    by: { type: "string" },
    purpose: { type: "string" },
    queue: { type: "boolean" },
  },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      const [explained, entry] = [text(call, "explain"), text(call, "entry")];
      if (explained) {
        const [by, purpose] = [text(call, "by"), text(call, "purpose")];
        if (!by || !purpose)
          throw new UsageError("--explain shows personal details: --by and --purpose are written into the log");
        const found = ledger.explanations.explain(region, explained);
        await ledger.erasures.recordAccess(region, explained, by, purpose);
        call.out.result(found, described(found, ledger.entries.store.regionRow(region).offsetMinutes));
        return EXIT.ok;
      }
      if (entry) {
        const words = ledger.desk.wordsOn(region, entry);
        const lines = words.map(
          (word) =>
            `${dateOfDay(word.day)} ${word.id} ${word.verdict ? `${word.verdict.rule} ${word.verdict.severity}` : word.decision}`,
        );
        const outcome = ledger.desk.outcomeOf(words);
        call.out.result({ outcome, words }, [`outcome ${outcome}`, ...lines].join("\n"));
        return EXIT.ok;
      }
      if (call.values["queue"] === true) {
        const items = ledger.explanations.queue(region, QUEUE_STATES, { day: 0, index: -1 }, 1000);
        const lines = items.map(
          ({ entry: id, day, state, rules }) => `${dateOfDay(day)} ${id} ${state} ${rules.join(" ")}`,
        );
        call.out.result(items, lines.join("\n") || "nothing waits");
        return EXIT.ok;
      }
      const day = dayOption(call, "day");
      const reviews = ledger.reviews.store.reviews(region, day ?? 0, day ?? Number.MAX_SAFE_INTEGER);
      const ids = new Set(reviews.map(({ id }) => id));
      const rows = ledger.reviews.store
        .bareVerdicts(region, 0, Number.MAX_SAFE_INTEGER)
        .filter(({ review }) => ids.has(review));
      const lines = rows.map(
        ({ id, rule, severity, subjects }) =>
          `${id} ${rule} ${severity.padEnd(9)} ${subjects.slice(0, 3).join(" ")}${subjects.length > 3 ? ` +${subjects.length - 3}` : ""}`,
      );
      call.out.result(
        rows.map(({ person: _person, box: _box, ...row }) => row),
        lines.join("\n") || "no verdicts",
      );
      return EXIT.ok;
    });
  },
};
export default verb;
