import { isPlannedPair, MAX_AT_ONCE } from "./overlap.ts";
import { type Finding, idsOf, isNew, minutes, type ReviewVisit, rule, whole } from "./rule.ts";

export const duplicate = rule({
  id: "R03",
  name: "DUPLICATE",
  version: 2,
  level: "B",
  key: "elder",
  windowDays: 1,
  least: 2,
  ofPair: true,
  params: { startSeconds: whole(10 * 60, 0, 86_400) },
  title: { zh: "重复申报", en: "Claimed twice" },
  text: {
    zh: "同一老人、同一项目、开始时间相差不超过10分钟的服务申报两次的(不论机构与资金),不予支付。更正原记录、计划内的双人服务除外。",
    en: "The same elder and item, begun within 10 minutes, claimed twice by whatever provider or fund: not paid. Not for a correction of the other record, nor for a planned two-carer visit.",
  },
  judge({ visits }, at) {
    const found: Finding[] = [];
    let first = 0;
    visits.forEach((b, i) => {
      while (visits[first]!.startedAt < b.startedAt - at.params.startSeconds) first++;
      for (const a of visits.slice(Math.max(first, i - MAX_AT_ONCE), i)) {
        if (a.item !== b.item || !(isNew(a, at) || isNew(b, at)) || corrects(a, b) || isPlannedPair(at.book, a, b))
          continue;
        const apartSeconds = b.startedAt - a.startedAt;
        found.push({ severity: "block", subjects: idsOf([a, b]), numbers: { apartSeconds } });
      }
    });
    return found;
  },
  say: ({ apartSeconds }) => ({
    zh: `同一老人同一项目的两条记录,开始时间仅相差${minutes(apartSeconds)}分钟。`,
    en: `Two records of one elder and item begin ${minutes(apartSeconds)} minutes apart.`,
  }),
});

const corrects = (a: ReviewVisit, b: ReviewVisit): boolean => a.replaces === b.id || b.replaces === a.id;
