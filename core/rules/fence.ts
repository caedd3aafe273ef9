import { distanceM, type Point } from "./distance.ts";
import type { Fix, Home, ReviewVisit, RuleBook } from "./rule.ts";

/** How far from a home or an approved place somebody may stand; parameters of R05. */
export interface Fences {
  urbanM: number;
  ruralM: number;
}

export interface FenceCheck {
  /** The farther of check-in and check-out from the nearest allowed place, after its accuracy. */
  metres: number;
  fenceM: number;
  home: Point;
  at: Fix;
}

const fenceOfHome = ({ area }: Home, { urbanM, ruralM }: Fences): number => (area === "rural" ? ruralM : urbanM);

/** Whether a visit was recorded at the elder's registered home; also where nothing says that it was elsewhere. */
export function isAtHome(visit: ReviewVisit, book: RuleBook, fences: Fences): boolean {
  const home = book.home(visit.elder, visit.serviceDay);
  const fixes = [visit.placeIn, visit.placeOut].filter((fix) => fix !== null);
  if (!home || fixes.length === 0) return true;
  const fenceM = fenceOfHome(home, fences);
  return fixes.some((fix) => distanceM(home, fix) - fix.accuracyM <= fenceM);
}

/** How far outside a visit was recorded; null where that says nothing: an item that is not bound to the home, no fix, no known home. */
export function fenceOf(visit: ReviewVisit, book: RuleBook, fences: Fences): FenceCheck | null {
  const { serviceDay: day, elder } = visit;
  if (!visit.placeIn && !visit.placeOut) return null;
  // Only what belongs in the home is held against it.
  if (book.item(visit.item, day)?.location !== "home") return null;
  const home = book.home(elder, day);
  if (!home) return null;
  const fenceM = fenceOfHome(home, fences);
  let farthest: { metres: number; at: Fix } | null = null;
  for (const at of [visit.placeIn, visit.placeOut]) {
    if (!at) continue;
    let metres = distanceM(home, at);
    if (metres - at.accuracyM > fenceM)
      for (const place of book.places(elder, day)) metres = Math.min(metres, distanceM(place, at));
    metres = Math.max(0, metres - at.accuracyM);
    if (!farthest || metres > farthest.metres) farthest = { metres, at };
  }
  return farthest && { ...farthest, fenceM, home };
}
