import type { Past } from "./engine.ts";
import {
  type Column,
  type Days,
  digestsOf,
  eachOnce,
  groupsBy,
  type Named,
  placeNames,
  Sorted,
  type Source,
  sortedByDevice,
  sortedByEvidence,
  sortedByPlace,
  sortedByTemplate,
  stoodThere,
} from "./grouping.ts";
import { numberOf } from "./packedVisit.ts";
import type { Group, ReviewEntitlement, ReviewVisit, RuleEvent } from "./rule.ts";
import type { StoredDay } from "./storedDay.ts";
import type { Summaries } from "./summaries.ts";

/** The groups of one key, which can be gone through more than once; each is gone when the next one is asked for. */
export interface Pass {
  /** All, or those of these names. */
  groups(only?: ReadonlySet<string>): Iterable<Group>;
  /** Adds to these groups what the past has of them, each from its own day of service on. */
  join?(waiting: ReadonlyMap<string, number>): void;
  close(): void;
}

/** What stands behind every pass of a review. */
export interface Ground extends Days {
  day: number;
  past: Past;
  summaries: Summaries;
  /** Log days that are at hand begin here. */
  from: number;
}

const NOTHING: never[] = [];
export const bareGroup = (key: string, visits: readonly ReviewVisit[]): Group => ({
  ...{ key, visits, news: NOTHING, entitlements: NOTHING, acts: NOTHING, fundDays: NOTHING },
});

/** One group, made beforehand. */
export const passOfOne = (group: Group): Pass => ({ groups: () => [group], close: () => undefined });

function passOfSorted(sorted: Sorted, groups: () => Iterable<Named>): Pass {
  return {
    *groups(only) {
      for (const [name, visits] of groups()) if (!only || only.has(name)) yield bareGroup(name, visits);
    },
    close: () => sorted.runs.close(),
  };
}

/** By carer, elder, device or provider; of carers and elders with what was told of them. */
export function passOfColumn(
  key: Column,
  ground: Ground,
  told: { news: ReadonlyMap<string, RuleEvent[]>; entitlements: ReadonlyMap<string, ReviewEntitlement[]> },
  isWanted: (name: string) => boolean,
): Pass {
  const { days, names, scratch, day } = ground;
  const ofDay = (stored: StoredDay, by: Exclude<Column, "device">): Source => ({
    runs: stored[by],
    isGone: (visit) => stored.isGone(visit),
  });
  const made: Sorted[] = [];
  const sources: Source[] = [];
  if (key === "device") {
    made.push(...sortedByDevice(ground, new Set([...ground.summaries.sharedDevices()].filter(isWanted))));
    for (const { runs } of made) sources.push({ runs });
  } else if (key === "provider") {
    // A provider's rules look at single visits, or at a past that is fetched.
    sources.push(ofDay(days[0]!, key));
  } else for (const stored of days) sources.push(ofDay(stored, key));
  // Whoever was not visited that day may still be told of.
  const others = new Set([...told.news.keys(), ...told.entitlements.keys()]);
  return {
    *groups(only) {
      for (const [name, visits] of groupsBy(key, sources, names, { day }, { told: others, ...(only && { only }) }))
        if (only || others.has(name) || isWanted(name))
          yield {
            ...bareGroup(name, visits),
            news: told.news.get(name) ?? NOTHING,
            entitlements: told.entitlements.get(name) ?? NOTHING,
          };
    },
    join(waiting) {
      const sorted = new Sorted(scratch, names);
      made.push(sorted);
      let first = day;
      for (const from of waiting.values()) first = Math.min(first, from);
      const asked = key === "device" ? usersOf(waiting, ground.summaries) : new Set(waiting.keys());
      const before = key === "provider" ? day : ground.from;
      for (const visit of ground.past.visits(key === "device" ? "carer" : key, asked, first, before))
        if (visit.serviceDay >= (waiting.get(visit[key]) ?? Number.MAX_SAFE_INTEGER))
          sorted.add(numberOf(visit[key]), visit);
      sorted.runs.seal();
      sources.push({ runs: sorted.runs });
    },
    close() {
      for (const { runs } of made) runs.close();
    },
  };
}

function usersOf(devices: ReadonlyMap<string, number>, summaries: Summaries): Set<string> {
  return new Set([...devices].flatMap(([device, from]) => summaries.usersOf(device, from)));
}

/** By place. `rescan`: whatever the summaries say of late visits. */
export function passOfPlace(ground: Ground, rescan: boolean): Pass {
  const sorted = sortedByPlace(ground, atLatePlaces(ground, rescan));
  return passOfSorted(sorted, () => sorted.groups(placeNames));
}

/** Visits of before the days at hand that stood where, and when, visits did that were received late. */
function* atLatePlaces({ days, summaries, past, from }: Ground, rescan: boolean): Generator<ReviewVisit> {
  const today = days[0]!;
  const { days: lateDays, fixes } = today.late;
  if (lateDays.size === 0) return;
  const places = today.latePlaces();
  const others = new Set<string>();
  for (const [carer, count] of summaries.carersAt(lateDays, places))
    if (rescan || count > (fixes.get(carer) ?? 0)) others.add(carer);
  if (others.size === 0) return;
  for (const visit of past.visits("carer", others, Math.min(...lateDays), from))
    if (stoodThere(visit, places)) yield visit;
}

export function passOfEvidence(ground: Ground): Pass {
  const { past, day } = ground;
  const sorted = sortedByEvidence(ground, (digests) => past.withEvidence(digests, day));
  return passOfSorted(sorted, function* () {
    for (const [name, visits] of sorted.groups(digestsOf)) yield [name, eachOnce(visits)] as const;
  });
}

export function passOfTemplate(ground: Ground, isWanted: (name: string) => boolean): Pass {
  const wanted = ground.summaries.templates.crowds().filter(isWanted);
  const sorted = sortedByTemplate(ground, wanted);
  return passOfSorted(sorted, () => sorted.groups((_, number) => [wanted[number]!]));
}
