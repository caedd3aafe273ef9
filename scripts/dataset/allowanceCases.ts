import { dateOfDay } from "../../core/day.ts";
import { daysOfMonth, monthOf } from "../../core/entitlement.ts";
import type { Row, Scene } from "./scene.ts";

/**
 * Allowances of the folder's first month: what breaks a rule, and what only looks like it. Their labels are named
 * `programme:elder:YYYYMM`, for an allowance has no id before it is entitled.
 */
const OLD_AGE = "old-age";
const NURSING = "nursing";
const firstOfMonth = (scene: Scene): number => daysOfMonth(monthOf(scene.options.firstDay)).first;

/** Somebody old enough, with an assessment half a year ago: a sign of life. */
function living(scene: Scene, over: Row = {}): string {
  const elder = scene.elder({ ...over });
  scene.assess(elder, "mild", scene.options.firstDay - 180, scene.options.firstDay + 185);
  return elder;
}
function benefitElsewhere(scene: Scene, elder: string): void {
  const month = dateOfDay(firstOfMonth(scene)).slice(0, 7);
  const what = { type: "other_benefit", from: `${month}-01`, to: `${month}-28`, precision: "month" };
  scene.event("elder", elder, what, scene.day(2, 4));
}

export const ALLOWANCE_CASES: Record<string, (scene: Scene) => void> = {
  R14(scene) {
    const elder = living(scene);
    const died = dateOfDay(firstOfMonth(scene) - 3 - scene.whole(20));
    // Told before the month is entitled, or only after.
    scene.event("elder", elder, { type: "death", from: died }, scene.day(0, 4));
    scene.enrol(elder, OLD_AGE, ["R14"]);
  },
  R15(scene) {
    const elder = scene.elder();
    scene.enrol(elder, OLD_AGE, ["R15"], { applied_on: dateOfDay(scene.options.firstDay - 500 - scene.whole(200)) });
  },
  R16(scene) {
    if (scene.random() < 0.5) {
      const elder = scene.elder();
      scene.assess(elder, "severe", scene.options.firstDay - 90, scene.options.firstDay + 275);
      const later = scene.pick([OLD_AGE, NURSING]);
      const applied = { applied_on: dateOfDay(scene.options.firstDay - 30) };
      scene.enrol(elder, OLD_AGE, later === OLD_AGE ? ["R16"] : [], later === OLD_AGE ? applied : {});
      scene.enrol(elder, NURSING, later === NURSING ? ["R16"] : [], later === NURSING ? applied : {});
      return;
    }
    const elder = living(scene);
    scene.enrol(elder, OLD_AGE, ["R16"]);
    benefitElsewhere(scene, elder);
  },
  R17(scene) {
    const elder = living(scene, { birth_date: "1965-05-05" });
    scene.enrol(elder, OLD_AGE, ["R17"]);
  },
  R32(scene) {
    const account = `6228${String(scene.whole(1_000_000_000)).padStart(12, "0")}`;
    for (let i = 0; i < 3 + scene.whole(3); i++) scene.enrol(living(scene, { account }), OLD_AGE, ["R32"]);
  },
  /** The month of the death itself is due. */
  diedThisMonth(scene) {
    const elder = living(scene);
    scene.event("elder", elder, { type: "death", from: dateOfDay(scene.day(1, 4)) }, scene.lastDay - 1);
    scene.enrol(elder, OLD_AGE, []);
  },
  /** Shared by days between two districts. */
  movedWithinMonth(scene) {
    const elder = living(scene);
    scene.enrol(elder, OLD_AGE, []);
    const moved = Math.min(firstOfMonth(scene) + 10, daysOfMonth(monthOf(scene.options.firstDay)).last);
    scene.event("elder", elder, { type: "moved", from: dateOfDay(moved) }, scene.options.firstDay);
    benefitElsewhere(scene, elder);
  },
  couple(scene) {
    const shared = { account: `6229${String(scene.whole(1_000_000_000)).padStart(12, "0")}`, household: "" };
    shared.household = `h-${shared.account}`;
    for (let i = 0; i < 3; i++) scene.enrol(living(scene, shared), OLD_AGE, []);
  },
  guardian(scene) {
    const account = `6227${String(scene.whole(1_000_000_000)).padStart(12, "0")}`;
    for (let i = 0; i < 4; i++) scene.enrol(living(scene, { account, guardian_account: 1 }), OLD_AGE, []);
  },
  /** Nobody visited for long, but the application is young. */
  newcomer(scene) {
    scene.enrol(scene.elder(), OLD_AGE, [], { applied_on: dateOfDay(scene.options.firstDay - 40) });
  },
};
