import { readFileSync } from "node:fs";
import { RULES } from "../../core/rules/catalogue.ts";
import { defaultRuleSet, MODES, otherVersions, type RuleSet } from "../../core/rules/ruleSet.ts";
import { RuleSetInput } from "../../server/reviews/schema.ts";
import { type Call, EXIT, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";
import { dayOption } from "./settle.ts";

/** The rule set that the options name: a file's, or every rule with the table's values, in one mode. */
function chosen(call: Call): RuleSet {
  const file = text(call, "file");
  if (file) {
    const parsed = RuleSetInput.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data as RuleSet;
    throw new UsageError(
      parsed.error.issues.map(({ path, message }) => `${file}: /${path.join("/")}: ${message}`).join("\n"),
    );
  }
  const mode = MODES.find((one) => one === (text(call, "mode") ?? "hard"));
  if (!mode) throw new UsageError(`--mode: ${MODES.join(", ")}`);
  const set = defaultRuleSet();
  return { ...set, rules: set.rules.map((rule) => ({ ...rule, modes: [{ fromDay: 0, mode }] })) };
}

const verb: Verb = {
  usage: "rules [adopt [--file SET.json | --mode shadow|soft|hard] [--from DATE]]",
  summary: "the review rules in force and how often each was found wrong; adopt puts a rule set in force",
  options: {
    region: { type: "string" },
    file: { type: "string" },
    mode: { type: "string" },
    from: { type: "string" },
  },
  async run(call) {
    const [action] = call.positionals;
    if (action && action !== "adopt") throw new UsageError(verb.usage);
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      const { openDay } = ledger.entries.store.regionRow(region);
      if (action === "adopt") {
        const from = dayOption(call, "from") ?? openDay;
        const { receipt } = await ledger.desk.adopt(region, chosen(call), from);
        const set = ledger.reviews.store.ruleSets(region, receipt.day).at(-1)!;
        call.out.result(
          { content: set.content, validFrom: set.validFrom, receipt },
          `规则集已启用 in force: ${set.content}`,
        );
        return EXIT.ok;
      }
      const set = ledger.reviews.ruleSetOn(region, openDay);
      const history = ledger.explanations.history(region);
      const modes = set?.ruleSet.rules ?? [];
      const lines = RULES.map(({ id, name, version, level, title }) => {
        const mode =
          modes.find((rule) => rule.id === id)?.modes.findLast(({ fromDay }) => fromDay <= openDay)?.mode ?? "off";
        const found = history.find(({ rule }) => rule === id);
        const errors =
          found && found.decided > 0
            ? `; ${found.wrong} of ${found.decided} found wrong${found.spent ? " — budget spent" : ""}`
            : "";
        return `${id} ${name.padEnd(26)} v${version} ${level.padEnd(4)} ${mode.padEnd(6)} ${title.zh} / ${title.en}${errors}`;
      });
      const older = set ? otherVersions(set.ruleSet) : [];
      if (older.length > 0)
        lines.push(
          `规则集所写版本与本程序不同,请采用新规则集 the set names other versions than run here, \`rules adopt\` names them: ${older
            .map(({ id, version, here }) => `${id} v${version} → ${here ? `v${here}` : "-"}`)
            .join(", ")}`,
        );
      const head = set ? `${set.content}` : "没有启用规则集 no rule set is in force: `rules adopt`";
      call.out.result(
        { content: set?.content ?? null, rules: modes, otherVersions: older, history },
        [head, ...lines].join("\n"),
      );
      return EXIT.ok;
    });
  },
};
export default verb;
