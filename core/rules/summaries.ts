import { type KnownPlan, periodOf } from "../claims.ts";
import { most, RowKinds, rowWithText, textAt, UUID_NUMBERS, uuidAt, uuidNumbers } from "./counts.ts";
import type { Fences } from "./fence.ts";
import {
  OUTSIDE_DAY,
  OUTSIDE_ELDER,
  OUTSIDE_NUMBERS,
  type Outside,
  outsideIn,
  outsideOf,
  outsideRow,
} from "./outside.ts";
import { Names, numberOf, onDay, placeNumber } from "./packedVisit.ts";
import type { ReviewVisit, RuleBook } from "./rule.ts";
import { secondsOf } from "./rule.ts";
import type { Repeats, Scratch } from "./scratch.ts";
import { Shelf } from "./shelf.ts";
import { drained, SortedRuns } from "./sortedRuns.ts";
import { count, emptyTally, exactShare, TALLIED, type Tally } from "./tally.ts";
import { Templates } from "./template.ts";

/**
 * What is carried from day to day, so that a review reads the past of those groups alone in which the past could matter.
 * Counts, not judgements: a rule that a summary lets through judges the records themselves. Bounded by the window.
 */
export const WINDOW_DAYS = 45;
/** Days of visits that are kept whole: a stay of at most 24 hours and a late evening reach no farther. */
export const TAIL_DAYS = 2;

/** Starts are asked for by R11 alone; of a visit that comes later the past is read. */
const START_DAYS = 16;
/** A period of a plan may have begun so many days before the window. */
const MONTH_DAYS = 31;
/** No more are ever asked for: see R30's parameter. */
const MOST_OUTAGE_CARERS = 100;

/** What the parameters of rules say that is looked for while counting: fences (R05), elders of a crowd (R36). */
export interface Watched {
  fences: Fences;
  templateElders: number;
}

/** What arrived on a day, each visit in both, by beginning; gone through once. */
export interface Grouped {
  byCarer: Iterable<readonly [carer: string, visits: readonly ReviewVisit[]]>;
  byElder: Iterable<readonly [elder: string, visits: readonly ReviewVisit[]]>;
}

/** Of a carer: days of service, starts, places of check-in and check-out, check-ins outside, providers. */
const CARER = new RowKinds(1 + TALLIED.length, 3, 2, OUTSIDE_NUMBERS, 2);
const DAYS = 0;
const STARTS = 1;
const FIXES = 2;
const OUTSIDE = 3;
const PROVIDERS = 4;
/** Of an elder: units by plan and period; check-ins outside. */
const ELDER = new RowKinds(3, OUTSIDE_NUMBERS);
const UNITS = 0;
const OUTSIDE_HOME = 1;
/** Of a device: each carer, and the last day on which they used it. */
const DEVICE = new RowKinds(UUID_NUMBERS + 1);
const USERS = 0;

/** Records that one going through leaves for another, which has another order. */
interface Beside {
  uses: SortedRuns;
  outside: SortedRuns;
}

export class Summaries {
  readonly #watched: Watched;
  readonly #scratch: Scratch;
  readonly #carers: Shelf;
  readonly #elders: Shelf;
  readonly #devices: Shelf;
  readonly templates: Templates;
  /** Names of providers; in records they are numbers. */
  readonly #providers = new Names();
  /** Devices of more than one carer, and elders at whom more than one stood outside. */
  readonly #shared = new Set<string>();
  readonly #crowded = new Set<string>();
  /** Carers who named an outage as the reason of manual entries, by day of service and provider. */
  readonly #outages = new Map<number, Map<string, Set<string>>>();
  /** Until when a carer's counts are not to be trusted, because a visit of theirs was corrected. */
  readonly #corrected = new Map<string, number>();
  /** Shares of exact visits by provider, in the 30 days that end with one: asked for seldom, of all carers at once. */
  readonly #exact = new Map<number, Map<string, number[]>>();
  #day = 0;

  constructor(watched: Watched, scratch: Scratch) {
    this.#watched = watched;
    this.#scratch = scratch;
    this.#carers = new Shelf(scratch, "uuids");
    this.#elders = new Shelf(scratch, "uuids");
    this.#devices = new Shelf(scratch, "texts");
    this.templates = new Templates(scratch, WINDOW_DAYS, watched.templateElders);
  }

  /**
   * Takes in what arrived on a day, by carer and by elder, before anything of it is judged. `replaced` are earlier visits
   * that it corrects.
   */
  add(day: number, grouped: Grouped, replaced: readonly ReviewVisit[], book: RuleBook): void {
    this.#day = day;
    this.#exact.clear();
    if (day % 7 === 0) this.#prune();
    const beside = { uses: new SortedRuns(this.#scratch), outside: new SortedRuns(this.#scratch) };
    for (const [carer, visits] of grouped.byCarer) this.#addCarer(carer, visits, book, beside);
    this.templates.begin(day);
    for (const [elder, visits] of grouped.byElder) {
      this.#addUnits(elder, visits, book);
      this.templates.add(visits);
    }
    this.templates.end();
    this.#addUses(beside.uses);
    this.#addOutside(beside.outside);
    for (const { carer } of replaced) this.#corrected.set(carer, day + WINDOW_DAYS);
  }

  #addCarer(carer: string, visits: readonly ReviewVisit[], book: RuleBook, beside: Beside): void {
    const tallies = new Map<number, Tally>();
    const providers = new Map<number, number>();
    const [starts, fixes, outside]: [number[], number[], number[]] = [[], [], []];
    const uses = new Set<string>();
    for (const visit of visits) {
      const { serviceDay, provider, device } = visit;
      let tally = tallies.get(serviceDay);
      if (!tally) {
        tally = emptyTally();
        tallies.set(serviceDay, tally);
        uses.clear();
      }
      // Days come in their order.
      providers.set(this.#providers.codeOf(provider), serviceDay);
      count(tally, visit, book);
      starts.push(serviceDay, visit.startMinute, most(Math.round(secondsOf(visit) / 60)));
      if (visit.placeIn) fixes.push(serviceDay, placeNumber(visit.placeIn) | 0);
      if (visit.placeOut) fixes.push(serviceDay, placeNumber(visit.placeOut) | 0);
      if (device !== "" && !uses.has(device)) {
        uses.add(device);
        const row = rowWithText([serviceDay, ...uuidNumbers(carer)], device);
        beside.uses.add(numberOf(device), row, row.length);
      }
      if (visit.manual && OUTAGE.test(visit.reason)) this.#addOutage(visit);
      const found = outsideOf(visit, book, this.#watched.fences);
      if (!found) continue;
      const row = outsideRow(found);
      for (const number of row) outside.push(number);
      beside.outside.add(numberOf(found.elder), Int32Array.from(row), row.length);
    }
    this.#carers.set(carer, grownCarer(this.#carers.get(carer), tallies, [starts, fixes, outside], providers));
  }

  #addOutage({ serviceDay, provider, carer }: ReviewVisit): void {
    if (serviceDay < this.#day - WINDOW_DAYS) return;
    const ofDay = this.#outages.get(serviceDay) ?? new Map<string, Set<string>>();
    this.#outages.set(serviceDay, ofDay);
    const carers = ofDay.get(provider) ?? new Set();
    ofDay.set(provider, carers);
    if (carers.size < MOST_OUTAGE_CARERS) carers.add(carer);
  }

  #addUnits(elder: string, visits: readonly ReviewVisit[], book: RuleBook): void {
    const claimed = new Map<string, [plan: number, first: number, units: number]>();
    for (const visit of visits) {
      const plan = book.planOf(visit, visit.serviceDay);
      if (!plan) continue;
      const [number, first] = [numberOf(plan.id) | 0, periodOf(plan.period, visit.serviceDay)];
      const [, , units] = claimed.get(`${number} ${first}`) ?? [number, first, 0];
      claimed.set(`${number} ${first}`, [number, first, units + visit.units]);
    }
    if (claimed.size === 0) return;
    const known = this.#elders.get(elder);
    const at = (words: Int32Array | null, plan: number, first: number) =>
      ELDER.find(words, UNITS, (row) => words![row] === plan && words![row + 1] === first);
    const periods = [...claimed.values()];
    const added = periods.filter(([plan, first]) => at(known, plan, first) < 0);
    const words = ELDER.grown(known, [added.flatMap(([plan, first]) => [plan, first, 0])]);
    for (const [plan, first, units] of periods) {
      const used = at(words, plan, first) + 2;
      words[used] = most(words[used]! + units);
    }
    this.#elders.set(elder, words);
  }

  #addUses(uses: SortedRuns): void {
    for (const rows of drained(uses)) {
      const byDevice = Map.groupBy(rows, ({ words, at }) => textAt(words, at + 1 + UUID_NUMBERS));
      for (const [device, list] of byDevice) {
        const last = new Map<string, number>();
        const use = (words: Int32Array, carer: number, day: number) => {
          const name = uuidAt(words, carer);
          last.set(name, Math.max(words[day]!, last.get(name) ?? words[day]!));
        };
        const known = this.#devices.get(device);
        DEVICE.each(known, USERS, (row) => use(known!, row, row + UUID_NUMBERS));
        for (const { words, at } of list) use(words, at + 1, at);
        this.#devices.set(
          device,
          DEVICE.grown(null, [[...last].flatMap(([carer, day]) => [...uuidNumbers(carer), day])]),
        );
        if (last.size > 1) this.#shared.add(device);
      }
    }
  }

  #addOutside(outside: SortedRuns): void {
    for (const rows of drained(outside)) {
      for (const [elder, list] of Map.groupBy(rows, ({ words, at }) => uuidAt(words, at + OUTSIDE_ELDER))) {
        const added = list.flatMap(({ words, at }) => [...words.subarray(at, at + OUTSIDE_NUMBERS)]);
        const words = ELDER.grown(this.#elders.get(elder), [[], added]);
        this.#elders.set(elder, words);
        if (new Set(outsideIn(words, ELDER, OUTSIDE_HOME).map(({ carer }) => carer)).size > 1) this.#crowded.add(elder);
      }
    }
  }

  /** What is older than the window goes, of everybody. */
  #prune(): void {
    const first = this.#day - WINDOW_DAYS;
    const ofCarer = [first, this.#day - START_DAYS, first, first, first];
    // A provider's row has its day second, a plan's the first day of its period, a user's the last one.
    const isKept = (words: Int32Array, day: number, from: number) => words[day]! >= from;
    this.#carers.renew((words) =>
      CARER.kept(words, (row, kind) => isKept(words, kind === PROVIDERS ? row + 1 : row, ofCarer[kind]!)),
    );
    this.#elders.renew((words) =>
      ELDER.kept(words, (row, kind) =>
        kind === UNITS ? isKept(words, row + 1, first - MONTH_DAYS) : isKept(words, row + OUTSIDE_DAY, first),
      ),
    );
    this.#devices.renew((words) => DEVICE.kept(words, (row) => isKept(words, row + UUID_NUMBERS, first)));
    this.templates.prune(this.#day);
    for (const device of this.#shared) if ((this.#devices.get(device)?.[USERS] ?? 0) < 2) this.#shared.delete(device);
    for (const elder of this.#crowded)
      if ((this.#elders.get(elder)?.[OUTSIDE_HOME] ?? 0) < 2) this.#crowded.delete(elder);
    for (const day of this.#outages.keys()) if (day < this.#day - WINDOW_DAYS) this.#outages.delete(day);
    for (const [carer, until] of this.#corrected) if (until < this.#day) this.#corrected.delete(carer);
  }

  /** Whether a carer's counts may be too high or low, so that the records must be looked at. */
  wasCorrected(carer: string): boolean {
    return (this.#corrected.get(carer) ?? -1) >= this.#day;
  }

  /** The carer's days of service from `first` to `last`, added up. */
  tally(carer: string, first: number, last: number): Tally & { days: number } {
    return tallyOf(this.#carers.get(carer), first, last);
  }

  /** How many starts at that minute, with a duration within `spread` minutes, the carer has from `first` on. */
  startsAlike(carer: string, minute: number, duration: number, spread: number, first: number): number {
    const words = this.#carers.get(carer);
    let count = 0;
    CARER.each(words, STARTS, (row) => {
      const isAlike = words![row + 1] === minute && Math.abs(words![row + 2]! - duration) <= spread;
      if (isAlike && words![row]! >= first) count++;
    });
    return count;
  }

  /** On how many days from `first` on the carer stood at one of these places, whichever has most. */
  daysAtOnePlace(carer: string, places: ReadonlySet<number>, first: number): number {
    const words = this.#carers.get(carer);
    const daysOf = new Map<number, Set<number>>();
    CARER.each(words, FIXES, (row) => {
      const place = words![row + 1]! >>> 0;
      if (words![row]! < first || !places.has(place)) return;
      daysOf.set(place, (daysOf.get(place) ?? new Set()).add(words![row]!));
    });
    let days = 0;
    for (const on of daysOf.values()) days = Math.max(days, on.size);
    return days;
  }

  /** Carers, and how many of their check-ins and -outs on these days of service lie at places that were on that day. */
  *carersAt(days: ReadonlySet<number>, places: Repeats): Generator<readonly [carer: string, fixes: number]> {
    for (const [carer, words] of this.#carers) {
      let count = 0;
      CARER.each(words, FIXES, (row) => {
        if (days.has(words[row]!) && places.has(onDay(words[row + 1]!, words[row]!))) count++;
      });
      yield [carer, count];
    }
  }

  outsideOfCarer(carer: string): Outside[] {
    return outsideIn(this.#carers.get(carer), CARER, OUTSIDE);
  }
  /** Of an elder at whom more than one carer stood outside; of others nothing. */
  outsideOfElder(elder: string): Outside[] {
    return this.#crowded.has(elder) ? outsideIn(this.#elders.get(elder), ELDER, OUTSIDE_HOME) : [];
  }

  /** Devices that more than one carer used in the window. */
  sharedDevices(): Iterable<string> {
    return this.#shared;
  }
  /** Carers who used a device from `first` on, where they are more than one in the window; else nobody. */
  usersOf(device: string, first: number): string[] {
    const words = this.#shared.has(device) ? this.#devices.get(device) : null;
    const users: string[] = [];
    DEVICE.each(words, USERS, (row) => {
      if (words![row + UUID_NUMBERS]! >= first) users.push(uuidAt(words!, row));
    });
    return users;
  }

  /** Whether so many of a provider's carers named an outage on that day that it was one. */
  isOutage({ provider, serviceDay, reason }: ReviewVisit, carers: number): boolean {
    return OUTAGE.test(reason) && (this.#outages.get(serviceDay)?.get(provider)?.size ?? 0) >= carers;
  }

  /** Units claimed of an elder's plan in the period that holds a day. */
  unitsUsed(elder: string, { id, period }: Pick<KnownPlan, "id" | "period">, day: number): number {
    const words = this.#elders.get(elder);
    const [number, first] = [numberOf(id) | 0, periodOf(period, day)];
    let units = 0;
    ELDER.each(words, UNITS, (row) => {
      if (words![row] === number && words![row + 1] === first) units = words![row + 2]!;
    });
    return units;
  }

  /**
   * Ten-thousandths of visits that are exact, in the 30 days up to `lastDay`, of each carer but one who served for the
   * provider in them.
   */
  exactShares(provider: string, lastDay: number, but: string): number[] {
    let all = this.#exact.get(lastDay);
    if (!all) {
      all = new Map();
      for (const [, words] of this.#carers) {
        const share = exactShare(tallyOf(words, lastDay - 29, lastDay));
        if (share !== null)
          for (const name of this.#providersOf(words, lastDay - 29)) {
            const shares = all.get(name);
            if (shares) shares.push(share);
            else all.set(name, [share]);
          }
      }
      this.#exact.set(lastDay, all);
    }
    const shares = [...(all.get(provider) ?? [])];
    const own = this.#carers.get(but);
    if (own && this.#providersOf(own, lastDay - 29).includes(provider)) {
      const share = exactShare(tallyOf(own, lastDay - 29, lastDay));
      if (share !== null) shares.splice(shares.indexOf(share), 1);
    }
    return shares;
  }

  #providersOf(words: Int32Array, first: number): string[] {
    const names: string[] = [];
    CARER.each(words, PROVIDERS, (row) => {
      if (words[row + 1]! >= first) names.push(this.#providers.textOf(words[row]!));
    });
    return names;
  }
}

function tallyOf(words: Int32Array | null, first: number, last: number): Tally & { days: number } {
  const sum = { ...emptyTally(), days: 0 };
  CARER.each(words, DAYS, (row) => {
    if (words![row]! < first || words![row]! > last) return;
    sum.days++;
    for (let i = 0; i < TALLIED.length; i++) sum[TALLIED[i]!] += words![row + 1 + i]!;
  });
  return sum;
}

/** A carer's record with what a day brought. */
function grownCarer(
  known: Int32Array | null,
  tallies: ReadonlyMap<number, Tally>,
  [starts, fixes, outside]: readonly [number[], number[], number[]],
  providers: ReadonlyMap<number, number>,
): Int32Array {
  const at = (words: Int32Array | null, kind: number, name: number) =>
    CARER.find(words, kind, (row) => words![row] === name);
  const days = [...tallies.keys()].filter((day) => at(known, DAYS, day) < 0);
  const others = [...providers.keys()].filter((provider) => at(known, PROVIDERS, provider) < 0);
  const words = CARER.grown(known, [
    days.flatMap((day) => [day, ...TALLIED.map(() => 0)]),
    starts,
    fixes,
    outside,
    others.flatMap((provider) => [provider, 0]),
  ]);
  for (const [day, tally] of tallies) {
    const row = at(words, DAYS, day);
    for (const [i, name] of TALLIED.entries()) words[row + 1 + i] = most(words[row + 1 + i]! + tally[name]);
  }
  for (const [provider, day] of providers) {
    const row = at(words, PROVIDERS, provider);
    words[row + 1] = Math.max(words[row + 1]!, day);
  }
  return words;
}

/** Words by which a reason names an outage of network or system. */
const OUTAGE = /outage|停电|断网|断电|系统故障|网络故障|停机|宕机/i;
