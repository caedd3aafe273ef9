import { daysOfMonth, monthOf } from "../entitlement.ts";
import { type Finding, rule } from "./rule.ts";

export const doubleBenefit = rule({
  id: "R16",
  name: "DOUBLE_BENEFIT",
  version: 1,
  level: "B",
  key: "elder",
  windowDays: 0,
  params: {},
  title: { zh: "同月重复享受互斥补贴", en: "Two benefits that exclude each other" },
  text: {
    zh: "同一月享受相互排斥的补贴,或在两个区同时享受的,后申请者不予支付。当月迁居的除外(按日分摊)。",
    en: "Two programmes that exclude each other, or allowances of two districts, in one month: the one applied for later is not paid. Not for who moved within the month (shared by days).",
  },
  judge: ({ key, entitlements, news }, at) =>
    entitlements.flatMap(({ id, day, programme, elder, month }): Finding[] => {
      const { first, last } = daysOfMonth(month);
      const events = at.book.events(key);
      // Who moved within the month is paid by days in both places: the settlement shares the amount.
      if (events.some(({ type, fromDay }) => type === "moved" && monthOf(fromDay) === month)) return [];
      const elsewhere = events.find(
        (event) =>
          event.type === "other_benefit" && event.fromDay <= last && (event.toDay === null || event.toDay >= first),
      );
      if (elsewhere && (day === at.day || news.some((event) => event.id === elsewhere.id)))
        return [
          {
            severity: "block",
            subjects: [id],
            numbers: { programme, other: ELSEWHERE, month },
            basis: [elsewhere.id],
          },
        ];
      if (day !== at.day || at.book.allowance(programme, elder, month) !== "excluded") return [];
      const other = at.book
        .enrolments(elder)
        .find((one) => one.programme !== programme && one.validFrom <= last && one.validTo >= first);
      return [{ severity: "block", subjects: [id], numbers: { programme, other: other?.programme ?? "", month } }];
    }),
  say: ({ programme, other, month }) =>
    other === ELSEWHERE
      ? {
          zh: `${month}已在其他区享受补贴,${programme}不能重复享受。`,
          en: `An allowance is received in another district for ${month} already; ${programme} is not paid twice.`,
        }
      : {
          zh: `${month}已享受${other},与${programme}互斥。`,
          en: `${other} is received for ${month} already and excludes ${programme}.`,
        },
});

/** Instead of a programme's code, which never holds a space. */
const ELSEWHERE = "another region";
