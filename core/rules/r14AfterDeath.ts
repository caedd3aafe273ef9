import { monthOf } from "../entitlement.ts";
import { certainFrom, unjudged } from "./eventTime.ts";
import { type At, type Finding, type Group, rule } from "./rule.ts";

export const afterDeath = rule({
  id: "R14",
  name: "AFTER_DEATH",
  version: 1,
  level: "B",
  key: "elder",
  windowDays: 45,
  params: {},
  title: { zh: "去世之后的服务", en: "A visit after death" },
  text: {
    zh: "老人去世后的服务与津贴不予支付,已付的追回;只知月份的,从次月起算。",
    en: "Service or allowance after the elder's death: not paid, and what was paid since is recovered. Where only the month is known, from the next month on.",
  },
  judge(group, at) {
    const found: Finding[] = [];
    for (const [visit, event] of unjudged(group, at, ({ elder }) => elder)) {
      if (event.type !== "death") continue;
      const after = event.precision === "time" ? visit.startedAt >= event.from : visit.serviceDay >= certainFrom(event);
      if (!after) continue;
      const days = visit.serviceDay - event.fromDay;
      found.push({ severity: "block", subjects: [visit.id], numbers: { days }, basis: [event.id] });
    }
    return [...found, ...allowances(group, at)];
  },
  say: ({ days, month }) =>
    month !== undefined
      ? {
          zh: `${month}的津贴在老人去世的月份之后。`,
          en: `The allowance for ${month} is after the month of the elder's death.`,
        }
      : {
          zh: `服务发生在老人去世${Number(days) > 0 ? `${days}天` : ""}之后。`,
          en: `The visit took place ${Number(days) > 0 ? `${days} days ` : ""}after the elder's death.`,
        },
});

/** The month of the death itself is due. */
function allowances({ key, entitlements, news }: Group, { book, day }: Pick<At, "book" | "day">): Finding[] {
  if (entitlements.length === 0) return [];
  const arrived = new Set(news.map(({ id }) => id));
  const deaths = book.events(key).filter(({ type }) => type === "death");
  return entitlements.flatMap((entitlement): Finding[] => {
    const death = deaths.find(({ fromDay }) => entitlement.month > monthOf(fromDay));
    if (!death || (entitlement.day !== day && !arrived.has(death.id))) return [];
    const numbers = { month: entitlement.month };
    return [{ severity: "block", subjects: [entitlement.id], numbers, basis: [death.id] }];
  });
}
