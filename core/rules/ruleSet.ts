import { type Hex, toHex, utf8 } from "../bytes.ts";
import { canonical, type Json } from "../details.ts";
import { keccak } from "../hash.ts";
import { RULES, ruleOf } from "./catalogue.ts";
import type { Finding, Severity } from "./rule.ts";

/** How far a rule's word goes: noted and paid, held whatever it says, or as it says. */
export const MODES = ["shadow", "soft", "hard"] as const;
export type Mode = (typeof MODES)[number];

/** From a region's day on. */
export interface ModePeriod {
  fromDay: number;
  mode: Mode;
}

export interface RuleSetting {
  id: string;
  version: number;
  params: Record<string, number>;
  /** Ascending; before the first the rule does not run. */
  modes: readonly ModePeriod[];
  /** Findings of a hundred decided that reviewers may find wrong before somebody has to look at the rule. */
  falsePercent: number;
}

/** A list of rules with their parameters and modes, named by its hash; itself an entry of the log. */
export interface RuleSet {
  rules: readonly RuleSetting[];
  /** Days within which a provider may appeal. */
  appealDays: number;
}

/** Every rule with the values of its table, hard from the beginning. */
export function defaultRuleSet(): RuleSet {
  const rules = RULES.map(
    ({ id, version, params }): RuleSetting => ({
      id,
      version,
      params: Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, value])),
      modes: [{ fromDay: 0, mode: "hard" }],
      falsePercent: 10,
    }),
  );
  return { rules, appealDays: 15 };
}

/** The one text of a rule set; what is hashed and kept. */
export function ruleSetText(set: RuleSet): string {
  return canonical(set as unknown as Json);
}

export const ruleSetHash = (text: string): Hex => toHex(keccak(utf8(text)));

export interface RuleSetIssue {
  pointer: string;
  reason: "unknown_rule" | "other_version" | "invalid_value" | "duplicate_id";
}

/** What is wrong with a rule set, by its place; empty when it can be run here. */
export function ruleSetIssues(set: RuleSet): RuleSetIssue[] {
  const seen = new Set<string>();
  return set.rules.flatMap(({ id, version, params, modes }, i): RuleSetIssue[] => {
    const pointer = `/rules/${i}`;
    const known = RULES.find((rule) => rule.id === id);
    if (!known) return [{ pointer: `${pointer}/id`, reason: "unknown_rule" }];
    if (seen.has(id)) return [{ pointer: `${pointer}/id`, reason: "duplicate_id" }];
    seen.add(id);
    if (known.version !== version) return [{ pointer: `${pointer}/version`, reason: "other_version" }];
    const names = new Set([...Object.keys(params), ...Object.keys(known.params)]);
    const wrong: RuleSetIssue[] = [...names]
      .filter((name) => {
        const [value, bounds] = [params[name], known.params[name]];
        return (
          !bounds || value === undefined || !Number.isSafeInteger(value) || value < bounds.min || value > bounds.max
        );
      })
      .map((name) => ({ pointer: `${pointer}/params/${name}`, reason: "invalid_value" }));
    const unordered = modes.some(({ fromDay }, at) => at > 0 && fromDay <= modes[at - 1]!.fromDay);
    if (unordered) wrong.push({ pointer: `${pointer}/modes`, reason: "invalid_value" });
    return wrong;
  });
}

/** Rules of a set that this program has in another version, or not at all: what they found it cannot find again. */
export function otherVersions(set: RuleSet): { id: string; version: number; here: number | null }[] {
  return set.rules.flatMap(({ id, version }) => {
    const here = RULES.find((rule) => rule.id === id)?.version ?? null;
    return here === version ? [] : [{ id, version, here }];
  });
}

/** The mode of a rule on a day; null when it does not run. */
export function modeOn(set: RuleSet, id: string, day: number): Mode | null {
  const modes = set.rules.find((rule) => rule.id === id)?.modes ?? [];
  return modes.findLast(({ fromDay }) => fromDay <= day)?.mode ?? null;
}

/** What a finding does under a mode. */
export function severityUnder(mode: Mode, severity: Finding["severity"]): Finding["severity"] {
  if (mode === "shadow") return "mark";
  return mode === "soft" && severity === "block" ? "hold" : severity;
}

/** What verdicts together do to a line: one block blocks, one hold holds; marks never add up to a hold. */
export function outcomeOf(severities: Iterable<Severity>): "pay" | "held" | "denied" {
  let held = false;
  for (const severity of severities) {
    if (severity === "block") return "denied";
    held ||= severity === "hold";
  }
  return held ? "held" : "pay";
}

/** Marks of that many rules put a visit into the sample that people look at. */
export const SAMPLE_MARKS = 3;

export const ruleOrder = (id: string): number => RULES.indexOf(ruleOf(id));
