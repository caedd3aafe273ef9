import { homesOf, overlaps } from "./overlap.ts";
import { type Finding, idsOf, minutes, rule, whole } from "./rule.ts";

export const carerOverlap = rule({
  id: "R01",
  name: "CARER_OVERLAP",
  version: 1,
  level: "B/H",
  key: "carer",
  windowDays: 1,
  least: 2,
  ofPair: true,
  params: {
    blockSeconds: whole(15 * 60, 60, 86_400),
    holdSeconds: whole(5 * 60, 0, 86_400),
    apartM: whole(200, 0, 100_000),
  },
  title: { zh: "护理员同时服务两位老人", en: "One carer with two elders at once" },
  text: {
    zh: "同一护理员为两位老人服务的时间重叠超过15分钟且两家相距超过200米的,不予支付;重叠超过5分钟的,暂缓待核。同组服务、同住一户、5分钟以内的时钟偏差除外。",
    en: "One carer's visits to two elders overlap by more than 15 minutes, and the homes are more than 200 m apart: not paid. From 5 minutes on: held. Not for visits of one group, one home, or clocks that differ by up to 5 minutes.",
  },
  judge: ({ visits }, at) =>
    overlaps(visits, at).flatMap(({ a, b, overlapSeconds }): Finding[] => {
      if (a.elder === b.elder || overlapSeconds <= at.params.holdSeconds) return [];
      if (a.group !== "" && a.group === b.group) return [];
      const homes = homesOf(at.book, a, b);
      if (homes?.together) return [];
      const far = homes !== null && homes.metres > at.params.apartM;
      const severity = far && overlapSeconds > at.params.blockSeconds ? "block" : "hold";
      return [{ severity, subjects: idsOf([a, b]), numbers: { overlapSeconds, apartM: homes?.metres ?? 0 } }];
    }),
  say: ({ overlapSeconds, apartM }) => ({
    zh: `同一护理员的两次服务重叠${minutes(overlapSeconds)}分钟,两家相距${apartM}米。`,
    en: `Two visits of one carer overlap by ${minutes(overlapSeconds)} minutes; the homes are ${apartM} m apart.`,
  }),
});
