import { daysOfMonth, monthOf } from "../entitlement.ts";
import { type At, type Finding, type Group, isNew, ofSeries, type ReviewVisit, rule, whole } from "./rule.ts";

export const manualRate = rule({
  id: "R30",
  name: "MANUAL_RATE",
  version: 2,
  level: "M/H",
  key: "carer",
  windowDays: 31,
  params: {
    markPercent: whole(20, 1, 100),
    holdPercent: whole(40, 1, 100),
    visits: whole(20, 1, 10_000),
    outageCarers: whole(3, 1, 100),
  },
  title: { zh: "手工补录过多", en: "Too many manual entries" },
  text: {
    zh: "护理员一个月内(不少于20次)手工录入或更正的比例超过20%的作标记,超过40%的暂缓待核。已申报的停机除外(本地区公告,或同机构同日3名以上护理员以停机为由)。",
    en: "Manual or corrected entries exceed 20 % of a carer's month (20 visits or more): marked; 40 %: held. Not in a declared outage (announced by the region, or named by three carers of the provider on one day).",
  },
  needsPast: (group, at) => suspectMonths(group, at).length > 0,
  judge(group, at) {
    const { visits } = group;
    // Of the other months the past is not at hand: a part of one may have any share.
    return suspectMonths(group, at).flatMap((month): Finding[] => {
      const list = visits.filter((visit) => monthOf(visit.serviceDay) === month && !excused(visit, at));
      const severity = severityOf(list, at.params);
      if (!severity || !list.some((visit) => isNew(visit, at))) return [];
      const heldBefore =
        severityOf(
          list.filter((visit) => !isNew(visit, at)),
          at.params,
        ) === severity;
      const numbers = { visits: list.length, manual: list.filter(isManual).length };
      return [{ severity, subjects: ofSeries(list, heldBefore, at), numbers }];
    });
  },
  say: ({ visits, manual }) => ({
    zh: `该护理员当月${visits}次服务中有${manual}次为手工录入或更正。`,
    en: `${manual} of the carer's ${visits} visits in the month are manual or corrected.`,
  }),
});

type Judging = At;

/** Months of service among what is new whose counts let the rule through. */
function suspectMonths({ key, visits }: Group, at: Judging): number[] {
  const months = new Set(visits.filter((visit) => isNew(visit, at)).map(({ serviceDay }) => monthOf(serviceDay)));
  if (at.summaries.wasCorrected(key)) return [...months];
  return [...months].filter((month) => {
    const { first, last } = daysOfMonth(month);
    const { visits: all, manual } = at.summaries.tally(key, first, last);
    // Excused ones leave both sides, which only lowers the share.
    return all >= at.params["visits"]! && manual * 100 > all * at.params["markPercent"]!;
  });
}
const isManual = (visit: ReviewVisit): boolean => visit.manual || visit.replaces !== null;
const excused = (visit: ReviewVisit, at: Judging): boolean =>
  visit.manual &&
  (at.book.outage(visit.provider, visit.startedAt) || at.summaries.isOutage(visit, at.params["outageCarers"]!));

function severityOf(list: readonly ReviewVisit[], params: Judging["params"]): "mark" | "hold" | null {
  if (list.length < params["visits"]!) return null;
  const share = list.filter(isManual).length * 100;
  if (share > list.length * params["holdPercent"]!) return "hold";
  return share > list.length * params["markPercent"]! ? "mark" : null;
}
