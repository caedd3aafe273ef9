import { type At, idsOf, rule, whole, yuan } from "./rule.ts";
import { templateAt } from "./template.ts";

export const templateAmount = rule({
  id: "R36",
  name: "TEMPLATE_AMOUNT",
  version: 2,
  level: "M",
  key: "template",
  windowDays: 0,
  params: { elders: whole(15, 2, 100_000), times: whole(5, 1, 1000), days: whole(3, 1, 365) },
  title: { zh: "批量相同金额", en: "The same amount over and over" },
  text: {
    zh: "同一天内15位以上老人的项目与金额完全相同,且超过此前每日平均数5倍的(至少有3天可比),作标记。",
    en: "On one day 15 or more elders have the same items and amount, more than five times the mean of the days before (at least 3): marked.",
  },
  concerns: (key, at) => countsOf(key, at) !== null,
  judge({ key, visits }, at) {
    const numbers = countsOf(key, at);
    return numbers ? [{ severity: "mark", subjects: idsOf(visits), numbers }] : [];
  },
  say: ({ elders, fen, timesBefore, daysBefore }) => ({
    zh: `当天${elders}位老人的项目与金额(${yuan(fen)}元)完全相同;此前${daysBefore}天共${timesBefore}次。`,
    en: `${elders} elders have the same items and amount (${yuan(fen)} yuan) on that day; in the ${daysBefore} days before, ${timesBefore} in all.`,
  }),
});

type Judging = At;

/** How many elders a template stands for on its day, and on the days before; null where that is nothing unusual. */
function countsOf(key: string, { summaries, params }: Judging) {
  const [serviceDay, template] = templateAt(key);
  const elders = summaries.templates.on(template, serviceDay);
  if (elders < params["elders"]!) return null;
  const { times, days } = summaries.templates.before(template, serviceDay);
  if (days < params["days"]! || elders * days <= times * params["times"]!) return null;
  return { elders, fen: Number.parseInt(template, 10), timesBefore: times, daysBefore: days };
}
