import type { Hex } from "../../core/bytes.ts";
import type { KnownPlan, KnownVisit, Measure, Rates } from "../../core/claims.ts";
import { type Json, narrow } from "../../core/details.ts";
import type { AllowanceBook, Enrolled } from "../../core/entitlement.ts";
import type { RegistryKind } from "../../core/entry.ts";
import { nameHash } from "../../core/payout.ts";
import type { Tariff } from "../../core/settlement.ts";
import { type Period, versionOn } from "../../core/validity.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace, boxValues, unpackDetails } from "../entries/details.ts";
import type { RegistryStore } from "./store.ts";

/** One version with its details opened; `values` is null once the person was erased. */
export interface OpenedVersion extends Period {
  /** Of its entry. */
  id: string;
  subject: string;
  provider: string;
  day: number;
  index: number;
  values: Record<string, Json> | null;
  /** Hash of one group: a salted commitment that shows nothing, and that the entry's details contain. */
  fieldHash(group: string): Hex | null;
}

/** Somebody whom a fund pays. */
export interface Payee {
  kind: "Provider" | "Elder";
  subject: string;
  name: string | null;
}

/** Where a payee is paid, and the entry that says so. */
export interface PayeeAccount {
  account: string;
  commitment: Hex;
  day: number;
  index: number;
}

/** What a plan authorises: an item for an elder by a provider. */
export interface Planned {
  elder: string;
  item: string;
  provider: string;
}

function planKey({ values, provider }: OpenedVersion): string | null {
  const service = values?.["service"] as { elder: string; item: string } | undefined;
  return service ? `${service.elder}/${service.item}/${provider}` : null;
}

const BANK_ACCOUNT = /^[0-9A-Za-z]{1,34}$/;

/** A region's registry entries: each kind is read once, when it is first asked for, and of each version the details too. */
export class OpenedRegistry {
  readonly #store: RegistryStore;
  readonly #vault: Vault;
  readonly #region: number;
  readonly #upToDay: number;
  readonly #kinds = new Map<RegistryKind, OpenedVersion[]>();

  constructor(store: RegistryStore, vault: Vault, region: number, upToDay: number) {
    this.#store = store;
    this.#vault = vault;
    this.#region = region;
    this.#upToDay = upToDay;
  }

  /** All versions of a kind, in the order of the log. */
  kind(kind: RegistryKind): readonly OpenedVersion[] {
    const known = this.#kinds.get(kind);
    if (known) return known;
    const versions: OpenedVersion[] = [];
    for (const { id, person, box, ...row } of this.#store.boxed(this.#region, kind, this.#upToDay)) {
      const open = () => box && this.#vault.open(this.#region, person!, boxPlace(this.#region, id, 0), box);
      let values: OpenedVersion["values"] | undefined;
      versions.push({
        ...row,
        id,
        // Of a region's elders a day concerns some: the others' details stay shut.
        get values() {
          if (values === undefined) {
            const opened = open();
            values = opened && boxValues(opened);
          }
          return values;
        },
        fieldHash(group) {
          const opened = open();
          const hidden = opened && narrow(kind, unpackDetails(opened), []).find((field) => field.group === group);
          return hidden && "fieldHash" in hidden ? hidden.fieldHash : null;
        },
      });
    }
    this.#kinds.set(kind, versions);
    return versions;
  }
}

/**
 * The registry of a region with its details, as the entries up to and with one day of the log tell it. Made for one
 * piece of work and let go: nothing personal stays in memory after it.
 */
export class RegistryBook implements Rates, AllowanceBook {
  readonly #opened: OpenedRegistry;
  readonly #asOfDay: number;
  readonly #kinds = new Map<RegistryKind, Map<string, OpenedVersion[]>>();
  #plans: Map<string, Set<string>> | null = null;
  #assessments: Map<string, Set<string>> | null = null;
  #enrolments: Map<string, Enrolled[]> | null = null;
  #payees: Map<Hex, Payee> | null = null;

  constructor(opened: OpenedRegistry, asOfDay: number) {
    this.#opened = opened;
    this.#asOfDay = asOfDay;
  }

  /** All versions of a kind, by subject, in the order of the log. */
  kind(kind: RegistryKind): Map<string, OpenedVersion[]> {
    const known = this.#kinds.get(kind);
    if (known) return known;
    const subjects = new Map<string, OpenedVersion[]>();
    for (const version of this.#opened.kind(kind)) {
      if (version.day > this.#asOfDay) break;
      const versions = subjects.get(version.subject);
      if (versions) versions.push(version);
      else subjects.set(version.subject, [version]);
    }
    this.#kinds.set(kind, subjects);
    return subjects;
  }

  /** What was valid of a kind and subject on a day; its details are null once the person was erased. */
  on(kind: RegistryKind, subject: string, day: number): OpenedVersion | null {
    return versionOn(this.kind(kind).get(subject) ?? [], day);
  }

  #group<T>(kind: RegistryKind, subject: string, day: number, group: string): T | null {
    return (this.on(kind, subject, day)?.values?.[group] as T | undefined) ?? null;
  }

  /** Whether an elder's details are gone, so that nothing about them can be computed again. */
  isErased(elder: string): boolean {
    return (
      this.kind("Elder")
        .get(elder)
        ?.every(({ values }) => values === null) ?? false
    );
  }

  measure(item: string, day: number): Measure | null {
    return this.#group<Measure>("Item", item, day, "measure");
  }

  tariff(item: string, day: number): Tariff | null {
    type Price = { unitPriceFen: number; shares: { fund: string; percent: number }[] };
    const price = this.#group<Price>("Tariff", item, day, "price");
    if (!price) return null;
    const shares = price.shares.map(({ fund, percent }) => ({ bearer: fund, percent }));
    // Ties of the rounding go by the fund's code, whatever the order in which somebody listed them.
    return { unitPriceFen: BigInt(price.unitPriceFen), shares: shares.sort((a, b) => (a.bearer < b.bearer ? -1 : 1)) };
  }

  #subjectsBy(kind: RegistryKind, keysOf: (version: OpenedVersion) => string | null): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const [subject, versions] of this.kind(kind)) {
      for (const version of versions) {
        const key = keysOf(version);
        if (key !== null) found.set(key, (found.get(key) ?? new Set()).add(subject));
      }
    }
    return found;
  }

  plan({ elder, item, provider }: KnownVisit, day: number): KnownPlan | null {
    // A visit to somebody who had died, or by a provider who was struck off, is authorised by nothing.
    if (!this.on("Elder", elder, day) || !this.on("Provider", provider, day)) return null;
    return this.planned({ elder, item, provider }, day);
  }

  #plansOf({ elder, item, provider }: Planned): readonly string[] {
    this.#plans ??= this.#subjectsBy("Plan", planKey);
    return [...(this.#plans.get(`${elder}/${item}/${provider}`) ?? [])].sort();
  }

  /** The plan that is valid on a day for an elder, item and provider; of several the one whose id comes first. */
  planned(of: Planned, day: number): KnownPlan | null {
    for (const subject of this.#plansOf(of)) {
      const version = this.on("Plan", subject, day);
      if (!version || planKey(version) !== `${of.elder}/${of.item}/${of.provider}`) continue;
      return { id: subject, ...(version.values!["quantity"] as unknown as Omit<KnownPlan, "id">) };
    }
    return null;
  }

  /** Whether there ever was such a plan, valid or not. */
  wasPlanned(of: Planned): boolean {
    return this.#plansOf(of).length > 0;
  }

  terms(programme: string, day: number) {
    return this.#group<NonNullable<ReturnType<AllowanceBook["terms"]>>>("Programme", programme, day, "terms");
  }

  elder(elder: string, day: number) {
    const values = this.on("Elder", elder, day)?.values;
    if (!values) return null;
    const [identity, home] = [values["identity"] as { birthDate: string }, values["home"] as { area: "urban" }];
    return { birthDate: identity.birthDate, area: home.area };
  }

  level(elder: string, scale: "gbt42195" | "ltci", day: number): string | null {
    type Result = { scale: string; level: string; assessedOn: string };
    this.#assessments ??= this.#subjectsBy(
      "Assessment",
      ({ values }) => (values?.["person"] as { elder: string } | undefined)?.elder ?? null,
    );
    let newest: Result | null = null;
    for (const subject of [...(this.#assessments.get(elder) ?? [])].sort()) {
      const values = this.on("Assessment", subject, day)?.values;
      const result = values?.["result"] as Result | undefined;
      const person = values?.["person"] as { elder: string } | undefined;
      if (!result || result.scale !== scale || person?.elder !== elder) continue;
      if (!newest || result.assessedOn >= newest.assessedOn) newest = result;
    }
    return newest?.level ?? null;
  }

  /** Enrolments as they stand: of each, the versions that no later one of the same beginning replaced. */
  enrolments(elder: string): readonly Enrolled[] {
    if (this.#enrolments) return this.#enrolments.get(elder) ?? [];
    this.#enrolments = new Map();
    for (const versions of this.kind("Enrolment").values()) {
      for (const version of versions) {
        if (!version.values || versionOn(versions, version.validFrom) !== version) continue;
        const { elder: person } = version.values["person"] as { elder: string };
        const { programme, appliedOn } = version.values["programme"] as { programme: string; appliedOn: string };
        const { validFrom, validTo } = version;
        const own = this.#enrolments.get(person) ?? [];
        this.#enrolments.set(person, [...own, { programme, elder: person, validFrom, validTo, appliedOn }]);
      }
    }
    return this.#enrolments.get(elder) ?? [];
  }

  /** Everybody who can be paid, by the hash under which lines name them. */
  payees(): ReadonlyMap<Hex, Payee> {
    if (this.#payees) return this.#payees;
    this.#payees = new Map();
    for (const kind of ["Provider", "Elder"] as const) {
      for (const [subject, versions] of this.kind(kind)) {
        const identity = versions.at(-1)!.values?.["identity"] as { name: string } | undefined;
        this.#payees.set(nameHash(subject), { kind, subject, name: identity?.name ?? null });
      }
    }
    return this.#payees;
  }

  /**
   * Where a payee is paid on a day: what two officials last approved, else what the first registration said. A later
   * registration does not redirect money by itself. Null where there is none that a bank would take.
   */
  account({ kind, subject }: Payee, day: number): PayeeAccount | null {
    const changed = this.on("Account", subject, day);
    const version =
      changed ??
      this.kind(kind)
        .get(subject)
        ?.find(({ values }) => values?.["account"] !== undefined);
    const account = version && statedAccount(version.values);
    const commitment = version?.fieldHash("account");
    if (!version || !account || !commitment || !BANK_ACCOUNT.test(account)) return null;
    return { account, commitment, day: version.day, index: version.index };
  }
}

/** The account that an entry's details state: organisations write the number alone. */
export function statedAccount(values: OpenedVersion["values"]): string | undefined {
  const stated = values?.["account"] as string | { account: string } | undefined;
  return typeof stated === "object" ? stated.account : stated;
}
