import { ABILITY_ITEMS } from "../../core/assessment.ts";
import type { Hex } from "../../core/bytes.ts";
import { type Details, isZeroSeed } from "../../core/details.ts";
import type { RegistryEntry, RegistryKind } from "../../core/entry.ts";
import type { Issue } from "../../core/errors.ts";
import type { Submission } from "../../core/statement.ts";
import { versionOn } from "../../core/validity.ts";
import type { RegistryView } from "../../core/visit.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted } from "../entries/store.ts";
import type { Submissions } from "../records/submissions.ts";
import type { AssessmentDetails, RegistryBatch, RegistryInput } from "./schema.ts";
import type { RegistryRow, RegistryStore } from "./store.ts";

type Version = Pick<RegistryRow, "provider" | "version" | "validFrom" | "validTo">;

export interface Registry {
  /** The registry of one region as validation reads it; always up to the last committed entry. */
  view(region: number): RegistryView;
  /** The reasons for which entries of one region would be refused now, without accepting anything. */
  issuesOf(entries: RegistryInput[]): Issue[];
  /** Appends entries signed by the region's importer: all of them or none. */
  register(batch: RegistryBatch): Promise<Receipted>;
  /** What was valid on a day: the highest version whose period holds it. */
  validOn(region: number, kind: RegistryKind, subject: string, day: number): RegistryRow | null;
  store: RegistryStore;
}

/** Whether something of a kind stands in the registry, for whatever days, or earlier in the same batch. */
type Knows = (kind: RegistryKind, subject: string) => boolean;

function moneyIssues(entry: RegistryInput, knows: Knows): [field: string, code: Issue["code"]][] {
  const issues: [string, Issue["code"]][] = [];
  if (entry.kind === "Tariff") {
    const { shares } = entry.details.values.price;
    const percent = shares.reduce((sum, share) => sum + share.percent, 0);
    if (percent > 100 || new Set(shares.map(({ fund }) => fund)).size < shares.length)
      issues.push(["price/shares", "shares_over_hundred"]);
    shares.forEach(({ fund }, i) => {
      if (!knows("Fund", fund)) issues.push([`price/shares/${i}/fund`, "unknown_fund"]);
    });
    if (!knows("Item", entry.subject)) issues.push(["price", "unknown_item"]);
  }
  if (entry.kind === "Programme" && !knows("Fund", entry.details.values.terms.fund))
    issues.push(["terms/fund", "unknown_fund"]);
  if (entry.kind === "Enrolment" && !knows("Programme", entry.details.values.programme.programme))
    issues.push(["programme/programme", "unknown_programme"]);
  const person = "person" in entry.details.values ? entry.details.values.person : undefined;
  if (person && !knows("Elder", person.elder)) issues.push(["person/elder", "unknown_elder"]);
  if (entry.kind === "Assessment") issues.push(...assessmentIssues(entry.details.values));
  return issues;
}

/** A level that the scores do not give is no fault of form: whether an assessor makes people heavier is a rule's question. */
function assessmentIssues({ result, scores }: AssessmentDetails): [field: string, code: Issue["code"]][] {
  const { scale, level } = result;
  if ((scale === "ltci") !== /^\d$/.test(level)) return [["result/level", "invalid_value"]];
  const outside = scores?.length === ABILITY_ITEMS.length && scores.some((score, i) => score > ABILITY_ITEMS[i]!);
  return scale === "gbt42195" && outside ? [["scores", "invalid_value"]] : [];
}

function entryIssues(entry: RegistryInput, i: number, region: number, seen: Set<string>, knows: Knows): Issue[] {
  const issues: Issue[] = [];
  const add = (field: string, code: Issue["code"]) => issues.push({ pointer: `/entries/${i}/${field}`, code });
  if (entry.region !== region) add("region", "other_region");
  // A later version may be valid on no day at all: it takes back what the one of the same beginning had said.
  if (entry.validTo < entry.validFrom - (entry.version > 1 ? 1 : 0)) add("validTo", "invalid_period");
  if (isZeroSeed(entry.details.seed)) add("details/seed", "zero_seed");
  if (seen.has(entry.id)) add("id", "duplicate_id");
  seen.add(entry.id);
  for (const [field, code] of moneyIssues(entry, knows)) add(`details/values/${field}`, code);
  if (entry.kind === "Provider" && entry.provider !== entry.subject) add("provider", "invalid_value");
  if (entry.kind === "Carer" && entry.details.values.employment.provider !== entry.provider)
    add("provider", "invalid_value");
  return issues;
}

export function openRegistry(parts: {
  store: RegistryStore;
  entries: Entries;
  submissions: Submissions;
  inTransaction: <T>(make: () => T) => T;
}): Registry {
  const { store, entries, submissions } = parts;
  /** By region and kind, then by subject. */
  const known = new Map<string, Map<string, Version[]>>();
  let readTo = 0;

  // Other processes append too (`import` beside a running server), so the memory follows the table's end.
  function catchUp(): void {
    if (store.newest() === readTo) return;
    for (const row of store.after(readTo)) {
      const subjects = known.get(`${row.region}/${row.kind}`) ?? new Map<string, Version[]>();
      const versions = subjects.get(row.subject) ?? [];
      versions.push({ provider: row.provider, version: row.version, validFrom: row.validFrom, validTo: row.validTo });
      subjects.set(row.subject, versions);
      known.set(`${row.region}/${row.kind}`, subjects);
      readTo = row.rowid;
    }
  }

  function view(region: number): RegistryView {
    catchUp();
    const versionsOf = (kind: RegistryKind) => {
      const subjects = known.get(`${region}/${kind}`);
      return (subject: string, day: number) => versionOn(subjects?.get(subject) ?? [], day);
    };
    const [provider, elder] = [versionsOf("Provider"), versionsOf("Elder")];
    const [item, carer] = [versionsOf("Item"), versionsOf("Carer")];
    return {
      providerValid: (code, day) => provider(code, day) !== null,
      elderValid: (subject, day) => elder(subject, day) !== null,
      itemValid: (code, day) => item(code, day) !== null,
      employerOf: (subject, day) => carer(subject, day)?.provider ?? null,
    };
  }

  function issuesOf(list: RegistryInput[]): Issue[] {
    const region = list[0]!.region;
    const seen = new Set<string>();
    catchUp();
    const batch = new Set<string>();
    const knows: Knows = (kind, subject) => {
      return known.get(`${region}/${kind}`)?.has(subject) || batch.has(`${kind}/${subject}`);
    };
    const issues = list.flatMap((entry, i) => {
      const own = entryIssues(entry, i, region, seen, knows);
      batch.add(`${entry.kind}/${entry.subject}`);
      return own;
    });
    return issues;
  }

  function check({ entries: list, submission }: RegistryBatch): Issue[] {
    const issues = issuesOf(list);
    if (submission.submitter !== `import:${list[0]!.region}`)
      issues.push({ pointer: "/submission/submitter", code: "invalid_value" });
    return issues;
  }

  async function register(batch: RegistryBatch): Promise<Receipted> {
    return await submissions.submit({
      region: batch.entries[0]!.region,
      submission: batch.submission as Submission,
      signature: batch.signature as Hex,
      pointer: "/entries",
      check: () => check(batch),
      digests: () =>
        batch.entries.map(({ kind, details, ...bare }) =>
          entries.digestOf(kind, bare as Omit<RegistryEntry, "details">, details as Details),
        ),
      // One transaction, so that the keys of persons seen for the first time cost one flush, and none stays for nothing.
      prepare: (whole) =>
        parts.inTransaction(() =>
          whole(
            batch.entries.map(({ kind, details, ...bare }) =>
              entries.ready(kind, bare as Omit<RegistryEntry, "details">, details as Details),
            ),
          ),
        ),
    });
  }

  return {
    view,
    issuesOf,
    register,
    validOn: (region, kind, subject, day) => versionOn(store.versions(region, kind, subject), day),
    store,
  };
}
