import { type Names, numberOf, onDay, PackedVisit, placeNumber, VisitPacker } from "./packedVisit.ts";
import { byBeginning, isNew, type ReviewVisit } from "./rule.ts";
import type { Repeats, Scratch } from "./scratch.ts";
import { Merge, Records, SortedRuns } from "./sortedRuns.ts";
import { filled, placesOf, type StoredDay } from "./storedDay.ts";
import { templateName, templateOf } from "./template.ts";

/**
 * A name, and the visits that carry it, by their beginning. They lie where the next group's will: whoever asks for the next
 * one has let go of them.
 */
export type Named = readonly [name: string, visits: ReviewVisit[]];
/** The visits, in the order of `numberOf` their names, each in every group that it belongs to. */
export interface Source {
  runs: SortedRuns;
  isGone?(visit: PackedVisit): boolean;
}

export type Column = "provider" | "carer" | "elder" | "device";

interface Asked {
  /** Names of a record under a number. */
  namesOf(visit: ReviewVisit, number: number): readonly string[];
  /** Where the name is one text of a visit. */
  column?: Column;
  /** Numbers whose groups are opened; without it, all. */
  numbers?: ReadonlySet<number>;
  /** Whether numbers that the first source does not have are passed over, unless `numbers` has them. */
  ofFirst?: boolean;
}

/** The groups of several sources, one open at a time. */
function* groups(sources: readonly Source[], names: Names, asked: Asked): Generator<Named> {
  const merge = new Merge(sources.map(({ runs }) => runs));
  const records = new Records();
  const { numbers, ofFirst = false, namesOf } = asked;
  for (let number = merge.number; number >= 0; number = merge.number) {
    const isWanted = ofFirst ? merge.source === 0 || numbers?.has(number) : !numbers || numbers.has(number);
    if (!isWanted) {
      merge.take(null);
      continue;
    }
    records.clear();
    merge.take(records);
    const visits: PackedVisit[] = [];
    for (let i = 0; i < records.starts.length; i++) {
      const visit = new PackedVisit(records.sheet, records.starts[i]!, names);
      if (!sources[records.sources[i]!]!.isGone?.(visit)) visits.push(visit);
    }
    if (visits.length === 0) continue;
    const name = oneName(visits, asked.column);
    if (name === null) yield* split(visits, number, namesOf);
    else yield [name, sorted(visits)];
  }
}

const sorted = (visits: ReviewVisit[]): ReviewVisit[] => (visits.length > 1 ? visits.sort(byBeginning) : visits);

/** Almost always one number is one name; of people it is told by their bytes. */
function oneName(visits: readonly PackedVisit[], column: Column | undefined): string | null {
  if (!column) return null;
  const [first] = visits;
  const isPerson = column === "carer" || column === "elder";
  for (const visit of visits)
    if (isPerson ? !visit.takeName(column, first!) : visit[column] !== first![column]) return null;
  return first![column];
}

function split(visits: readonly ReviewVisit[], number: number, namesOf: Asked["namesOf"]): Named[] {
  const groups = new Map<string, ReviewVisit[]>();
  for (const visit of visits)
    for (const name of namesOf(visit, number)) {
      const own = groups.get(name);
      if (own) own.push(visit);
      else groups.set(name, [visit]);
    }
  return [...groups].map(([name, list]) => [name, sorted(list)]);
}

/**
 * The visits of each name of the first source, and of the others that are `told` of, with what the further sources have of
 * them. With `only`, the groups of these names.
 */
export function* groupsBy(
  column: Column,
  sources: readonly Source[],
  names: Names,
  at: { day: number },
  { told = new Set(), only }: { told?: ReadonlySet<string>; only?: ReadonlySet<string> } = {},
): Generator<Named> {
  const wanted = only ?? told;
  const asked = {
    numbers: new Set([...wanted].map(numberOf)),
    ofFirst: only === undefined,
    column,
    namesOf: (visit: ReviewVisit) => [visit[column]],
  };
  const left = new Set(wanted);
  for (const group of groups(sources, names, asked)) {
    const [name, visits] = group;
    left.delete(name);
    // Names that share a number come together.
    if (name !== "" && (wanted.has(name) || (!only && visits.some((visit) => isNew(visit, at))))) yield group;
  }
  for (const name of left) if (name !== "") yield [name, []];
}

/** Visits as they lie, in no order that says anything; each is gone when the next one comes. */
export function* visitsIn({ runs, isGone }: Source, names: Names): Generator<PackedVisit> {
  for (const { sheet, starts } of runs.pieces())
    for (const at of starts) {
      const visit = new PackedVisit(sheet, at, names);
      if (!isGone?.(visit)) yield visit;
    }
}

/** Visits laid down under other names than their carer's and elder's, for one review. */
export class Sorted {
  readonly runs: SortedRuns;
  readonly #names: Names;
  readonly #packer: VisitPacker;

  constructor(scratch: Scratch, names: Names) {
    this.runs = new SortedRuns(scratch);
    this.#names = names;
    this.#packer = new VisitPacker(names);
  }
  add(number: number, visit: ReviewVisit): void {
    if (visit instanceof PackedVisit) return void visit.addTo(this.runs, number);
    const length = this.#packer.pack(visit);
    this.runs.add(number, this.#packer.words, length);
  }
  /** By what is not one text of a visit. */
  *groups(namesOf: Asked["namesOf"]): Generator<Named> {
    yield* groups([{ runs: this.runs }], this.#names, { namesOf });
  }
}

export interface Days {
  /** The reviewed day first, then those before it. */
  days: readonly StoredDay[];
  scratch: Scratch;
  names: Names;
}
const byCarer = (stored: StoredDay): Source => ({ runs: stored.carer, isGone: (visit) => stored.isGone(visit) });

/** Visits of the days that carry one of these devices, by device. */
export function sortedByDevice({ days, scratch, names }: Days, devices: ReadonlySet<string>): Sorted[] {
  return days.map((stored) => {
    const sorted = new Sorted(scratch, names);
    if (devices.size > 0)
      for (const visit of visitsIn(byCarer(stored), names))
        if (devices.has(visit.device)) sorted.add(numberOf(visit.device), visit);
    sorted.runs.seal();
    return sorted;
  });
}

export const stoodThere = (visit: ReviewVisit, places: Repeats): boolean =>
  placesOf(visit).some((place) => places.has(onDay(placeNumber(place), visit.serviceDay)));

/**
 * Visits of several days, and some of before, that were recorded at one place on one day of service, to the millionth of a
 * degree; some that were alone there may be among them.
 */
export function sortedByPlace({ days, scratch, names }: Days, before: Iterable<ReviewVisit> = []): Sorted {
  const sorted = new Sorted(scratch, names);
  const [today, ...others] = days;
  const repeats = filled(today!.places, 2 * days.reduce((sum, { places }) => sum + places.length, 0));
  for (const { places } of others) for (const number of places) repeats.again(number);
  for (const visit of before) {
    const places = placesOf(visit).map(placeNumber);
    for (const number of places) repeats.again(onDay(number, visit.serviceDay));
    for (const number of new Set(places)) if (repeats.has(onDay(number, visit.serviceDay))) sorted.add(number, visit);
  }
  for (const stored of days)
    for (const visit of visitsIn(byCarer(stored), names)) {
      const { placeNumbers, serviceDay } = visit;
      const [first, second] = placeNumbers;
      if (first >= 0 && repeats.isRepeated(onDay(first, serviceDay))) sorted.add(first, visit);
      if (second >= 0 && second !== first && repeats.isRepeated(onDay(second, serviceDay))) sorted.add(second, visit);
    }
  sorted.runs.seal();
  return sorted;
}
export const placeNames = (visit: ReviewVisit, number: number): string[] =>
  placesOf(visit)
    .filter((place) => placeNumber(place) === number)
    .map((place) => `${place.lon} ${place.lat}`);

/** So many digests are asked for at once. */
const DIGESTS_AT_ONCE = 4096;

/** Visits that carry one digest of evidence: of the day, and of the past, of which `sharing` gives those that have one of several. */
export function sortedByEvidence(
  { days, scratch, names }: Days,
  sharing: (digests: ReadonlySet<string>) => Iterable<ReviewVisit>,
): Sorted {
  const sorted = new Sorted(scratch, names);
  const today = days[0]!;
  const repeats = filled(today.digests);
  const put = (visit: ReviewVisit, isWanted: (digest: string) => boolean) => {
    for (const digest of new Set(visit.evidence)) if (isWanted(digest)) sorted.add(numberOf(digest), visit);
  };
  // Two goings through: what a later part of the day shares with the past is known only then.
  const asked = new Set<string>();
  const ask = () => {
    for (const visit of sharing(asked))
      put(visit, (digest) => {
        if (asked.has(digest)) repeats.again(numberOf(digest));
        return asked.has(digest);
      });
    asked.clear();
  };
  if (today.digests.length > 0) {
    for (const visit of visitsIn(byCarer(today), names)) {
      for (const digest of visit.evidence) asked.add(digest);
      if (asked.size >= DIGESTS_AT_ONCE) ask();
    }
    ask();
    for (const visit of visitsIn(byCarer(today), names)) put(visit, (digest) => repeats.isRepeated(numberOf(digest)));
  }
  sorted.runs.seal();
  return sorted;
}
export const digestsOf = (visit: ReviewVisit, number: number): string[] =>
  [...new Set(visit.evidence)].filter((digest) => numberOf(digest) === number);

/** The same visit may have been given for each of two parts of a day. */
export const eachOnce = (visits: readonly ReviewVisit[]): ReviewVisit[] =>
  visits.filter(({ id }, i) => id !== visits[i - 1]?.id);

/** Visits of the elders whose day of service adds up to a template that is wanted; the names, by their numbers. */
export function sortedByTemplate({ days, scratch, names }: Days, wanted: readonly string[]): Sorted {
  const sorted = new Sorted(scratch, names);
  const numbers = new Map(wanted.map((name, number) => [name, number]));
  const today = days[0]!;
  if (wanted.length > 0)
    for (const [, visits] of groupsBy("elder", [{ runs: today.elder }], names, today))
      for (const [serviceDay, list] of Map.groupBy(visits, (visit) => visit.serviceDay)) {
        const number = numbers.get(templateName(serviceDay, templateOf(list)));
        if (number !== undefined) for (const visit of list) sorted.add(number, visit);
      }
  sorted.runs.seal();
  return sorted;
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
