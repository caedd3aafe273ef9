import { GRACE_SECONDS } from "../claims.ts";
import { type At, type Finding, idsOf, isNew, minutes, type ReviewVisit, rule, secondsOf, whole } from "./rule.ts";

export const splitVisit = rule({
  id: "R20",
  name: "SPLIT_VISIT",
  version: 2,
  level: "H",
  key: "elder",
  windowDays: 1,
  least: 2,
  ofPair: true,
  params: { gapSeconds: whole(20 * 60, 1, 86_400) },
  title: { zh: "一次服务拆成多次", en: "One visit split into parts" },
  text: {
    zh: "同一护理员对同一老人同一项目的服务被拆成间隔不足20分钟的几段,各段均低于项目最低时长,或借此绕过每日上限、多计单位的,暂缓待核。",
    en: "One carer's visit to one elder with one item comes in parts less than 20 minutes apart, each below the item's minimum, or together above its daily cap or with more units than one stay would give: held.",
  },
  judge({ visits }, at) {
    if (visits.length <= FEW && !adjoin(visits, at.params.gapSeconds)) return [];
    const found: Finding[] = [];
    const open = new Map<string, ReviewVisit[]>();
    for (const visit of visits) {
      const name = `${visit.carer} ${visit.item}`;
      const chain = open.get(name);
      const gap = chain ? visit.startedAt - chain.at(-1)!.endedAt : -1;
      if (chain && gap >= 0 && gap < at.params.gapSeconds) chain.push(visit);
      else {
        if (chain) found.push(...faultOf(chain, at));
        open.set(name, [visit]);
      }
    }
    for (const chain of open.values()) found.push(...faultOf(chain, at));
    return found;
  },
  say: ({ parts, seconds, reason }) => ({
    zh: `${parts}段相连的服务共${minutes(seconds)}分钟,${reason === "minimum" ? "每段都低于项目最低时长" : "合计超出上限"}。`,
    en: `${parts} adjoining parts of ${minutes(seconds)} minutes in all; ${reason === "minimum" ? "each is below the item's minimum" : "together they exceed the cap"}.`,
  }),
});

/** Almost every elder has few visits in three days, of which none follows on another: that is seen without telling them apart. */
const FEW = 16;
function adjoin(visits: readonly ReviewVisit[], gapSeconds: number): boolean {
  return visits.some(({ startedAt }, i) => {
    for (let before = 0; before < i; before++) {
      const gap = startedAt - visits[before]!.endedAt;
      if (gap >= 0 && gap < gapSeconds) return true;
    }
    return false;
  });
}

function faultOf(chain: readonly ReviewVisit[], at: Pick<At, "book" | "day">): Finding[] {
  if (chain.length < 2 || !chain.some((visit) => isNew(visit, at))) return [];
  const item = at.book.item(chain[0]!.item, chain[0]!.serviceDay);
  if (!item) return [];
  const seconds = chain.reduce((sum, visit) => sum + secondsOf(visit), 0);
  const units = chain.reduce((sum, visit) => sum + visit.units, 0);
  const below = chain.every((visit) => secondsOf(visit) < item.minimumMinutes * 60);
  const capped = item.dailyCap > 0 && units > item.dailyCap && chain.every((visit) => visit.units <= item.dailyCap);
  const atOnce = Math.floor((seconds + GRACE_SECONDS) / (item.unitMinutes * 60));
  // Each part takes the grace anew: that is a unit more than the same minutes in one stay.
  const rounded = units > atOnce && chain.every((visit) => secondsOf(visit) < item.unitMinutes * 60);
  if (!below && !capped && !rounded) return [];
  const reason = below ? "minimum" : "cap";
  return [{ severity: "hold", subjects: idsOf(chain), numbers: { parts: chain.length, seconds, reason } }];
}
