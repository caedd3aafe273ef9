/**
 * Ability assessment of older adults, GB/T 42195-2022: 26 items in four parts, 90 points, five levels. The scores are
 * those of the items in the order of the standard; the findings may make the level heavier, never lighter.
 */
export const ABILITY_ITEMS = [
  // B1 self-care: eating, grooming, bathing, upper dressing, lower dressing, bladder, bowel, toileting.
  ...[4, 4, 4, 4, 4, 4, 4, 4],
  // B2 mobility: bed transfer, bed to chair, walking, stairs.
  ...[4, 4, 4, 3],
  // B3 mental state: time, place, person, memory, comprehension, expression, aggression, depression, consciousness.
  ...[4, 4, 4, 4, 4, 4, 1, 1, 2],
  // B4 perception and participation: sight, hearing, daily affairs, transport, social.
  ...[2, 4, 3, 2, 4],
] as const;

export const ABILITY_LEVELS = ["intact", "mild", "moderate", "severe", "total"] as const;
export type AbilityLevel = (typeof ABILITY_LEVELS)[number];

/** Levels of long-term-care insurance (医保办发〔2021〕37号), lightest first. */
export const LTCI_LEVELS = ["0", "1", "2", "3", "4", "5"] as const;

/** The least points of each level, lightest first. */
const LEAST_POINTS = [90, 66, 46, 30, 0] as const;

export interface Findings {
  coma: boolean;
  /** Dementia or another mental disorder (F00–F99), or two risk events or more within 30 days: once one level heavier. */
  heavier: boolean;
}

/** Points of 26 scores. Throws RangeError unless each is a whole number within its item. */
export function abilityPoints(scores: readonly number[]): number {
  if (scores.length !== ABILITY_ITEMS.length) throw new RangeError(`scores: ${ABILITY_ITEMS.length} are needed`);
  scores.forEach((score, i) => {
    if (!Number.isInteger(score) || score < 0 || score > ABILITY_ITEMS[i]!) throw new RangeError(`scores[${i}]`);
  });
  return scores.reduce((sum, score) => sum + score, 0);
}

/** The level that scores and findings give. Throws RangeError on wrong scores. */
export function abilityLevel(scores: readonly number[], { coma, heavier }: Findings): AbilityLevel {
  const points = abilityPoints(scores);
  const level = LEAST_POINTS.findIndex((least) => points >= least);
  if (coma) return "total";
  return ABILITY_LEVELS[Math.min(level + (heavier ? 1 : 0), ABILITY_LEVELS.length - 1)]!;
}
