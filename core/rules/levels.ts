import { ABILITY_LEVELS, LTCI_LEVELS } from "../assessment.ts";
import type { RuleBook } from "./rule.ts";

/** Whether an elder's assessed level, valid on the day, reaches a minimum of either scale; null without an assessment. */
export function reachesLevel(book: RuleBook, elder: string, minimum: string, day: number): boolean | null {
  const ability = (ABILITY_LEVELS as readonly string[]).includes(minimum);
  const order: readonly string[] = ability ? ABILITY_LEVELS : LTCI_LEVELS;
  const level = book.level(elder, ability ? "gbt42195" : "ltci", day);
  return level === null ? null : order.indexOf(level) >= order.indexOf(minimum);
}
