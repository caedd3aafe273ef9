import { dayOfDate, OPEN_END } from "../../core/day.ts";
import type { Json } from "../../core/details.ts";
import { allowanceOf } from "../../core/entitlement.ts";
import type { Point } from "../../core/rules/distance.ts";
import type { Home, ItemFacts, RuleBook, RuleEvent } from "../../core/rules/rule.ts";
import { type OpenedVersion, type RegistryBook, statedAccount } from "../registry/book.ts";

/** What a region's policies say that rules ask for. */
export interface ReviewPolicies {
  /** Announced outages: manual entries in them are nobody's fault. Times are ISO 8601 with offset. */
  outages?: { from: string; to: string; provider?: string }[];
  /** Who owns or is related to whom: officials by name, payees by credit code or pseudonym. */
  ties?: { person: string; payees: string[] }[];
}

const NOBODY: ReadonlySet<string> = new Set();
const NO_EVENTS: readonly RuleEvent[] = [];

/** The registry and the feeds as rules read them, as of one day of the log. Made for one review and let go. */
export class ReviewBook implements RuleBook {
  readonly #registry: RegistryBook;
  readonly #policies: ReviewPolicies;
  readonly #events: ReadonlyMap<string, readonly RuleEvent[]>;
  readonly #homes = new Map<string, Home | null>();
  readonly #items = new Map<string, ItemFacts | null>();
  readonly #plans = new Map<string, ReturnType<RuleBook["planOf"]>>();
  #places: Map<string, OpenedVersion[]> | null = null;
  #owners: Map<string, Set<string>> | null = null;
  #accounts: Set<string> | null = null;
  #assessed: Map<string, number[]> | null = null;

  constructor(registry: RegistryBook, events: ReadonlyMap<string, readonly RuleEvent[]>, policies: ReviewPolicies) {
    this.#registry = registry;
    this.#events = events;
    this.#policies = policies;
  }

  #remember<T>(known: Map<string, T>, name: string, make: () => T): T {
    const found = known.get(name);
    if (found !== undefined || known.has(name)) return found as T;
    const made = make();
    known.set(name, made);
    return made;
  }

  home(elder: string, day: number): Home | null {
    return this.#remember(this.#homes, `${elder} ${day}`, () => {
      const values = this.#registry.on("Elder", elder, day)?.values;
      const home = values?.["home"] as unknown as Pick<Home, "lon" | "lat" | "area"> | undefined;
      if (!home) return null;
      const { household } = (values!["household"] ?? {}) as { household?: string };
      const { guardian } = (values!["account"] ?? {}) as { guardian?: number };
      const changed = this.#registry.account({ kind: "Elder", subject: elder, name: null }, day)?.account;
      const account = changed ?? statedAccount(values!) ?? "";
      return { ...home, household: household ?? "", account, guardian: guardian === 1 };
    });
  }

  #placesOf(elder: string): OpenedVersion[] {
    if (!this.#places) {
      this.#places = new Map();
      for (const versions of this.#registry.kind("Place").values()) {
        const { elder: owner = "" } = (versions.at(-1)!.values?.["person"] ?? {}) as { elder?: string };
        this.#places.set(owner, [...(this.#places.get(owner) ?? []), versions.at(-1)!]);
      }
    }
    return this.#places.get(elder) ?? [];
  }

  #validPlaces(elder: string, day: number): Point[] {
    return this.#placesOf(elder)
      .filter(({ validFrom, validTo, values }) => values && validFrom <= day && day <= validTo)
      .map(({ values }) => values!["place"] as unknown as Point);
  }
  places(elder: string, day: number): readonly Point[] {
    return [...this.#validPlaces(elder, day), ...this.#validPlaces("", day)];
  }
  hasOwnPlace(elder: string, day: number): boolean {
    return this.#validPlaces(elder, day).length > 0;
  }

  item(code: string, day: number): ItemFacts | null {
    return this.#remember(this.#items, `${code} ${day}`, () => {
      const values = this.#registry.on("Item", code, day)?.values as
        | { measure: Pick<ItemFacts, "unitMinutes">; conditions: Pick<ItemFacts, "location"> }
        | null
        | undefined;
      return values ? ({ ...values.measure, ...values.conditions } as ItemFacts) : null;
    });
  }

  planOf(visit: { elder: string; item: string; provider: string }, day: number) {
    const name = `${visit.elder} ${visit.item} ${visit.provider} ${day}`;
    return this.#remember(this.#plans, name, () => this.#registry.planned(visit, day));
  }
  wasPlanned(visit: { elder: string; item: string; provider: string }): boolean {
    return this.#registry.wasPlanned(visit);
  }
  keepsPlans(): boolean {
    return this.#registry.kind("Plan").size > 0;
  }
  keepsAssessments(): boolean {
    return this.#registry.kind("Assessment").size > 0;
  }
  unitPriceFen(item: string, day: number): number | null {
    const tariff = this.#registry.tariff(item, day);
    return tariff && Number(tariff.unitPriceFen);
  }
  level(elder: string, scale: "gbt42195" | "ltci", day: number): string | null {
    return this.#registry.level(elder, scale, day);
  }

  certificates(carer: string, day: number): readonly string[] {
    const list = (this.#registry.on("Carer", carer, day)?.values?.["qualifications"] ?? []) as unknown as {
      code: string;
      expires: string;
    }[];
    return list.filter(({ expires }) => (dayOfDate(expires) ?? OPEN_END) >= day).map(({ code }) => code);
  }

  ownersOf(device: string): ReadonlySet<string> {
    if (!this.#owners) {
      this.#owners = new Map();
      for (const [carer, versions] of this.#registry.kind("Carer"))
        for (const own of (versions.at(-1)!.values?.["devices"] ?? []) as Json[] as string[])
          this.#owners.set(own, (this.#owners.get(own) ?? new Set()).add(carer));
    }
    return this.#owners.get(device) ?? NOBODY;
  }

  events(subject: string): readonly RuleEvent[] {
    return this.#events.get(subject) ?? NO_EVENTS;
  }

  allowance(programme: string, elder: string, month: number) {
    return allowanceOf(this.#registry, programme, elder, month);
  }
  terms(programme: string, day: number) {
    return this.#registry.terms(programme, day);
  }
  enrolments(elder: string) {
    return this.#registry.enrolments(elder);
  }
  lastAssessed(elder: string, day: number): number | null {
    if (!this.#assessed) {
      this.#assessed = new Map();
      for (const versions of this.#registry.kind("Assessment").values()) {
        const values = versions.at(-1)!.values as {
          person?: { elder: string };
          result?: { assessedOn: string };
        } | null;
        const [of, on] = [values?.person?.elder, values?.result && dayOfDate(values.result.assessedOn)];
        if (of && typeof on === "number") this.#assessed.set(of, [...(this.#assessed.get(of) ?? []), on]);
      }
    }
    const before = (this.#assessed.get(elder) ?? []).filter((on) => on <= day);
    return before.length === 0 ? null : Math.max(...before);
  }

  isProviderAccount(account: string): boolean {
    if (!this.#accounts) {
      this.#accounts = new Set();
      for (const versions of this.#registry.kind("Provider").values())
        for (const { values } of versions) {
          const stated = statedAccount(values);
          if (stated) this.#accounts.add(stated);
        }
    }
    return this.#accounts.has(account);
  }

  tiesOf(person: string): ReadonlySet<string> {
    const own = this.#policies.ties?.find((tie) => tie.person === person);
    return own ? new Set(own.payees) : NOBODY;
  }

  outage(provider: string, at: number): boolean {
    return (this.#policies.outages ?? []).some(
      (outage) =>
        (!outage.provider || outage.provider === provider) &&
        Date.parse(outage.from) <= at * 1000 &&
        at * 1000 < Date.parse(outage.to),
    );
  }
}
