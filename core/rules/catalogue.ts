import { carerOverlap } from "./r01CarerOverlap.ts";
import { elderOverlap } from "./r02ElderOverlap.ts";
import { duplicate } from "./r03Duplicate.ts";
import { impossibleTravel } from "./r04ImpossibleTravel.ts";
import { outOfFence } from "./r05OutOfFence.ts";
import { locationOff } from "./r06LocationOff.ts";
import { sameFixDifferentHomes } from "./r07SameFix.ts";
import { shortVisit } from "./r08ShortVisit.ts";
import { carerHours } from "./r09CarerHours.ts";
import { tooManyVisits } from "./r10TooManyVisits.ts";
import { cloneTimes } from "./r11CloneTimes.ts";
import { exactUnits } from "./r12ExactUnits.ts";
import { duringStay } from "./r13DuringStay.ts";
import { afterDeath } from "./r14AfterDeath.ts";
import { noProofOfLife } from "./r15NoProofOfLife.ts";
import { doubleBenefit } from "./r16DoubleBenefit.ts";
import { ineligible } from "./r17Ineligible.ts";
import { overAuthorised } from "./r18OverAuthorised.ts";
import { tariffMismatch } from "./r19TariffMismatch.ts";
import { splitVisit } from "./r20SplitVisit.ts";
import { unqualified } from "./r23Unqualified.ts";
import { ghostCarer } from "./r24GhostCarer.ts";
import { deviceSharing } from "./r25DeviceSharing.ts";
import { evidenceReuse } from "./r26EvidenceReuse.ts";
import { familyDenial } from "./r28FamilyDenial.ts";
import { carerElsewhere } from "./r29CarerElsewhere.ts";
import { manualRate } from "./r30ManualRate.ts";
import { sharedAccount } from "./r32SharedAccount.ts";
import { outlier } from "./r35Outlier.ts";
import { templateAmount } from "./r36TemplateAmount.ts";
import { separation } from "./r38Separation.ts";
import { rushApproval } from "./r39RushApproval.ts";
import { yearEnd } from "./r40YearEnd.ts";
import { invalidKey } from "./r41InvalidKey.ts";
import { clock } from "./r42Clock.ts";
import type { Rule } from "./rule.ts";

/** Every rule, in the order in which verdicts are told. Bad keys first: what they touch reaches no other rule. */
export const RULES: readonly Rule[] = [
  invalidKey,
  carerOverlap,
  elderOverlap,
  duplicate,
  impossibleTravel,
  outOfFence,
  locationOff,
  sameFixDifferentHomes,
  shortVisit,
  carerHours,
  tooManyVisits,
  cloneTimes,
  exactUnits,
  duringStay,
  afterDeath,
  noProofOfLife,
  doubleBenefit,
  ineligible,
  tariffMismatch,
  splitVisit,
  unqualified,
  ghostCarer,
  deviceSharing,
  evidenceReuse,
  familyDenial,
  carerElsewhere,
  manualRate,
  sharedAccount,
  outlier,
  templateAmount,
  separation,
  rushApproval,
  yearEnd,
  clock,
  overAuthorised,
];

const BY_ID = new Map(RULES.map((one) => [one.id, one]));

/** The rule of an id. Throws RangeError on one that there is not. */
export function ruleOf(id: string): Rule {
  const found = BY_ID.get(id);
  if (!found) throw new RangeError(`rule ${id}: there is none`);
  return found;
}
