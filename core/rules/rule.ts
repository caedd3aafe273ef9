import type { KnownPlan } from "../claims.ts";
import type { AllowanceRefusal, AllowanceTerms, Due, Enrolled } from "../entitlement.ts";
import type { Point } from "./distance.ts";
import type { Summaries } from "./summaries.ts";

/**
 * What a review rule is. Pure and deterministic: whole numbers in, verdicts out; no rule knows the database, the clock or
 * another rule. A rule judges one group (all that one carer did, all that was done to one elder …), of which the engine
 * gives it the records that arrived on the reviewed day and as much of the past as it asks for.
 */
export interface Fix extends Point {
  accuracyM: number;
}

/** A visit as rules read it. */
export interface ReviewVisit {
  id: string;
  /** Its place in the log: the day on which it was received. */
  day: number;
  index: number;
  provider: string;
  carer: string;
  elder: string;
  item: string;
  /** Unix seconds. */
  startedAt: number;
  endedAt: number;
  /** Region's day of `startedAt`. */
  serviceDay: number;
  /** Region's minute of the day of `startedAt`. */
  startMinute: number;
  /** When it reached us: the time of receipt, or for attested records the time that the importer attests. */
  sentAt: number;
  /** The visit that it corrects. */
  replaces: string | null;
  placeIn: Fix | null;
  placeOut: Fix | null;
  device: string;
  deviceStartedAt: number | null;
  mock: boolean;
  evidence: readonly string[];
  bookedMinutes: number;
  units: number;
  priceFen: number;
  manual: boolean;
  reason: string;
  group: string;
  twoCarer: boolean;
  alternateProof: boolean;
  family: "none" | "confirmed" | "denied";
}

export const EVENT_TYPES = [
  "death",
  "hospital",
  "institution",
  "prison",
  "moved",
  "leave",
  "travel",
  "other_job",
  // Told by the place that looks across regions: an allowance of the same kind is received in another district.
  "other_benefit",
  // What a family says of one visit: the subject is the carer, from and to are the visit's.
  "family_confirmed",
  "family_denied",
  "family_complaint",
  "family_reply",
] as const;
/** Words between a family and the service about one visit; they say nothing of where anybody was. */
export const isFamilyWord = (type: EventType): boolean => type.startsWith("family_");
export type EventType = (typeof EVENT_TYPES)[number];

/** How exactly a feed knows when. */
export const PRECISIONS = ["time", "day", "month"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What a feed told about a person, and nobody took back. */
export interface RuleEvent {
  /** The feed entry's id. */
  id: string;
  subject: string;
  type: EventType;
  precision: Precision;
  /** Unix seconds of what was stated: of a day or month its beginning. `to` null: it lasts. */
  from: number;
  to: number | null;
  /** Region's days; of a month its first (from) and last (to). */
  fromDay: number;
  toDay: number | null;
  official: boolean;
  /** Day of the log on which it arrived. */
  arrivedDay: number;
}

export interface Home extends Point {
  area: "urban" | "rural";
  household: string;
  account: string;
  guardian: boolean;
}

export interface ItemFacts {
  unitMinutes: number;
  minimumMinutes: number;
  dailyCap: number;
  minimumLevel: string;
  certificate: string;
  location: "home" | "community" | "any";
  concurrentWith: readonly string[];
  traits: readonly string[];
}

/** The registry and the feeds, as the entries up to and with one day of the log tell them. */
export interface RuleBook {
  home(elder: string, day: number): Home | null;
  /** Approved places of an elder other than the home, and those for everybody. */
  places(elder: string, day: number): readonly Point[];
  /** Whether the elder has an approved place of their own on that day. */
  hasOwnPlace(elder: string, day: number): boolean;
  item(code: string, day: number): ItemFacts | null;
  planOf(visit: { elder: string; item: string; provider: string }, day: number): KnownPlan | null;
  /** Whether the provider ever had a plan with that item for the elder. */
  wasPlanned(visit: { elder: string; item: string; provider: string }): boolean;
  /** Whether the region keeps plans, assessments: without them nothing can be said against a visit. */
  keepsPlans(): boolean;
  keepsAssessments(): boolean;
  /** Price of one unit; null where there is no tariff. */
  unitPriceFen(item: string, day: number): number | null;
  level(elder: string, scale: "gbt42195" | "ltci", day: number): string | null;
  /** Codes of the carer's certificates that have not expired on the day. */
  certificates(carer: string, day: number): readonly string[];
  /** Carers to whom a device is registered. */
  ownersOf(device: string): ReadonlySet<string>;
  events(subject: string): readonly RuleEvent[];
  /** What an elder is due of a programme for a month, or the reason for nothing. */
  allowance(programme: string, elder: string, month: number): Due | AllowanceRefusal;
  terms(programme: string, day: number): AllowanceTerms | null;
  enrolments(elder: string): readonly Enrolled[];
  /** Day of the newest assessment of an elder up to a day; null without one. */
  lastAssessed(elder: string, day: number): number | null;
  /** Accounts of organisations that provide services. */
  isProviderAccount(account: string): boolean;
  /** Payees that a person owns or is related to, as the region declared them. */
  tiesOf(person: string): ReadonlySet<string>;
  /** Whether an outage was declared for that provider and moment. */
  outage(provider: string, at: number): boolean;
}

/** What a verdict does to a line. `cut`: the line is paid by the tariff and plan alone, what was claimed above is not. */
export const SEVERITIES = ["withdrawn", "mark", "cut", "hold", "block"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Numbers = Record<string, number | string>;
export interface Finding {
  severity: Exclude<Severity, "withdrawn">;
  /** Ids of the entries that it is about, in the order of their beginning. */
  subjects: readonly string[];
  /** What it rests on: seconds, metres, fen, counts; and names of reasons. */
  numbers: Numbers;
  /** Ids of the feed entries that it rests on. */
  basis?: readonly string[];
}

/** A month's allowance, as rules read it. */
export interface ReviewEntitlement {
  id: string;
  /** Day of the log on which it was written. */
  day: number;
  programme: string;
  elder: string;
  /** Year · 100 + month. */
  month: number;
}

/** What a person did to a thing that is paid or decided. */
export interface ReviewAct {
  /** Id of the entry that records it. */
  id: string;
  day: number;
  person: string;
  act: "enter" | "review" | "approve" | "release";
  /** What it was done to, and who is paid by it. */
  thing: string;
  payee: string;
  /** Unix seconds. */
  at: number;
  /** Set against what a rule had found. */
  overrides: boolean;
}

/** What a fund paid for the services of one day. */
export interface FundDay {
  /** Id of the fund's entry. */
  fund: string;
  day: number;
  fen: number;
}

/** What records are grouped by. A template is what an elder's day adds up to: the amount and the set of items. */
export const KEYS = ["carer", "elder", "device", "provider", "place", "evidence", "template", "region"] as const;
export type Key = (typeof KEYS)[number];

export interface Group {
  /** The carer's or elder's pseudonym, the device, the provider's code, the digest; "" for the region. */
  key: string;
  /** By beginning, end and id: what arrived on the reviewed day, the two log days before, and the past if it was asked for; of the region none. */
  visits: readonly ReviewVisit[];
  /** Events about the key that arrived on the reviewed day. */
  news: readonly RuleEvent[];
  /** Allowances of the elder; for the region, of all months that got a new one. */
  entitlements: readonly ReviewEntitlement[];
  /** For the region: acts on all things that were acted on that day. */
  acts: readonly ReviewAct[];
  /** For the region, on the last day of a year: what its funds paid in it. */
  fundDays: readonly FundDay[];
}

/** A parameter: a whole number with its bounds. */
export interface Parameter {
  value: number;
  min: number;
  max: number;
}
export type Parameters = Record<string, Parameter>;
export const whole = (value: number, min: number, max: number): Parameter => ({ value, min, max });

export interface At<P extends Parameters = Parameters> {
  /** The reviewed day of the log. */
  day: number;
  params: { readonly [K in keyof P]: number };
  book: RuleBook;
  summaries: Summaries;
  /** The last day of service of each elder who was served from `fromDay` on. */
  lastSeen(fromDay: number): ReadonlyMap<string, number>;
  /** Seconds of service by provider in a month. */
  served(month: number): ReadonlyMap<string, number>;
  /** Whether a verdict of another rule blocks a visit already. */
  blocked(visit: string): boolean;
}

export interface Words {
  zh: string;
  en: string;
}

export interface Rule<P extends Parameters = Parameters> {
  id: string;
  name: string;
  /** Raised whenever the same records could give another verdict. */
  version: number;
  /** As the table of rules has it: B blocks, H holds, M marks. */
  level: "B" | "H" | "M" | "B/H" | "H/M" | "M/H";
  key: Key;
  /** Days of service before the reviewed day that it may look back on. */
  windowDays: number;
  params: P;
  title: Words;
  /** What it says, for officials and providers to read; and when it is not a fault. */
  text: Words;
  /** Set where a verdict speaks of visits by what they are to one another: it falls when corrections leave fewer than two. */
  ofPair?: boolean;
  /** Fewest visits of a group about which it can say anything; 0 if nothing else is said. */
  least?: number;
  /** Judged after the others, because it counts only what they leave. */
  last?: boolean;
  /** Of a rule that is judged last: whether it can find anything in a group, whatever is blocked. Only such groups are kept until then. */
  suspects?(group: Group, at: At<P>): boolean;
  /** Whether a group can matter at all, by the summaries; a group that matters to no rule of its key is not made. */
  concerns?(key: string, at: At<P>): boolean;
  /**
   * Whether the group's past is needed, by the summaries: what it denies, the past could not change. Then `judge` gets some
   * days alone, in which a count is only smaller, but a share may be any: a rule of shares asks this again before it judges.
   */
  needsPast?(group: Group, at: At<P>): boolean;
  judge(group: Group, at: At<P>): Finding[];
  /** Earlier visits against which this rule has nothing any more, by what arrived on the day. */
  clears?(group: Group, at: At<P>): string[];
  /** The sentence of one verdict, with the numbers that it used. */
  say(numbers: Numbers): Words;
}

/** Types a rule by its own parameters; erases them again, so that rules of all shapes stand in one list. */
export function rule<P extends Parameters>(definition: Rule<P>): Rule {
  return definition as unknown as Rule;
}

/** The order in which visits are told: by beginning, end and id. */
export const byBeginning = (a: ReviewVisit, b: ReviewVisit): number =>
  a.startedAt - b.startedAt || a.endedAt - b.endedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
export const isNew = (visit: ReviewVisit, at: { day: number }): boolean => visit.day === at.day;
export const secondsOf = (visit: ReviewVisit): number => Math.max(0, visit.endedAt - visit.startedAt);
export const idsOf = (visits: readonly ReviewVisit[]): string[] => visits.map(({ id }) => id);

/**
 * The subjects of a series: all of it when the fault begins with what arrived today, afterwards only what is new;
 * `heldBefore` says whether the older visits alone were a fault already.
 */
export function ofSeries(series: readonly ReviewVisit[], heldBefore: boolean, at: { day: number }): string[] {
  return idsOf(heldBefore ? series.filter((visit) => isNew(visit, at)) : series);
}

/** Minutes as people write them. */
export const minutes = (seconds: number | string | undefined): string => {
  const whole = Number(seconds ?? 0);
  return whole % 60 === 0 ? String(whole / 60) : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
export const yuan = (fen: number | string | undefined): string => {
  const whole = Math.abs(Number(fen ?? 0));
  return `${Number(fen) < 0 ? "-" : ""}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
};
