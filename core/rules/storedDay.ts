import { idTailOf, type Names, numberOf, onDay, type PackedVisit, placeNumber, VisitPacker } from "./packedVisit.ts";
import type { ReviewVisit } from "./rule.ts";
import { NumberList, Repeats, type Scratch } from "./scratch.ts";
import { SortedRuns } from "./sortedRuns.ts";
import { WINDOW_DAYS } from "./summaries.ts";

/** Places of check-in and check-out, the second only where it is another. */
export function placesOf({ placeIn, placeOut }: ReviewVisit) {
  if (!placeIn || !placeOut) return placeIn ? [placeIn] : placeOut ? [placeOut] : [];
  return placeIn.lon === placeOut.lon && placeIn.lat === placeOut.lat ? [placeIn] : [placeIn, placeOut];
}

/** Visits that were received days after they took place: whoever stood there then was received before the days at hand. */
interface Late {
  places: NumberList;
  /** Their days of service. */
  days: Set<number>;
  /** How many of these fixes are each carer's own. */
  fixes: Map<string, number>;
}

/** The visits of one log day, laid down by carer, elder and provider; gone through as often as is wanted, and held nowhere. */
export class StoredDay {
  readonly day: number;
  readonly carer: SortedRuns;
  readonly elder: SortedRuns;
  readonly provider: SortedRuns;
  /** Places with their days of service, and digests of evidence: of each visit every one once. */
  readonly places: NumberList;
  readonly digests: NumberList;
  readonly late: Late;
  readonly #packer: VisitPacker;
  readonly #gone = new Set<string>();
  readonly #goneTails = new Set<number>();

  constructor(day: number, scratch: Scratch, names: Names) {
    this.day = day;
    this.carer = new SortedRuns(scratch);
    this.elder = new SortedRuns(scratch);
    this.provider = new SortedRuns(scratch);
    this.places = new NumberList(scratch);
    this.digests = new NumberList(scratch);
    this.late = { places: new NumberList(scratch), days: new Set(), fixes: new Map() };
    this.#packer = new VisitPacker(names);
  }

  /** Visits must be this day's, and have UUIDs. */
  add(visit: ReviewVisit): void {
    const length = this.#packer.pack(visit);
    const { words } = this.#packer;
    this.carer.add(numberOf(visit.carer), words, length);
    this.elder.add(numberOf(visit.elder), words, length);
    this.provider.add(numberOf(visit.provider), words, length);
    const { carer, serviceDay } = visit;
    // Of days before the window a review that begins anew would know less.
    const isLate = serviceDay < this.day - 1 && serviceDay > this.day - WINDOW_DAYS;
    for (const place of placesOf(visit)) {
      const number = onDay(placeNumber(place), serviceDay);
      this.places.add(number);
      if (!isLate) continue;
      this.late.places.add(number);
      this.late.days.add(serviceDay);
    }
    const fixes = (visit.placeIn ? 1 : 0) + (visit.placeOut ? 1 : 0);
    if (isLate && fixes > 0) this.late.fixes.set(carer, (this.late.fixes.get(carer) ?? 0) + fixes);
    for (const digest of new Set(visit.evidence)) this.digests.add(numberOf(digest));
  }

  /** Ends the writing. */
  seal(): void {
    this.carer.seal();
    this.elder.seal();
    this.provider.seal();
  }

  /** Takes visits away. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#gone.add(id);
      this.#goneTails.add(idTailOf(id));
    }
  }
  /** Asked of every visit: its id is written out only where it may be one of them. */
  isGone(visit: PackedVisit): boolean {
    return this.#goneTails.size > 0 && this.#goneTails.has(visit.idTail) && this.#gone.has(visit.id);
  }

  /** Places where, and days on which, late visits were. */
  latePlaces(): Repeats {
    return filled(this.late.places);
  }

  /** Lets go of what no later day asks for. */
  age(): void {
    for (const part of [this.provider, this.digests, this.late.places]) part.close();
  }
  close(): void {
    for (const part of [this.carer, this.elder, this.places]) part.close();
  }
}

/** Numbers that come more than once in all. */
export function filled(list: NumberList, expected = list.length): Repeats {
  const repeats = new Repeats(expected);
  for (const number of list) repeats.add(number);
  return repeats;
}
