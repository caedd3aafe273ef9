import { GRACE_SECONDS, type KnownPlan, periodOf } from "../claims.ts";
import { type At, type Finding, isNew, type ReviewVisit, rule, secondsOf } from "./rule.ts";

export const overAuthorised = rule({
  id: "R18",
  name: "OVER_AUTHORISED",
  version: 1,
  level: "B",
  key: "elder",
  windowDays: 31,
  last: true,
  params: {},
  title: { zh: "超出服务计划", en: "Beyond the plan" },
  text: {
    zh: "项目不在老人的服务计划内的,不予支付;超出计划周期内单位数的部分(按服务时间排在最后者)不予支付。应急项目除外。",
    en: "The item is not in the elder's plan: not paid. Units above the plan's period are not paid, those that come last in it. Not for emergency items.",
  },
  needsPast({ visits }, at) {
    return visits.some((visit) => {
      if (!isNew(visit, at)) return false;
      const plan = at.book.planOf(visit, visit.serviceDay);
      return plan !== null && isExceeded(plan, visit, at);
    });
  },
  suspects: ({ visits }, at) =>
    at.book.keepsPlans() &&
    visits.some((visit) => {
      const plan = at.book.planOf(visit, visit.serviceDay);
      return plan === null || isExceeded(plan, visit, at);
    }),
  judge({ visits }, at) {
    if (!at.book.keepsPlans()) return [];
    const found: Finding[] = [];
    const periods = new Map<string, Period>();
    for (const visit of visits) {
      const plan = at.book.planOf(visit, visit.serviceDay);
      // All claims of the period together are within the plan: nothing of it can be beyond.
      if (plan && !isExceeded(plan, visit, at)) continue;
      if (at.blocked(visit.id) || isEmergency(visit, at)) continue;
      if (!plan) {
        if (isNew(visit, at) && !at.book.wasPlanned(visit))
          found.push({ severity: "block", subjects: [visit.id], numbers: { reason: "unplanned" } });
        continue;
      }
      const name = `${plan.id} ${periodOf(plan.period, visit.serviceDay)}`;
      const period = periods.get(name) ?? { plan, visits: [] };
      period.visits.push(visit);
      periods.set(name, period);
    }
    for (const period of periods.values())
      if (period.visits.some((visit) => isNew(visit, at))) for (const one of excess(period, at)) found.push(one);
    return found;
  },
  say: ({ reason, units, planned, over }) =>
    reason === "unplanned"
      ? { zh: "该项目不在老人的服务计划内。", en: "The item is not in the elder's plan." }
      : {
          zh: `计划周期内批准${planned}个单位,本次之前已用完或不足,超出${over}个(本次${units}个)。`,
          en: `The plan grants ${planned} units in the period; ${over} of this visit's ${units} are beyond it.`,
        },
});

interface Period {
  plan: KnownPlan;
  visits: ReviewVisit[];
}

const isEmergency = ({ item, serviceDay }: ReviewVisit, { book }: Pick<At, "book">): boolean =>
  book.item(item, serviceDay)?.traits.includes("emergency") ?? false;

const limitOf = ({ units, carers }: KnownPlan): number => units * carers;
/** Whether what is claimed of the plan, in the period of a visit, is more than it grants. */
const isExceeded = (
  plan: KnownPlan,
  { elder, serviceDay }: ReviewVisit,
  { summaries }: Pick<At, "summaries">,
): boolean => summaries.unitsUsed(elder, plan, serviceDay) > limitOf(plan);

/** Units that count against the plan: claimed and served. */
function unitsOf(visit: ReviewVisit, book: At["book"]): number {
  const unitMinutes = book.item(visit.item, visit.serviceDay)?.unitMinutes;
  return unitMinutes ? Math.min(visit.units, Math.floor((secondsOf(visit) + GRACE_SECONDS) / (unitMinutes * 60))) : 0;
}

function excess({ plan, visits }: Period, at: Pick<At, "book" | "day">): Finding[] {
  const planned = limitOf(plan);
  let used = 0;
  let usedBefore = 0;
  return visits.flatMap((visit): Finding[] => {
    const units = unitsOf(visit, at.book);
    used += units;
    if (!isNew(visit, at)) usedBefore += units;
    const over = Math.min(units, used - planned);
    if (over <= 0) return [];
    // Beyond the plan already without what arrived today: it was said then.
    if (!isNew(visit, at) && Math.min(units, usedBefore - planned) === over) return [];
    const severity = over === units ? "block" : "cut";
    return [{ severity, subjects: [visit.id], numbers: { reason: "excess", units, planned, over } }];
  });
}
