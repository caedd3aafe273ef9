import { dayOfDate } from "../day.ts";
import { daysOfMonth } from "../entitlement.ts";
import { type Finding, rule } from "./rule.ts";

/** Days of a month, for windows that policies give in months. */
const MONTH_DAYS = 31;

export const noProofOfLife = rule({
  id: "R15",
  name: "NO_PROOF_OF_LIFE",
  version: 1,
  level: "H",
  key: "elder",
  windowDays: 0,
  params: {},
  title: { zh: "津贴领取人久无在世凭证", en: "No sign of life" },
  text: {
    zh: "在政策规定的月数内没有任何在世凭证(服务、评估、申请)的,次月津贴暂缓待核;不追回已发部分。",
    en: "No sign of life (a visit, an assessment, the application) within the policy's months: the next month's allowance is held. What was paid is not claimed back.",
  },
  judge: ({ entitlements }, at) =>
    entitlements.flatMap(({ id, day, programme, elder, month }): Finding[] => {
      if (day !== at.day) return [];
      const { first } = daysOfMonth(month);
      const months = at.book.terms(programme, first)?.proofOfLifeMonths ?? 0;
      if (months === 0) return [];
      const applied = at.book.enrolments(elder).map(({ appliedOn }) => dayOfDate(appliedOn) ?? 0);
      const last = Math.max(
        at.lastSeen(first - months * MONTH_DAYS).get(elder) ?? 0,
        at.book.lastAssessed(elder, first) ?? 0,
        ...applied,
      );
      if (last >= first - months * MONTH_DAYS) return [];
      return [{ severity: "hold", subjects: [id], numbers: { months, days: first - last } }];
    }),
  say: ({ months, days }) => ({
    zh: `政策要求${months}个月内有在世凭证,最近一次在该月前${days}天。`,
    en: `The policy asks for a sign of life within ${months} months; the last was ${days} days before the month.`,
  }),
});
