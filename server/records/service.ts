import type { Hex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import type { Details } from "../../core/details.ts";
import type { Visit } from "../../core/entry.ts";
import type { Issue } from "../../core/errors.ts";
import type { Submission } from "../../core/statement.ts";
import { type VisitPolicy, visitIssues } from "../../core/visit.ts";
import type { Clock } from "../clock.ts";
import type { DetailedVisit } from "../entries/preparer.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted, RegionRow } from "../entries/store.ts";
import type { Registry } from "../registry/service.ts";
import type { VisitBatch, VisitInput } from "./schema.ts";
import type { RecordStore } from "./store.ts";
import type { Submissions } from "./submissions.ts";

/** A device's clock may run this far ahead of ours. */
const CLOCK_SKEW_SECONDS = 300;
const DEFAULT_MAX_AGE_DAYS = 45;

export interface Records {
  /** Accepts a signed batch of visits whole, or refuses it whole with every reason. `bytes` may be its own JSON. */
  submit(batch: VisitBatch, bytes?: Uint8Array): Promise<Receipted>;
  /** The reasons for which visits would be refused now, without accepting anything. */
  check(visits: VisitInput[], submitter: string): Issue[];
  /** What the books hold against visits: ids that are taken, corrections that miss. The append asks the same again. */
  conflicts(visits: VisitInput[]): Issue[];
  store: RecordStore;
}

function policyOf(row: RegionRow, now: number): VisitPolicy {
  const policies = JSON.parse(row.policies) as { max_age_days?: number };
  return {
    now,
    maxAgeDays: policies.max_age_days ?? DEFAULT_MAX_AGE_DAYS,
    clockSkewSeconds: CLOCK_SKEW_SECONDS,
    dayOf: (time) => dayOf(time, row.offsetMinutes),
  };
}

export function openRecords(parts: {
  store: RecordStore;
  entries: Entries;
  registry: Registry;
  submissions: Submissions;
  clock: Clock;
}): Records {
  const { store, entries, registry, submissions, clock } = parts;

  function check(visits: VisitInput[], submitter: string): Issue[] {
    const region = visits[0]!.region;
    const row = entries.store.regionRow(region);
    const [view, policy] = [registry.view(region), policyOf(row, clock.now())];
    const [seen, seeds, corrected] = [new Set<string>(), new Set<string>(), new Set<string>()];
    return visits.flatMap((visit, i): Issue[] => {
      const at = (field: string, code: Issue["code"]): Issue => ({ pointer: `/visits/${i}/${field}`, code });
      const { circumstances } = visit.details.values;
      const claims = {
        seed: visit.details.seed,
        manual: circumstances?.entry === "manual",
        hasReason: circumstances?.reason !== undefined,
      };
      const issues = visitIssues(visit as unknown as Visit, claims, view, policy).map(([field, code]) =>
        at(field, code),
      );
      if (visit.region !== region) issues.push(at("region", "other_region"));
      // An importer attests whole districts; a provider speaks only for itself.
      if (visit.provider !== submitter && submitter !== `import:${region}`)
        issues.push(at("provider", "other_provider"));
      if (seen.has(visit.id)) issues.push(at("id", "duplicate_id"));
      seen.add(visit.id);
      if (seeds.has(visit.details.seed)) issues.push(at("details/seed", "reused_seed"));
      seeds.add(visit.details.seed);
      if (visit.replaces && corrected.has(visit.replaces)) issues.push(at("replaces", "already_replaced"));
      if (visit.replaces) corrected.add(visit.replaces);
      return issues;
    });
  }

  function conflicts(visits: VisitInput[]): Issue[] {
    const earlier = new Map<string, string>();
    return visits.flatMap((visit, i): Issue[] => {
      const issues: Issue[] = [];
      const at = (field: string, code: Issue["code"]) => issues.push({ pointer: `/visits/${i}/${field}`, code });
      const { region, id, provider, replaces } = visit;
      if (entries.store.isTaken(region, id)) at("id", "id_taken");
      const replaced = replaces && earlier.get(replaces);
      if (replaced && replaced !== provider) at("replaces", "replaces_other_provider");
      const issue = replaces && !replaced ? entries.store.correctionIssue(region, replaces, provider) : null;
      if (issue) at("replaces", issue);
      earlier.set(id, provider);
      return issues;
    });
  }

  async function submit({ submission, signature, visits }: VisitBatch, bytes?: Uint8Array): Promise<Receipted> {
    return await submissions.submit({
      region: visits[0]!.region,
      submission: submission as Submission,
      signature: signature as Hex,
      pointer: "/visits",
      check: () => check(visits, submission.submitter),
      digests: () => visits.map(({ details, ...bare }) => entries.digestOf("Visit", bare, details as Details)),
      prepare: async (whole) => whole(await entries.readyVisits(visits as DetailedVisit[], bytes)),
    });
  }

  return { submit, check, conflicts, store };
}
