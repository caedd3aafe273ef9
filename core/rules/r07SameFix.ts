import { homesOf } from "./overlap.ts";
import { type At, byBeginning, type Finding, idsOf, isNew, type ReviewVisit, rule, whole } from "./rule.ts";
import { placeKey } from "./summaries.ts";

export const sameFixDifferentHomes = rule({
  id: "R07",
  name: "SAME_FIX_DIFFERENT_HOMES",
  version: 1,
  level: "H",
  key: "region",
  windowDays: 1,
  params: { apartM: whole(200, 0, 100_000) },
  title: { zh: "同一定位服务不同住处", en: "One fix for different homes" },
  text: {
    zh: "同一天内,小数点后六位完全相同的定位用于相距超过200米的不同老人住处的,暂缓待核。社区项目与不限地点的项目除外。",
    en: "On one day the same fix, to the sixth decimal, is used for elders who live more than 200 m apart: held. Not for items in the community or anywhere.",
  },
  judge({ visits }, at) {
    const twice = keysTwice(visits);
    const byPlace = new Map<number, Set<ReviewVisit>>();
    if (twice.size === 0) return [];
    for (const visit of visits)
      for (const fix of [visit.placeIn, visit.placeOut]) {
        const key = fix ? placeKey(fix) : -1;
        if (twice.has(key)) byPlace.set(key, (byPlace.get(key) ?? new Set()).add(visit));
      }
    return [...byPlace.values()].flatMap((list) => (list.size > 1 ? faultOf([...list].sort(byBeginning), at) : []));
  },
  say: ({ apartM, elders }) => ({
    zh: `同一天${elders}位老人的服务使用了完全相同的定位,住处相距达${apartM}米。`,
    en: `On one day visits to ${elders} elders carry the identical fix; their homes are up to ${apartM} m apart.`,
  }),
});

type Judging = At;
const MAX_AGAINST = 64;

function faultOf(list: readonly ReviewVisit[], at: Judging): Finding[] {
  const atHome = list.filter(({ item, serviceDay }) => at.book.item(item, serviceDay)?.location === "home");
  const days = new Set(atHome.map(({ serviceDay }) => serviceDay));
  return [...days].flatMap((day): Finding[] => {
    const ofDay = atHome.filter(({ serviceDay }) => serviceDay === day);
    if (!ofDay.some((visit) => isNew(visit, at))) return [];
    let apartM = 0;
    const far = new Set<ReviewVisit>();
    // Of a crowd at one fix, everybody is held against the first few: enough to name each, not each pair.
    for (const [i, a] of ofDay.entries())
      for (const b of ofDay.slice(i + 1, i < MAX_AGAINST ? undefined : i + 1)) {
        const metres = a.elder === b.elder ? 0 : (homesOf(at.book, a, b)?.metres ?? 0);
        if (metres <= at.params["apartM"]!) continue;
        far.add(a).add(b);
        apartM = Math.max(apartM, metres);
      }
    if (far.size === 0 || ![...far].some((visit) => isNew(visit, at))) return [];
    const elders = new Set([...far].map(({ elder }) => elder)).size;
    return [{ severity: "hold", subjects: idsOf([...far]), numbers: { elders, apartM } }];
  });
}

/** Places that occur more than once: sorted numbers tell it faster than a table of a million of them. */
function keysTwice(visits: readonly ReviewVisit[]): Set<number> {
  const keys = new Float64Array(visits.length * 2);
  let count = 0;
  for (const { placeIn, placeOut } of visits) {
    if (placeIn) keys[count++] = placeKey(placeIn);
    if (placeOut) keys[count++] = placeKey(placeOut);
  }
  const sorted = keys.subarray(0, count).sort();
  const twice = new Set<number>();
  for (let i = 1; i < count; i++) if (sorted[i] === sorted[i - 1]) twice.add(sorted[i]!);
  return twice;
}
