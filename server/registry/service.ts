import type { Hex } from "../../core/bytes.ts";
import { type Details, isZeroSeed } from "../../core/details.ts";
import type { RegistryEntry, RegistryKind } from "../../core/entry.ts";
import type { Issue } from "../../core/errors.ts";
import type { Submission } from "../../core/statement.ts";
import type { RegistryView } from "../../core/visit.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted } from "../entries/store.ts";
import type { Submissions } from "../records/submissions.ts";
import type { RegistryBatch, RegistryInput } from "./schema.ts";
import type { RegistryRow, RegistryStore } from "./store.ts";

type Version = Pick<RegistryRow, "provider" | "version" | "validFrom" | "validTo">;

export interface Registry {
  /** The registry of one region as validation reads it; always up to the last committed entry. */
  view(region: number): RegistryView;
  /** Appends entries signed by the region's importer: all of them or none. */
  register(batch: RegistryBatch): Promise<Receipted>;
  /** What was valid on a day: the highest version whose period holds it. */
  validOn(region: number, kind: RegistryKind, subject: string, day: number): RegistryRow | null;
  store: RegistryStore;
}

/** The highest version whose period holds the day. */
export function versionOn<T extends { version: number; validFrom: number; validTo: number }>(
  versions: T[],
  day: number,
): T | null {
  let found: T | null = null;
  for (const version of versions) {
    if (version.validFrom <= day && day <= version.validTo && (!found || version.version > found.version))
      found = version;
  }
  return found;
}

function entryIssues(entry: RegistryInput, i: number, region: number, seen: Set<string>): Issue[] {
  const issues: Issue[] = [];
  const add = (field: string, code: Issue["code"]) => issues.push({ pointer: `/entries/${i}/${field}`, code });
  if (entry.region !== region) add("region", "other_region");
  if (entry.validTo < entry.validFrom) add("validTo", "invalid_period");
  if (isZeroSeed(entry.details.seed)) add("details/seed", "zero_seed");
  if (seen.has(entry.id)) add("id", "duplicate_id");
  seen.add(entry.id);
  if (entry.kind === "Provider" && entry.provider !== entry.subject) add("provider", "invalid_value");
  if (entry.kind === "Carer" && entry.details.values.employment.provider !== entry.provider)
    add("provider", "invalid_value");
  return issues;
}

export function openRegistry(parts: { store: RegistryStore; entries: Entries; submissions: Submissions }): Registry {
  const { store, entries, submissions } = parts;
  const known = new Map<string, Version[]>();
  let readTo = 0;

  // Other processes append too (`import` beside a running server), so the memory follows the table's end.
  function catchUp(): void {
    if (store.newest() === readTo) return;
    for (const row of store.after(readTo)) {
      const name = `${row.region}/${row.kind}/${row.subject}`;
      const versions = known.get(name) ?? [];
      versions.push({ provider: row.provider, version: row.version, validFrom: row.validFrom, validTo: row.validTo });
      known.set(name, versions);
      readTo = row.rowid;
    }
  }

  function view(region: number): RegistryView {
    catchUp();
    const on = (kind: RegistryKind, subject: string, day: number) =>
      versionOn(known.get(`${region}/${kind}/${subject}`) ?? [], day);
    return {
      providerValid: (code, day) => on("Provider", code, day) !== null,
      elderValid: (elder, day) => on("Elder", elder, day) !== null,
      itemValid: (item, day) => on("Item", item, day) !== null,
      employerOf: (carer, day) => on("Carer", carer, day)?.provider ?? null,
    };
  }

  function check({ entries: list, submission }: RegistryBatch): Issue[] {
    const region = list[0]!.region;
    const seen = new Set<string>();
    const issues = list.flatMap((entry, i) => entryIssues(entry, i, region, seen));
    if (submission.submitter !== `import:${region}`)
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
      prepare: () =>
        batch.entries.map(({ kind, details, ...bare }) =>
          entries.ready(kind, bare as Omit<RegistryEntry, "details">, details as Details),
        ),
    });
  }

  return {
    view,
    register,
    validOn: (region, kind, subject, day) => versionOn(store.versions(region, kind, subject), day),
    store,
  };
}
