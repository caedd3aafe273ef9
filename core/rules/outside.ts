import { most, type RowKinds, uuidAt, uuidNumbers, wideAt, wideNumbers } from "./counts.ts";
import { offsetMm } from "./distance.ts";
import { type Fences, fenceOf } from "./fence.ts";
import type { ReviewVisit, RuleBook } from "./rule.ts";

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

/** A check-in outside as numbers of a row: day, metres, fence, three UUIDs, the way from home. */
export const OUTSIDE_NUMBERS = 20;
export const OUTSIDE_DAY = 0;
const OUTSIDE_CARER = 7;
export const OUTSIDE_ELDER = 11;

/** A visit that was recorded outside; null of another. */
export function outsideOf(visit: ReviewVisit, book: RuleBook, fences: Fences): Outside | null {
  const found = fenceOf(visit, book, fences);
  if (!found || found.metres <= found.fenceM) return null;
  const { id, carer, elder, serviceDay } = visit;
  return {
    visit: id,
    carer,
    elder,
    serviceDay,
    metres: found.metres,
    fenceM: found.fenceM,
    ...offsetMm(found.home, found.at),
  };
}

/** As numbers of a row; one more makes them even, so that they can be a record of a run. */
export function outsideRow({ serviceDay, metres, fenceM, visit, carer, elder, east, north }: Outside): number[] {
  const ids = [visit, carer, elder].flatMap(uuidNumbers);
  return [serviceDay, most(metres), fenceM, ...ids, ...wideNumbers(east), ...wideNumbers(north), 0];
}
/** Those in the rows of a record. */
export function outsideIn(words: Int32Array | null, kinds: RowKinds, kind: number): Outside[] {
  const found: Outside[] = [];
  kinds.each(words, kind, (row) => found.push(outsideAt(words!, row)));
  return found;
}
function outsideAt(words: Int32Array, at: number): Outside {
  const [visit, carer, elder] = [3, OUTSIDE_CARER, OUTSIDE_ELDER].map((from) => uuidAt(words, at + from));
  const [serviceDay, metres, fenceM] = [words[at]!, words[at + 1]!, words[at + 2]!];
  const [east, north] = [wideAt(words, at + 15), wideAt(words, at + 17)];
  return { visit: visit!, carer: carer!, elder: elder!, serviceDay, metres, fenceM, east, north };
}
