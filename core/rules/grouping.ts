import type { Column, PackedDay } from "./packedDay.ts";
import { byBeginning, type ReviewVisit } from "./rule.ts";
import { placeKey, WINDOW_DAYS } from "./summaries.ts";
import { templateOf } from "./template.ts";

/** A name, and the visits that carry it. */
export type Named = readonly [name: string, visits: ReviewVisit[]];

/** Which rows of a day carry a name, one row leading to the next: none is opened for it. */
class Rows {
  readonly #day: PackedDay;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;

  constructor(day: PackedDay, column: Column) {
    this.#day = day;
    this.#heads = new Int32Array(day.names.size).fill(-1);
    this.#next = new Int32Array(day.rows);
    for (let row = day.rows - 1; row >= 0; row--) {
      if (day.isGone(row)) continue;
      const code = day.code(column, row);
      this.#next[row] = this.#heads[code]!;
      this.#heads[code] = row;
    }
  }
  /** The first row of a name, by the number that the day's names have for it; -1 where there is none. */
  first(code: number): number {
    return this.#heads[code] ?? -1;
  }
  open(code: number, into: ReviewVisit[]): void {
    for (let row = this.first(code); row >= 0; row = this.#next[row]!) into.push(this.#day.open(row));
  }
}

/**
 * The visits of each name that `isWanted`, by their beginning, one name after the other: names of the day in the order in
 * which they first come, then the others that are asked for. With them what the same names have on the days before.
 */
export function* groupsBy(
  column: Column,
  today: PackedDay,
  before: readonly PackedDay[] = [],
  isWanted: (name: string) => boolean = () => true,
  others: Iterable<string> = [],
): Generator<Named> {
  const rows = new Rows(today, column);
  const rowsBefore = before.map((day) => new Rows(day, column));
  const named = (code: number, name: string): Named => {
    const visits: ReviewVisit[] = [];
    for (const some of [rows, ...rowsBefore]) some.open(code, visits);
    if (visits.length > 1) visits.sort(byBeginning);
    return [name, visits];
  };
  for (let row = 0; row < today.rows; row++) {
    const code = today.code(column, row);
    if (rows.first(code) !== row) continue;
    const name = today.names.textOf(code);
    if (name !== "" && isWanted(name)) yield named(code, name);
  }
  for (const name of new Set(others)) {
    const code = today.names.find(name);
    if (name !== "" && rows.first(code) < 0) yield named(code, name);
  }
}

/** Numbers that occur more than once: sorted numbers tell it faster than a table of a million of them. */
function repeated(numbers: Float64Array): Set<number> {
  const sorted = numbers.sort();
  const twice = new Set<number>();
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) twice.add(sorted[i]!);
  return twice;
}

const placesOf = ({ placeIn, placeOut }: ReviewVisit): number[] => {
  const places = new Set<number>();
  if (placeIn) places.add(placeKey(placeIn));
  if (placeOut) places.add(placeKey(placeOut));
  return [...places];
};

/** Where visits of days past stood, and on which days of service; how many of these fixes are each carer's own. */
export interface LatePlaces {
  days: ReadonlyMap<number, ReadonlySet<number>>;
  /** The first of these days. */
  first: number;
  fixes: ReadonlyMap<string, number>;
}

/** Of visits that were received late: whoever stood at the same place in time was received before the days at hand. */
export function latePlaces(today: PackedDay): LatePlaces {
  const days = new Map<number, Set<number>>();
  const fixes = new Map<string, number>();
  let first = today.day;
  for (const { serviceDay, carer, placeIn, placeOut } of today) {
    // Of days before the window a review that begins anew would know less.
    if (serviceDay >= today.day - 1 || serviceDay <= today.day - WINDOW_DAYS) continue;
    for (const fix of [placeIn, placeOut]) {
      if (!fix) continue;
      const place = placeKey(fix);
      first = Math.min(first, serviceDay);
      days.set(place, (days.get(place) ?? new Set()).add(serviceDay));
      fixes.set(carer, (fixes.get(carer) ?? 0) + 1);
    }
  }
  return { days, first, fixes };
}

export const stoodThere = (visit: ReviewVisit, { days }: LatePlaces): boolean =>
  placesOf(visit).some((place) => days.get(place)?.has(visit.serviceDay));

/** Visits of several days, and some of before, that were recorded at one place, to the millionth of a degree. */
export function* groupsByPlace(packed: readonly PackedDay[], before: readonly ReviewVisit[] = []): Generator<Named> {
  const days = [before, ...packed];
  const all = new Float64Array(2 * packed.reduce((sum, { rows }) => sum + rows, before.length));
  let count = 0;
  for (const day of days) for (const visit of day) for (const place of placesOf(visit)) all[count++] = place;
  const twice = repeated(all.subarray(0, count));
  if (twice.size === 0) return;
  const groups = new Map<number, ReviewVisit[]>();
  for (const day of days)
    for (const visit of day) for (const place of placesOf(visit)) if (twice.has(place)) push(groups, place, visit);
  for (const [place, visits] of groups) yield [String(place), visits.sort(byBeginning)];
}

/** A number for a text. Two texts may share one: that costs a look, no more. */
function numberOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  return (a >>> 0) * 2 ** 20 + (b >>> 12);
}

/** So many digests are asked for at once. */
const DIGESTS_AT_ONCE = 4096;

/** Visits that carry one digest of evidence: of the day, and of the past, of which `sharing` gives those that have one of several. */
export function* groupsByEvidence(
  today: PackedDay,
  sharing: (digests: ReadonlySet<string>) => Iterable<ReviewVisit>,
): Generator<Named> {
  const numbers: number[] = [];
  for (const { evidence } of today) for (const digest of new Set(evidence)) numbers.push(numberOf(digest));
  const twice = repeated(Float64Array.from(numbers));
  const groups = new Map<string, ReviewVisit[]>();
  const asked: [visit: ReviewVisit, digest: string][] = [];
  const take = () => {
    const news = new Set(asked.flatMap(([, digest]) => (groups.has(digest) ? [] : [digest])));
    if (news.size > 0)
      for (const visit of sharing(news))
        for (const digest of new Set(visit.evidence)) if (news.has(digest)) push(groups, digest, visit);
    for (const [visit, digest] of asked)
      if (groups.has(digest) || twice.has(numberOf(digest))) push(groups, digest, visit);
    asked.length = 0;
  };
  for (const visit of today) {
    for (const digest of new Set(visit.evidence)) asked.push([visit, digest]);
    if (asked.length >= DIGESTS_AT_ONCE) take();
  }
  take();
  for (const [digest, visits] of groups) if (visits.length > 1) yield [digest, visits.sort(byBeginning)];
}

export const templateName = (serviceDay: number, template: string): string => `${serviceDay} ${template}`;

/** Visits of the elders whose day of service adds up to a template that is wanted. */
export function* groupsByTemplate(today: PackedDay, wanted: ReadonlySet<string>): Generator<Named> {
  if (wanted.size === 0) return;
  const groups = new Map<string, ReviewVisit[]>();
  for (const [, visits] of groupsBy("elder", today))
    for (const [serviceDay, list] of Map.groupBy(visits, (visit) => visit.serviceDay)) {
      const name = templateName(serviceDay, templateOf(list));
      if (wanted.has(name)) for (const visit of list) push(groups, name, visit);
    }
  for (const [name, visits] of groups) yield [name, visits.sort(byBeginning)];
}

function push<K>(groups: Map<K, ReviewVisit[]>, name: K, visit: ReviewVisit): void {
  const own = groups.get(name);
  if (own) own.push(visit);
  else groups.set(name, [visit]);
}

/** A question that is asked once, however often its answer is wanted. */
export function once<T>(ask: (of: number) => T): (of: number) => T {
  const answers = new Map<number, T>();
  return (of) => {
    const answer = answers.get(of) ?? ask(of);
    answers.set(of, answer);
    return answer;
  };
}
