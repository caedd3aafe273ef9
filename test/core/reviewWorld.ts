import type { Past } from "../../core/rules/engine.ts";
import { type DayOfLog, emptyDay, Reviewer } from "../../core/rules/engine.ts";
import type { EventType, Home, ItemFacts, ReviewVisit, RuleBook, RuleEvent } from "../../core/rules/rule.ts";
import { defaultRuleSet, type RuleSet } from "../../core/rules/ruleSet.ts";
import type { Standing, VerdictContent } from "../../core/rules/verdict.ts";

/** A small district in memory, in which every rule can be tried by itself. */
export const PROVIDER = "91110000600037341L";
export const DAY = 20_500;
export const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
export const CARER = id(1);
export const OTHER_CARER = id(2);
export const ELDER = id(11);
export const FAR_ELDER = id(12);
export const SPOUSE = id(13);

const at = (metresNorth: number) => ({ lon: 121_000_000, lat: 31_000_000 + metresNorth * 9 });
const home = (metresNorth: number, household: string): Home => ({
  ...at(metresNorth),
  area: "urban",
  household,
  account: "",
  guardian: false,
});

export interface World {
  homes: Record<string, Home>;
  items: Record<string, Partial<ItemFacts>>;
  events: RuleEvent[];
  owners: Record<string, string[]>;
  plans: Record<string, { units?: number; carers?: number; period?: "day" | "week" | "month"; to?: number }>;
  certificates: string[];
  level: string | null;
  unitPriceFen: number;
  places: { lon: number; lat: number }[];
  ties: Record<string, string[]>;
  allowance: RuleBook["allowance"];
  months: number;
  assessed: number | null;
  outage: boolean;
  /** False: the region keeps no plans at all. */
  keepsPlans: boolean;
  served: Record<number, Record<string, number>>;
}

export const world = (over: Partial<World> = {}): World => ({
  homes: { [ELDER]: home(0, "a"), [FAR_ELDER]: home(3000, "b"), [SPOUSE]: home(0, "a") },
  items: { care: {} },
  events: [],
  owners: {},
  plans: {},
  certificates: [],
  level: null,
  unitPriceFen: 3000,
  places: [],
  ties: {},
  allowance: () => ({ fund: "f", amountFen: 1n, day: 0 }),
  months: 0,
  assessed: null,
  outage: false,
  keepsPlans: true,
  served: {},
  ...over,
});

const ITEM: ItemFacts = {
  unitMinutes: 30,
  minimumMinutes: 30,
  dailyCap: 0,
  minimumLevel: "",
  certificate: "",
  location: "home",
  concurrentWith: [],
  traits: [],
};

/** Elders and items that a world does not name live and are as the others. */
export function bookOf(w: World): RuleBook {
  const planOf: RuleBook["planOf"] = ({ elder, item }, day) => {
    const plan = w.plans[`${elder}/${item}`] ?? w.plans[item] ?? { units: 100 };
    if (!w.keepsPlans || (plan.to !== undefined && day > plan.to)) return null;
    return plan.units === 0
      ? null
      : { id: `${elder}/${item}`, units: plan.units ?? 100, period: plan.period ?? "day", carers: plan.carers ?? 1 };
  };
  return {
    home: (elder) => w.homes[elder] ?? home(0, elder),
    places: () => w.places,
    hasOwnPlace: () => w.places.length > 0,
    item: (code) => (w.items[code] ? { ...ITEM, ...w.items[code] } : null),
    planOf,
    wasPlanned: ({ elder, item }) => w.keepsPlans && (w.plans[`${elder}/${item}`] ?? w.plans[item])?.units !== 0,
    keepsPlans: () => w.keepsPlans,
    keepsAssessments: () => true,
    unitPriceFen: () => w.unitPriceFen,
    level: () => w.level,
    certificates: () => w.certificates,
    ownersOf: (device) => new Set(w.owners[device] ?? []),
    events: (subject) => w.events.filter((event) => event.subject === subject),
    allowance: w.allowance,
    terms: () => ({
      fund: "f",
      monthlyFen: 1,
      minimumAge: 0,
      minimumLevel: "",
      area: "any",
      excludes: [],
      proofOfLifeMonths: w.months,
    }),
    enrolments: () => [],
    lastAssessed: () => w.assessed,
    isProviderAccount: (account) => account === "provider",
    tiesOf: (person) => new Set(w.ties[person] ?? []),
    outage: () => w.outage,
  };
}

let serial = 100;
/** A clean visit of 30 minutes at `hour` o'clock, except for what is given. */
export function visit(hour: number, over: Partial<ReviewVisit> & { north?: number } = {}): ReviewVisit {
  const { north, ...cells } = over;
  const day = cells.day ?? DAY;
  const serviceDay = cells.serviceDay ?? day;
  const startedAt = cells.startedAt ?? serviceDay * 86_400 + Math.round(hour * 3600);
  const endedAt = cells.endedAt ?? startedAt + 30 * 60;
  // Fixes are never quite the same twice.
  serial += 7;
  const spot = { lon: 121_000_000 + (serial % 90), lat: 31_000_000 + (north ?? 0) * 9 + (serial % 80), accuracyM: 5 };
  return {
    id: id(serial),
    day,
    index: serial,
    provider: PROVIDER,
    carer: CARER,
    elder: ELDER,
    item: "care",
    startedAt,
    endedAt,
    serviceDay,
    startMinute: Math.floor((startedAt % 86_400) / 60),
    sentAt: endedAt + 60,
    replaces: null,
    placeIn: spot,
    placeOut: { ...spot, lat: spot.lat + 11 },
    device: "phone",
    deviceStartedAt: startedAt,
    mock: false,
    evidence: [],
    bookedMinutes: 30,
    units: 1,
    priceFen: 3000,
    manual: false,
    reason: "",
    group: "",
    twoCarer: false,
    alternateProof: false,
    family: "none",
    ...cells,
  };
}

export function event(
  type: EventType,
  subject: string,
  fromDay: number,
  toDay: number | null,
  over: Partial<RuleEvent> = {},
): RuleEvent {
  serial += 1;
  return {
    id: id(serial),
    subject,
    type,
    precision: "day",
    from: fromDay * 86_400,
    to: toDay === null ? null : toDay * 86_400,
    fromDay,
    toDay,
    official: true,
    arrivedDay: DAY,
    ...over,
  };
}

/** The days that were reviewed, kept in memory. */
export class MemoryPast implements Past {
  readonly days: ReviewVisit[] = [];
  readonly standing: Standing[] = [];
  readonly entitlements: DayOfLog["entitlements"][number][] = [];
  served_: World["served"] = {};
  seen = new Map<string, number>();
  readonly gone = new Set<string>();

  *visits(key: "carer" | "elder" | "provider", keys: ReadonlySet<string>, fromDay: number, beforeDay: number) {
    for (const one of this.days) if (one.serviceDay >= fromDay && one.day < beforeDay && keys.has(one[key])) yield one;
  }
  *withEvidence(digests: ReadonlySet<string>, beforeDay: number) {
    for (const one of this.days)
      if (one.day < beforeDay && one.evidence.some((digest) => digests.has(digest))) yield one;
  }
  lastSeen(): ReadonlyMap<string, number> {
    return this.seen;
  }
  served(month: number): ReadonlyMap<string, number> {
    return new Map(Object.entries(this.served_[month] ?? {}));
  }
  entitlementsOf(elders: ReadonlySet<string>) {
    return this.entitlements.filter(({ elder }) => elders.has(elder));
  }
  corrected(entry: string): boolean {
    return this.gone.has(entry);
  }
  blocked(entry: string): boolean {
    return this.#alive().some(({ severity, subjects }) => severity === "block" && subjects.includes(entry));
  }
  naming(entries: ReadonlySet<string>) {
    return this.#alive().filter(({ subjects }) => subjects.some((subject) => entries.has(subject)));
  }
  restingOn(feeds: ReadonlySet<string>) {
    return this.#alive().filter(({ basis }) => basis.some((feed) => feeds.has(feed)));
  }
  #alive(): Standing[] {
    const gone = new Set(this.standing.map(({ withdraws }) => withdraws));
    return this.standing.filter(({ id: own, withdraws }) => withdraws === "" && !gone.has(own));
  }
}

type CourtDay = Partial<Omit<DayOfLog, "visits">> & { visits?: readonly ReviewVisit[] };

/** Reviews days one after the other, as a server would. */
export class Court {
  readonly past = new MemoryPast();
  readonly #reviewer: Reviewer;
  readonly #world: World;

  constructor(w: World = world(), options: { set?: RuleSet; rescan?: boolean } = {}) {
    this.#world = w;
    this.past.served_ = w.served;
    this.#reviewer = new Reviewer(options.set ?? defaultRuleSet(), this.past, { rescan: options.rescan ?? false });
  }

  review(day: number, input: CourtDay): VerdictContent[] {
    const { gone } = this.past;
    for (const { id: own } of input.replaced ?? []) gone.add(own);
    for (let i = this.past.days.length - 1; i >= 0; i--)
      if (gone.has(this.past.days[i]!.id)) this.past.days.splice(i, 1);
    this.past.entitlements.push(...(input.entitlements ?? []));
    const visits = (input.visits ?? []).map((one) => ({ ...one, day }));
    const verdicts = this.#reviewer.review({ ...emptyDay(day), ...input, visits }, bookOf(this.#world));
    for (const one of visits) this.past.days.push(one);
    for (const verdict of verdicts) this.past.standing.push({ ...verdict, id: id(++serial) });
    return verdicts;
  }
}

/** Rules and severities of one day's visits, for example "R01 block". */
export function found(visits: ReviewVisit[], w: World = world(), input: CourtDay = {}): string[] {
  return [
    ...new Set(new Court(w).review(DAY, { visits, ...input }).map(({ rule, severity }) => `${rule} ${severity}`)),
  ].sort();
}
