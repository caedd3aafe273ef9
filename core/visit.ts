import { isZeroSeed } from "./details.ts";
import type { Visit } from "./entry.ts";
import type { IssueCode } from "./errors.ts";
import { isCreditCode, isRegionCode } from "./id.ts";

/** What a day's registry says; the server answers from its database, a test from a table. */
export interface RegistryView {
  providerValid(code: string, day: number): boolean;
  elderValid(elder: string, day: number): boolean;
  itemValid(item: string, day: number): boolean;
  /** Provider that employs the carer on that day; null when nobody does. */
  employerOf(carer: string, day: number): string | null;
}

export interface VisitPolicy {
  /** Unix seconds at which the visit is received. */
  now: number;
  /** How many days back a visit may still be submitted. */
  maxAgeDays: number;
  /** Seconds by which a device's clock may run ahead. */
  clockSkewSeconds: number;
  dayOf(unixSeconds: number): number;
}

/** What validation reads of a submitted visit beside its bare values. */
export interface VisitClaims {
  seed: string;
  manual: boolean;
  hasReason: boolean;
}

type Found = [field: keyof Visit | "details", code: IssueCode][];
const MAX_VISIT_SECONDS = 24 * 3600;

function timeIssues(visit: Visit, policy: VisitPolicy): Found {
  const found: Found = [];
  if (visit.endedAt <= visit.startedAt) found.push(["endedAt", "end_before_start"]);
  else if (visit.endedAt - visit.startedAt > MAX_VISIT_SECONDS) found.push(["endedAt", "too_long_visit"]);
  if (visit.endedAt > policy.now + policy.clockSkewSeconds) found.push(["endedAt", "in_future"]);
  if (policy.dayOf(visit.startedAt) < policy.dayOf(policy.now) - policy.maxAgeDays)
    found.push(["startedAt", "too_old"]);
  return found;
}

function registryIssues(visit: Visit, registry: RegistryView, day: number): Found {
  const found: Found = [];
  if (!isCreditCode(visit.provider)) found.push(["provider", "invalid_credit_code"]);
  else if (!registry.providerValid(visit.provider, day)) found.push(["provider", "unknown_provider"]);
  if (!registry.elderValid(visit.elder, day)) found.push(["elder", "unknown_elder"]);
  if (!registry.itemValid(visit.item, day)) found.push(["item", "unknown_item"]);
  const employer = registry.employerOf(visit.caregiver, day);
  if (employer === null) found.push(["caregiver", "unknown_carer"]);
  else if (employer !== visit.provider) found.push(["caregiver", "carer_of_other_provider"]);
  return found;
}

/** Everything that is wrong with a visit at the door; empty when it may be appended. Reviews come later. */
export function visitIssues(visit: Visit, claims: VisitClaims, registry: RegistryView, policy: VisitPolicy): Found {
  const found: Found = [];
  if (!isRegionCode(visit.region)) found.push(["region", "invalid_region"]);
  if (isZeroSeed(claims.seed)) found.push(["details", "zero_seed"]);
  if ((claims.manual || visit.replaces !== null) && !claims.hasReason) found.push(["details", "reason_missing"]);
  return [...found, ...timeIssues(visit, policy), ...registryIssues(visit, registry, policy.dayOf(visit.startedAt))];
}
