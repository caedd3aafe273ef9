import { mondayOf } from "../day.ts";
import { type Finding, idsOf, isNew, type ReviewVisit, rule, secondsOf, whole } from "./rule.ts";

const HOUR = 3600;
export const carerHours = rule({
  id: "R09",
  name: "CARER_HOURS",
  version: 1,
  level: "M/H",
  key: "carer",
  windowDays: 7,
  params: {
    dayMarkHours: whole(12, 1, 48),
    dayHoldHours: whole(16, 1, 48),
    dayBlockHours: whole(24, 1, 96),
    weekHoldHours: whole(60, 1, 336),
  },
  title: { zh: "护理员工时过长", en: "Too many hours of one carer" },
  text: {
    zh: "护理员一天的申报工时超过12小时的作标记,超过16小时的暂缓待核,超过24小时的不予支付;一周(周一至周日)超过60小时的暂缓待核。长住照护项目不计入。",
    en: "A carer's claimed hours in a day exceed 12: marked; 16: held; 24: not paid. In a week from Monday, more than 60: held. Live-in items do not count.",
  },
  needsPast({ key, visits }, at) {
    if (at.summaries.wasCorrected(key)) return true;
    const weeks = new Set(visits.filter((visit) => isNew(visit, at)).map(({ serviceDay }) => mondayOf(serviceDay)));
    return [...weeks].some(
      (monday) => at.summaries.tally(key, monday, monday + 6).seconds > at.params.weekHoldHours * HOUR,
    );
  },
  judge({ visits }, at) {
    const counted = visits.filter(
      ({ item, serviceDay }) => !at.book.item(item, serviceDay)?.traits.includes("live_in"),
    );
    const { dayMarkHours, dayHoldHours, dayBlockHours, weekHoldHours } = at.params;
    const severityOf = (hours: number) => (list: readonly ReviewVisit[]) => sum(list) > hours * HOUR;
    const day = [
      ["block", severityOf(dayBlockHours)],
      ["hold", severityOf(dayHoldHours)],
      ["mark", severityOf(dayMarkHours)],
    ] as const;
    return [
      ...over(counted, ({ serviceDay }) => serviceDay, day, "day", at),
      ...over(counted, ({ serviceDay }) => mondayOf(serviceDay), [["hold", severityOf(weekHoldHours)]], "week", at),
    ];
  },
  say: ({ seconds, period, visits }) => ({
    zh: `该护理员${period === "week" ? "一周" : "一天"}申报${visits}次服务,共${hours(seconds)}小时。`,
    en: `The carer claims ${visits} visits with ${hours(seconds)} hours in one ${period}.`,
  }),
});

const hours = (seconds: number | string | undefined): string => (Math.floor(Number(seconds) / 360) / 10).toFixed(1);
const sum = (list: readonly ReviewVisit[]): number => list.reduce((total, visit) => total + secondsOf(visit), 0);

type Limit = readonly [severity: Finding["severity"], exceeds: (list: readonly ReviewVisit[]) => boolean];

function over(
  visits: readonly ReviewVisit[],
  periodOf: (visit: ReviewVisit) => number,
  limits: readonly Limit[],
  period: string,
  at: { day: number },
): Finding[] {
  const periods = new Set(visits.filter((visit) => isNew(visit, at)).map(periodOf));
  return [...periods].flatMap((name): Finding[] => {
    const list = visits.filter((visit) => periodOf(visit) === name);
    const limit = limits.find(([, exceeds]) => exceeds(list));
    if (!limit) return [];
    const old = list.filter((visit) => !isNew(visit, at));
    const subjects = idsOf(limit[1](old) ? list.filter((visit) => isNew(visit, at)) : list);
    return [{ severity: limit[0], subjects, numbers: { seconds: sum(list), visits: list.length, period } }];
  });
}
