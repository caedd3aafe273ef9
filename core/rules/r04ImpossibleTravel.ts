import { distanceM } from "./distance.ts";
import { type Finding, idsOf, isNew, type ReviewVisit, rule, whole } from "./rule.ts";

export const impossibleTravel = rule({
  id: "R04",
  name: "IMPOSSIBLE_TRAVEL",
  version: 1,
  level: "B/H",
  key: "carer",
  windowDays: 1,
  least: 2,
  ofPair: true,
  params: {
    holdKmh: whole(60, 1, 1000),
    blockKmh: whole(120, 1, 1000),
    farM: whole(1000, 0, 1_000_000),
    atOnceM: whole(2000, 0, 1_000_000),
  },
  title: { zh: "两次服务之间的路程不可能", en: "Travel that cannot be" },
  text: {
    zh: "前一次签退到后一次签到的距离(减去两次定位误差)超过1公里,所需速度超过每小时60公里的暂缓待核,超过120公里的不予支付;间隔为零而相距超过2公里的暂缓待核。",
    en: "From one check-out to the next check-in (less both accuracies) is more than 1 km, at more than 60 km/h: held; at more than 120 km/h: not paid. With no time between and more than 2 km: held.",
  },
  judge({ visits }, at) {
    const found: Finding[] = [];
    let last: ReviewVisit | null = null;
    // By their end: however many go on at once, each is looked at once.
    const endOf = (i: number) => Math.max(visits[i]!.startedAt, visits[i]!.endedAt);
    const byEnd = visits.map((_, i) => i).sort((a, b) => endOf(a) - endOf(b) || a - b);
    let next = 0;
    for (const [i, to] of visits.entries()) {
      // Of those that had ended by then, the one that ended last; overlaps are R01's.
      for (; byEnd[next]! < i && endOf(byEnd[next]!) <= to.startedAt; next++) {
        const visit = visits[byEnd[next]!]!;
        if (!last || visit.endedAt >= last.endedAt) last = visit;
      }
      const from: ReviewVisit | null = last;
      if (!from || !(isNew(from, at) || isNew(to, at))) continue;
      const [start, end] = [from.placeOut ?? from.placeIn, to.placeIn ?? to.placeOut];
      if (!start || !end) continue;
      const metres = distanceM(start, end) - start.accuracyM - end.accuracyM;
      const gapSeconds = to.startedAt - from.endedAt;
      const { holdKmh, blockKmh, farM, atOnceM } = at.params;
      if (metres <= (gapSeconds === 0 ? atOnceM : farM)) continue;
      // metres / gap > km/h, without dividing
      const faster = (kmh: number) => metres * 3600 > kmh * 1000 * gapSeconds;
      if (!faster(holdKmh)) continue;
      const kmh = gapSeconds === 0 ? 0 : Math.floor((metres * 36) / (gapSeconds * 10));
      const severity = gapSeconds > 0 && faster(blockKmh) ? "block" : "hold";
      found.push({ severity, subjects: idsOf([from, to]), numbers: { metres, gapSeconds, kmh } });
    }
    return found;
  },
  say: ({ metres, gapSeconds, kmh }) => ({
    zh: `两次服务相距${metres}米(已减误差),间隔${gapSeconds}秒${Number(gapSeconds) > 0 ? `,须以每小时${kmh}公里行进` : ""}。`,
    en: `The places are ${metres} m apart after both accuracies, with ${gapSeconds} s between${Number(gapSeconds) > 0 ? `: ${kmh} km/h` : ""}.`,
  }),
});
