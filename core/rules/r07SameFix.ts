import { homesOf } from "./overlap.ts";
import { type At, type Finding, idsOf, isNew, type ReviewVisit, rule, whole } from "./rule.ts";

export const sameFixDifferentHomes = rule({
  id: "R07",
  name: "SAME_FIX_DIFFERENT_HOMES",
  version: 2,
  level: "H",
  key: "place",
  windowDays: 45,
  least: 2,
  ofPair: true,
  params: { apartM: whole(200, 0, 100_000) },
  title: { zh: "同一定位服务不同住处", en: "One fix for different homes" },
  text: {
    zh: "同一天内,小数点后六位完全相同的定位用于相距超过200米的不同老人住处的,暂缓待核。社区项目与不限地点的项目除外。",
    en: "On one day the same fix, to the sixth decimal, is used for elders who live more than 200 m apart: held. Not for items in the community or anywhere.",
  },
  judge({ visits }, at) {
    const atHome = visits.filter(({ item, serviceDay }) => at.book.item(item, serviceDay)?.location === "home");
    return [...Map.groupBy(atHome, ({ serviceDay }) => serviceDay).values()].flatMap((ofDay) => faultOf(ofDay, at));
  },
  say: ({ apartM, elders }) => ({
    zh: `同一天${elders}位老人的服务使用了完全相同的定位,住处相距达${apartM}米。`,
    en: `On one day visits to ${elders} elders carry the identical fix; their homes are up to ${apartM} m apart.`,
  }),
});

type Judging = At;
const MAX_AGAINST = 64;

/** Of one day of service. */
function faultOf(ofDay: readonly ReviewVisit[], at: Judging): Finding[] {
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
}
