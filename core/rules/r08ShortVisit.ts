import { isNew, minutes, rule, secondsOf, whole } from "./rule.ts";

export const shortVisit = rule({
  id: "R08",
  name: "SHORT_VISIT",
  version: 1,
  level: "M",
  key: "carer",
  windowDays: 0,
  params: { percent: whole(80, 1, 100) },
  title: { zh: "服务时间不足", en: "Short visit" },
  text: {
    zh: "实际时间不足约定时长或项目最低时长80%的,作标记;只支付实际完成的整单位(最多宽限5分钟)。",
    en: "The stay is shorter than 80 % of the booked or of the item's minimum minutes: marked. Only whole units served are paid, with 5 minutes' grace at most.",
  },
  judge: ({ visits }, at) =>
    visits.flatMap((visit) => {
      if (!isNew(visit, at)) return [];
      const minimum = at.book.item(visit.item, visit.serviceDay)?.minimumMinutes ?? 0;
      const dueMinutes = Math.max(visit.bookedMinutes, minimum);
      const seconds = secondsOf(visit);
      if (seconds * 100 >= dueMinutes * 60 * at.params.percent) return [];
      return [{ severity: "mark" as const, subjects: [visit.id], numbers: { seconds, dueMinutes } }];
    }),
  say: ({ seconds, dueMinutes }) => ({
    zh: `实际${minutes(seconds)}分钟,应为${dueMinutes}分钟。`,
    en: `The stay lasted ${minutes(seconds)} minutes of ${dueMinutes}.`,
  }),
});
