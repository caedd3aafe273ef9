import { type KnownPlan, periodOf } from "../claims.ts";
import type { Point } from "./distance.ts";
import { offsetMm } from "./distance.ts";
import { type Fences, fenceOf } from "./fence.ts";
import type { ReviewVisit, RuleBook } from "./rule.ts";
import { secondsOf } from "./rule.ts";
import { addTemplates, countTemplates, type TemplateCounts } from "./template.ts";

/**
 * What is carried from day to day, so that a review reads the past of those groups alone in which the past could matter.
 * Counts, not judgements: a rule that a summary lets through judges the records themselves. Bounded by the window.
 */
export const WINDOW_DAYS = 45;
/** Days of visits that are kept whole: a stay of at most 24 hours and a late evening reach no farther. */
export const TAIL_DAYS = 2;

/** Periods of a plan that are counted: days of the window. */
const MAX_PERIODS = WINDOW_DAYS + 2;

/** One carer's day of service. */
export interface Tally {
  visits: number;
  /** Of all visits but live-in ones. */
  seconds: number;
  manual: number;
  /** Within a minute of whole tariff units. */
  exact: number;
  /** From a device that is registered to somebody else. */
  foreign: number;
  confirmed: number;
  denied: number;
}

/** A check-in outside the fence: where the carer stood, seen from the elder's home. */
export interface Outside {
  visit: string;
  carer: string;
  elder: string;
  serviceDay: number;
  metres: number;
  fenceM: number;
  /** Millimetres from the home. */
  east: number;
  north: number;
}

interface CarerSummary {
  days: Map<number, Tally>;
  /** Starts and durations: day, minute of the day, minutes, one after the other. */
  starts: number[];
  /** Check-in and -out places: day, place, one after the other. */
  fixes: number[];
  outside: Outside[];
  provider: string;
}

const emptyTally = (): Tally => ({ visits: 0, seconds: 0, manual: 0, exact: 0, foreign: 0, confirmed: 0, denied: 0 });

/** What arrived on a day, each visit in both, by beginning; gone through once. */
export interface Grouped {
  byCarer: Iterable<readonly [carer: string, visits: readonly ReviewVisit[]]>;
  byElder: Iterable<readonly [elder: string, visits: readonly ReviewVisit[]]>;
}

function count(tally: Tally, visit: ReviewVisit, book: RuleBook): void {
  const item = book.item(visit.item, visit.serviceDay);
  tally.visits++;
  if (!item?.traits.includes("live_in")) tally.seconds += secondsOf(visit);
  if (visit.manual || visit.replaces) tally.manual++;
  if (item && isExact(visit, item.unitMinutes)) tally.exact++;
  if (isForeign(visit, book)) tally.foreign++;
  if (visit.family === "confirmed") tally.confirmed++;
  if (visit.family === "denied") tally.denied++;
}

/** One number for a place, told apart to the millionth of a degree within a district; false friends cost a look, no more. */
export const placeKey = ({ lon, lat }: Point): number =>
  ((lon + 180_000_000) % 16_777_216) * 268_435_456 + (lat + 90_000_000);

export const EXACT_SECONDS = 60;
export function isExact(visit: ReviewVisit, unitMinutes: number): boolean {
  const unit = unitMinutes * 60;
  const units = Math.max(1, Math.round(secondsOf(visit) / unit));
  return Math.abs(secondsOf(visit) - units * unit) <= EXACT_SECONDS;
}

/** A device that is registered, and not to the carer who used it. */
export function isForeign(visit: ReviewVisit, book: RuleBook): boolean {
  if (visit.device === "") return false;
  const owners = book.ownersOf(visit.device);
  return owners.size > 0 && !owners.has(visit.carer);
}

export class Summaries {
  readonly #fences: Fences;
  readonly #carers = new Map<string, CarerSummary>();
  /** Days on which each carer used a device. */
  readonly #devices = new Map<string, Map<string, number>>();
  readonly #outsideOfElder = new Map<string, Outside[]>();
  /** Units by plan: first day of the period, units, one after the other; of the last periods alone. */
  readonly #used = new Map<string, number[]>();
  /** How many elders each amount and set of items stood for, by day of service. */
  readonly #templates: TemplateCounts = new Map();
  #today: TemplateCounts = new Map();
  readonly #carersOf = new Map<string, Set<string>>();
  /** Carers who named an outage as the reason of manual entries, by provider and day. */
  readonly #outages = new Map<string, Set<string>>();
  /** Until when a carer's counts are not to be trusted, because a visit of theirs was corrected. */
  readonly #corrected = new Map<string, number>();
  #day = 0;

  constructor(fences: Fences) {
    this.#fences = fences;
  }

  #carer(carer: string): CarerSummary {
    const known = this.#carers.get(carer);
    if (known) return known;
    const summary = { days: new Map(), starts: [], fixes: [], outside: [], provider: "" };
    this.#carers.set(carer, summary);
    return summary;
  }

  /**
   * Takes in what arrived on a day, by carer and by elder, before anything of it is judged. `replaced` are earlier visits
   * that it corrects.
   */
  add(day: number, grouped: Grouped, replaced: readonly ReviewVisit[], book: RuleBook): void {
    this.#day = day;
    if (day % 7 === 0) this.#prune();
    for (const [carer, visits] of grouped.byCarer) this.#addCarer(this.#carer(carer), visits, book);
    this.#today = new Map();
    for (const [, visits] of grouped.byElder) {
      for (const visit of visits) this.#addUnits(visit, book);
      countTemplates(this.#today, visits);
    }
    for (const { carer } of replaced) this.#corrected.set(carer, day + WINDOW_DAYS);
  }

  #addCarer(summary: CarerSummary, visits: readonly ReviewVisit[], book: RuleBook): void {
    let [tally, tallied, device] = [emptyTally(), Number.NaN, ""];
    for (const visit of visits) {
      const { serviceDay, provider } = visit;
      if (serviceDay !== tallied) {
        [tallied, device] = [serviceDay, ""];
        tally = summary.days.get(serviceDay) ?? emptyTally();
        summary.days.set(serviceDay, tally);
      }
      if (summary.provider !== provider) {
        summary.provider = provider;
        this.#carersOf.set(provider, (this.#carersOf.get(provider) ?? new Set()).add(visit.carer));
      }
      count(tally, visit, book);
      summary.starts.push(serviceDay, visit.startMinute, Math.round(secondsOf(visit) / 60));
      if (visit.placeIn) summary.fixes.push(serviceDay, placeKey(visit.placeIn));
      if (visit.placeOut) summary.fixes.push(serviceDay, placeKey(visit.placeOut));
      if (visit.device !== "" && visit.device !== device) {
        device = visit.device;
        const users = this.#devices.get(device) ?? new Map<string, number>();
        users.set(visit.carer, Math.max(serviceDay, users.get(visit.carer) ?? 0));
        this.#devices.set(device, users);
      }
      if (visit.manual && OUTAGE.test(visit.reason)) {
        const name = `${provider} ${serviceDay}`;
        this.#outages.set(name, (this.#outages.get(name) ?? new Set()).add(visit.carer));
      }
      this.#addOutside(visit, summary, book);
    }
  }

  #addUnits(visit: ReviewVisit, book: RuleBook): void {
    const plan = book.planOf(visit, visit.serviceDay);
    if (!plan) return;
    const first = periodOf(plan.period, visit.serviceDay);
    const used = this.#used.get(plan.id);
    if (!used) return void this.#used.set(plan.id, [first, visit.units]);
    let at = 0;
    while (at < used.length && used[at] !== first) at += 2;
    if (at < used.length) used[at + 1]! += visit.units;
    else used.push(first, visit.units);
    if (used.length > 2 * MAX_PERIODS) used.splice(0, 2);
  }

  #addOutside(visit: ReviewVisit, summary: CarerSummary, book: RuleBook): void {
    const found = fenceOf(visit, book, this.#fences);
    if (!found || found.metres <= found.fenceM) return;
    const { east, north } = offsetMm(found.home, found.at);
    const { id, carer, elder, serviceDay } = visit;
    const outside = { visit: id, carer, elder, serviceDay, metres: found.metres, fenceM: found.fenceM, east, north };
    summary.outside.push(outside);
    const ofElder = this.#outsideOfElder.get(elder) ?? [];
    ofElder.push(outside);
    this.#outsideOfElder.set(elder, ofElder);
  }

  #prune(): void {
    const first = this.#day - WINDOW_DAYS;
    for (const [carer, summary] of this.#carers) {
      for (const day of summary.days.keys()) if (day < first) summary.days.delete(day);
      summary.starts = keepFrom(summary.starts, 3, this.#day - 14 - 2);
      summary.fixes = keepFrom(summary.fixes, 2, first);
      summary.outside = summary.outside.filter(({ serviceDay }) => serviceDay >= first);
      if (summary.days.size === 0) {
        this.#carers.delete(carer);
        this.#carersOf.get(summary.provider)?.delete(carer);
      }
    }
    for (const [elder, list] of this.#outsideOfElder) {
      const kept = list.filter(({ serviceDay }) => serviceDay >= first);
      if (kept.length === 0) this.#outsideOfElder.delete(elder);
      else this.#outsideOfElder.set(elder, kept);
    }
    for (const [device, users] of this.#devices) {
      for (const [carer, day] of users) if (day < first) users.delete(carer);
      if (users.size === 0) this.#devices.delete(device);
    }
    for (const [carer, until] of this.#corrected) if (until < this.#day) this.#corrected.delete(carer);
  }

  /** Whether a carer's counts may be too high or low, so that the records must be looked at. */
  wasCorrected(carer: string): boolean {
    return (this.#corrected.get(carer) ?? -1) >= this.#day;
  }

  /** The carer's days of service from `first` to `last`, added up. */
  tally(carer: string, first: number, last: number): Tally & { days: number } {
    const sum = { ...emptyTally(), days: 0 };
    const days = this.#carers.get(carer)?.days;
    if (!days) return sum;
    for (const [day, tally] of days) {
      if (day < first || day > last) continue;
      sum.days++;
      for (const name of TALLIED) sum[name] += tally[name];
    }
    return sum;
  }

  /** How many starts at that minute, with a duration within `spread` minutes, the carer has from `first` on. */
  startsAlike(carer: string, minute: number, duration: number, spread: number, first: number): number {
    const starts = this.#carers.get(carer)?.starts ?? [];
    let count = 0;
    for (let i = 0; i < starts.length; i += 3)
      if (starts[i + 1] === minute && starts[i]! >= first && Math.abs(starts[i + 2]! - duration) <= spread) count++;
    return count;
  }

  /** On how many days from `first` on the carer stood at one of these places, whichever has most. */
  daysAtOnePlace(carer: string, places: ReadonlySet<number>, first: number): number {
    const fixes = this.#carers.get(carer)?.fixes ?? [];
    let days: Map<number, Set<number>> | null = null;
    for (let i = 0; i < fixes.length; i += 2) {
      if (fixes[i]! < first || !places.has(fixes[i + 1]!)) continue;
      days ??= new Map();
      days.set(fixes[i + 1]!, (days.get(fixes[i + 1]!) ?? new Set()).add(fixes[i]!));
    }
    let most = 0;
    for (const on of days?.values() ?? []) most = Math.max(most, on.size);
    return most;
  }

  /** Carers, and how many of their check-ins and -outs lie at these places on these days of service. */
  carersAt(places: ReadonlyMap<number, ReadonlySet<number>>): Map<string, number> {
    const found = new Map<string, number>();
    // On most evenings a few days are asked for, out of all that are counted.
    const days = new Set([...places.values()].flatMap((of) => [...of]));
    for (const [carer, { fixes }] of this.#carers) {
      let count = 0;
      for (let i = 0; i < fixes.length; i += 2)
        if (days.has(fixes[i]!) && places.get(fixes[i + 1]!)?.has(fixes[i]!)) count++;
      found.set(carer, count);
    }
    return found;
  }

  outsideOfCarer(carer: string): readonly Outside[] {
    return this.#carers.get(carer)?.outside ?? [];
  }
  outsideOfElder(elder: string): readonly Outside[] {
    return this.#outsideOfElder.get(elder) ?? [];
  }

  /** Carers who used a device from `first` on. */
  usersOf(device: string, first: number): string[] {
    return [...(this.#devices.get(device) ?? [])].filter(([, day]) => day >= first).map(([carer]) => carer);
  }

  /** Whether so many of a provider's carers named an outage on that day that it was one. */
  isOutage({ provider, serviceDay, reason }: ReviewVisit, carers: number): boolean {
    return OUTAGE.test(reason) && (this.#outages.get(`${provider} ${serviceDay}`)?.size ?? 0) >= carers;
  }

  /** Units claimed of a plan in the period that holds a day. */
  unitsUsed({ id, period }: Pick<KnownPlan, "id" | "period">, day: number): number {
    const used = this.#used.get(id) ?? [];
    const first = periodOf(period, day);
    for (let i = 0; i < used.length; i += 2) if (used[i] === first) return used[i + 1]!;
    return 0;
  }

  colleaguesOf(provider: string): readonly string[] {
    return [...(this.#carersOf.get(provider) ?? [])];
  }

  /** How many elders a template stood for on the days of service before one, all together, and how many days these were. */
  templateBefore(template: string, serviceDay: number): { times: number; days: number } {
    const days = new Set<number>();
    let times = 0;
    for (const counts of [this.#templates, this.#today])
      for (const [day, templates] of counts) {
        // Of days before the window a review that begins anew would know less.
        if (day >= serviceDay || day <= this.#day - WINDOW_DAYS) continue;
        days.add(day);
        times += templates.get(template) ?? 0;
      }
    return { times, days: days.size };
  }
  /** The same on that day itself, as far as it is known. */
  templateOn(template: string, serviceDay: number): number {
    const of = (counts: TemplateCounts) => counts.get(serviceDay)?.get(template) ?? 0;
    return of(this.#templates) + of(this.#today);
  }
  /** Amounts and sets of items among what arrived, by day of service. */
  templatesToday(): ReadonlyMap<number, ReadonlyMap<string, number>> {
    return this.#today;
  }
  /** After a day was judged. */
  endDay(): void {
    addTemplates(this.#templates, this.#today);
    for (const day of this.#templates.keys()) if (day <= this.#day - WINDOW_DAYS) this.#templates.delete(day);
  }
}

/** Words by which a reason names an outage of network or system. */
const OUTAGE = /outage|停电|断网|断电|系统故障|网络故障|停机|宕机/i;

const TALLIED = ["visits", "seconds", "manual", "exact", "foreign", "confirmed", "denied"] as const;

function keepFrom(rows: number[], width: number, first: number): number[] {
  if (rows.length === 0 || rows[0]! >= first) return rows;
  const kept: number[] = [];
  for (let i = 0; i < rows.length; i += width) if (rows[i]! >= first) kept.push(...rows.slice(i, i + width));
  return kept;
}
