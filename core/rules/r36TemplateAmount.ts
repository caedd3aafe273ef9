import { type At, byBeginning, type Finding, idsOf, isNew, type ReviewVisit, rule, whole, yuan } from "./rule.ts";
import { templateOf } from "./template.ts";

export const templateAmount = rule({
  id: "R36",
  name: "TEMPLATE_AMOUNT",
  version: 2,
  level: "M",
  key: "region",
  windowDays: 0,
  params: { elders: whole(15, 2, 100_000), times: whole(5, 1, 1000), days: whole(3, 1, 365) },
  title: { zh: "批量相同金额", en: "The same amount over and over" },
  text: {
    zh: "同一天内15位以上老人的项目与金额完全相同,且超过此前每日平均数5倍的(至少有3天可比),作标记。",
    en: "On one day 15 or more elders have the same items and amount, more than five times the mean of the days before (at least 3): marked.",
  },
  judge({ visits }, at) {
    const found: Finding[] = [];
    for (const [serviceDay, templates] of at.summaries.templatesToday())
      for (const template of templates.keys()) {
        const elders = at.summaries.templateOn(template, serviceDay);
        if (elders < at.params.elders) continue;
        const before = at.summaries.templateBefore(template, serviceDay);
        if (before.days < at.params.days || elders * before.days <= before.times * at.params.times) continue;
        const list = visitsOf(template, serviceDay, visits, at).sort(byBeginning);
        const fen = Number(template.split(" ")[0]);
        const numbers = { elders, fen, timesBefore: before.times, daysBefore: before.days };
        found.push({ severity: "mark", subjects: idsOf(list), numbers });
      }
    return found;
  },
  say: ({ elders, fen, timesBefore, daysBefore }) => ({
    zh: `当天${elders}位老人的项目与金额(${yuan(fen)}元)完全相同;此前${daysBefore}天共${timesBefore}次。`,
    en: `${elders} elders have the same items and amount (${yuan(fen)} yuan) on that day; in the ${daysBefore} days before, ${timesBefore} in all.`,
  }),
});

/** New visits of the elders whose day adds up to the template. */
function visitsOf(
  template: string,
  serviceDay: number,
  visits: readonly ReviewVisit[],
  at: Pick<At, "day">,
): ReviewVisit[] {
  const news = visits.filter((visit) => isNew(visit, at) && visit.serviceDay === serviceDay);
  const byElder = Map.groupBy(news, ({ elder }) => elder);
  return [...byElder.values()].flatMap((list) => (templateOf(list) === template ? list : []));
}
