import { dayOf } from "../../core/day.ts";
import type { Json } from "../../core/details.ts";
import type { RegistryKind } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { versionOn } from "../../core/validity.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import type { RecordAccess } from "../entries/dailyReads.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import type { BoxedRow, RegistryStore } from "./store.ts";

export type PersonKind = "Elder" | "Carer";
type Values = Record<string, Json>;

export interface FoundPerson {
  subject: string;
  /** Of the version that is valid today, or of the last one. */
  entry: string;
  name: string;
  birthDate: string;
  provider: string;
  valid: boolean;
}

/** A plan, assessment, enrolment or place of somebody, as it stands. */
export interface Owned {
  kind: RegistryKind;
  subject: string;
  provider: string;
  version: number;
  validFrom: number;
  validTo: number;
  values: Values;
}

export interface PersonCard {
  subject: string;
  kind: PersonKind;
  values: Values;
  versions: { version: number; validFrom: number; validTo: number; day: number }[];
  owned: Owned[];
}

/** People of the registry by name, for a purpose: everybody who is found or opened becomes an Access entry first. */
export interface RegisteredPeople {
  search(region: number, kind: PersonKind, name: string, reader: string, purpose: string): Promise<FoundPerson[]>;
  /** Everything that the registry holds about one person. Throws Refusal not_found, erased. */
  card(region: number, kind: PersonKind, subject: string, reader: string, purpose: string): Promise<PersonCard>;
}

const OWNED: readonly RegistryKind[] = ["Plan", "Assessment", "Enrolment", "Place"];
const MOST_FOUND = 50;

export function openRegisteredPeople(parts: {
  store: RegistryStore;
  entries: Entries;
  vault: Vault;
  clock: Clock;
  recordAccess: RecordAccess;
}): RegisteredPeople {
  const { store, entries, vault, clock, recordAccess } = parts;
  const today = (region: number) => dayOf(clock.now(), entries.store.regionRow(region).offsetMinutes);
  const open = (region: number, row: BoxedRow): Values | null => openBox<Values>(vault, region, row);
  const grouped = (rows: Iterable<BoxedRow>) => Map.groupBy(rows, ({ subject }) => subject);
  const birthOf = (identity: { birthDate?: string; idNumber?: string }) =>
    identity.birthDate ?? (identity.idNumber ?? "").replace(/^.{6}(\d{4})(\d{2})(\d{2}).*$/, "$1-$2-$3");

  return {
    async search(region, kind, name, reader, purpose) {
      const day = today(region);
      const found: FoundPerson[] = [];
      for (const [subject, rows] of grouped(store.boxed(region, kind, Number.MAX_SAFE_INTEGER))) {
        const current = versionOn(rows, day);
        const row = current ?? rows.at(-1)!;
        const identity = open(region, row)?.["identity"] as
          | { name: string; birthDate?: string; idNumber?: string }
          | undefined;
        if (!identity?.name.includes(name)) continue;
        const { provider, id: entry } = row;
        found.push({ subject, entry, name: identity.name, birthDate: birthOf(identity), provider, valid: !!current });
        if (found.length > MOST_FOUND) throw new Refusal("invalid_input", [{ pointer: "/name", code: "too_short" }]);
      }
      await Promise.all(found.map(({ entry }) => recordAccess(region, entry, reader, purpose)));
      return found.sort((a, b) => a.name.localeCompare(b.name, "zh") || (a.subject < b.subject ? -1 : 1));
    },
    async card(region, kind, subject, reader, purpose) {
      const rows = store.boxedOf(region, kind, subject);
      const row = versionOn(rows, today(region)) ?? rows.at(-1);
      if (!row) throw new Refusal("not_found");
      const values = open(region, row);
      if (!values) throw new Refusal("erased");
      await recordAccess(region, row.id, reader, purpose);
      const owned: Owned[] = [];
      for (const of of kind === "Elder" ? OWNED : [])
        for (const versions of grouped(store.boxed(region, of, Number.MAX_SAFE_INTEGER)).values()) {
          const last = versions.at(-1)!;
          // The box is the elder's own: another person's is not even opened.
          if (last.person?.toString("hex") !== subject.replaceAll("-", "")) continue;
          const opened = open(region, last);
          const { provider, version, validFrom, validTo } = last;
          if (opened)
            owned.push({ kind: of, subject: last.subject, provider, version, validFrom, validTo, values: opened });
        }
      const versions = rows.map(({ version, validFrom, validTo, day }) => ({ version, validFrom, validTo, day }));
      return { subject, kind, values, versions, owned };
    },
  };
}
