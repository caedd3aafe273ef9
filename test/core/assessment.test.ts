import { expect } from "chai";
import fc from "fast-check";
import { ABILITY_ITEMS, ABILITY_LEVELS, abilityLevel, abilityPoints } from "../../core/assessment.ts";

const NONE = { coma: false, heavier: false };
/** Scores that add up to so many points. */
function scoresOf(points: number): number[] {
  let rest = points;
  return ABILITY_ITEMS.map((most) => {
    const score = Math.min(most, rest);
    rest -= score;
    return score;
  });
}

describe("assessment: GB/T 42195", () => {
  it("has 26 items of 90 points in parts of 32, 15, 28 and 15", () => {
    const parts = [
      ABILITY_ITEMS.slice(0, 8),
      ABILITY_ITEMS.slice(8, 12),
      ABILITY_ITEMS.slice(12, 21),
      ABILITY_ITEMS.slice(21),
    ];
    expect(parts.map((part) => part.reduce((sum: number, most) => sum + most, 0))).to.deep.equal([32, 15, 28, 15]);
    expect(ABILITY_ITEMS.length).to.equal(26);
  });
  it("gives the level of the points, at both ends of each", () => {
    const cases = [
      [90, "intact"],
      [89, "mild"],
      [66, "mild"],
      [65, "moderate"],
      [46, "moderate"],
      [45, "severe"],
      [30, "severe"],
      [29, "total"],
      [0, "total"],
    ] as const;
    for (const [points, level] of cases) expect(abilityLevel(scoresOf(points), NONE), `${points}`).to.equal(level);
  });
  it("is one level heavier with a mental disorder or risk events, and total in a coma", () => {
    expect(abilityLevel(scoresOf(90), { coma: false, heavier: true })).to.equal("mild");
    expect(abilityLevel(scoresOf(0), { coma: false, heavier: true })).to.equal("total");
    expect(abilityLevel(scoresOf(90), { coma: true, heavier: true })).to.equal("total");
  });
  it("never grows lighter with fewer points", () => {
    fc.assert(
      fc.property(fc.nat({ max: 89 }), (points) => {
        const [more, fewer] = [points + 1, points].map((p) => ABILITY_LEVELS.indexOf(abilityLevel(scoresOf(p), NONE)));
        expect(fewer).to.be.at.least(more!);
      }),
    );
  });
  it("refuses a missing, broken, negative or too high score", () => {
    expect(() => abilityPoints(scoresOf(90).slice(1))).to.throw(RangeError, "26");
    for (const wrong of [-1, 0.5, 5]) {
      const scores = scoresOf(90);
      scores[3] = wrong;
      expect(() => abilityPoints(scores)).to.throw(RangeError, "scores[3]");
    }
  });
});
