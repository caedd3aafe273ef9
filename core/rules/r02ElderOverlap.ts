import { isPlannedPair, mayGoTogether, overlaps } from "./overlap.ts";
import { type Finding, idsOf, minutes, rule, whole } from "./rule.ts";

export const elderOverlap = rule({
  id: "R02",
  name: "ELDER_OVERLAP",
  version: 2,
  level: "B/H",
  key: "elder",
  windowDays: 1,
  least: 2,
  ofPair: true,
  params: { overlapSeconds: whole(10 * 60, 0, 86_400) },
  title: { zh: "两名护理员同时服务一位老人", en: "Two carers with one elder at once" },
  text: {
    zh: "两名护理员同时为同一老人服务且重叠超过10分钟:同一项目不予支付,不同项目暂缓待核。计划内的双人服务,以及均在计划内、清单允许同时进行的不同项目(如护士与护理员)除外。",
    en: "Two carers' visits to one elder overlap by more than 10 minutes: the same item is not paid, different items are held. Not for a planned two-carer visit, nor for two planned items that the catalogue lets go together (nurse and aide).",
  },
  judge: ({ visits }, at) =>
    overlaps(visits, at).flatMap(({ a, b, overlapSeconds }): Finding[] => {
      if (a.carer === b.carer || overlapSeconds <= at.params.overlapSeconds) return [];
      if (isPlannedPair(at.book, a, b) || mayGoTogether(at.book, a, b)) return [];
      const sameItem = a.item === b.item ? 1 : 0;
      return [
        { severity: sameItem ? "block" : "hold", subjects: idsOf([a, b]), numbers: { overlapSeconds, sameItem } },
      ];
    }),
  say: ({ overlapSeconds, sameItem }) => ({
    zh: `两名护理员对同一老人的服务重叠${minutes(overlapSeconds)}分钟,${sameItem ? "项目相同" : "项目不同"}。`,
    en: `Two carers' visits to one elder overlap by ${minutes(overlapSeconds)} minutes, with ${sameItem ? "the same item" : "different items"}.`,
  }),
});
