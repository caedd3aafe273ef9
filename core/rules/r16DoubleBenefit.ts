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
    zh: "同一月享受相互排斥的补贴的,后申请者不予支付。当月迁居的除外(按日分摊)。",
    en: "Two programmes that exclude each other in one month: the one applied for later is not paid. Not for who moved within the month (shared by days).",
  },
  judge: ({ key, entitlements }, at) =>
    entitlements.flatMap(({ id, day, programme, elder, month }): Finding[] => {
      if (day !== at.day || at.book.allowance(programme, elder, month) !== "excluded") return [];
      const { first, last } = daysOfMonth(month);
      const moved = at.book.events(key).some(({ type, fromDay }) => type === "moved" && monthOf(fromDay) === month);
      if (moved) return [];
      const other = at.book
        .enrolments(elder)
        .find((one) => one.programme !== programme && one.validFrom <= last && one.validTo >= first);
      return [{ severity: "block", subjects: [id], numbers: { programme, other: other?.programme ?? "", month } }];
    }),
  say: ({ programme, other, month }) => ({
    zh: `${month}已享受${other},与${programme}互斥。`,
    en: `${other} is received for ${month} already and excludes ${programme}.`,
  }),
});
