import { type Finding, type ReviewAct, rule, whole } from "./rule.ts";

export const rushApproval = rule({
  id: "R39",
  name: "RUSH_APPROVAL",
  version: 1,
  level: "H",
  key: "region",
  windowDays: 0,
  params: {
    approvals: whole(200, 1, 100_000),
    seconds: whole(60, 1, 86_400),
    overridePercent: whole(10, 1, 100),
    decisions: whole(20, 1, 10_000),
  },
  title: { zh: "突击审批", en: "Approvals in a rush" },
  text: {
    zh: "一人在60秒内批准超过200项,或一天内(不少于20项)推翻规则结论超过10%的,暂缓待核。",
    en: "One person approves more than 200 things within 60 seconds, or overrides more than 10 % of the rules' findings on a day (20 or more): held.",
  },
  judge({ acts }, at) {
    const today = acts.filter(({ day, act }) => day === at.day && act !== "enter");
    return [...Map.groupBy(today, ({ person }) => person).values()].flatMap((own): Finding[] => {
      const rushed = rush(own, at.params.approvals, at.params.seconds);
      if (rushed.length > 0)
        return [
          {
            severity: "hold",
            subjects: rushed.map(({ id }) => id),
            numbers: { reason: "rush", acts: rushed.length, of: own.length },
          },
        ];
      const overrides = own.filter((act) => act.overrides);
      if (own.length < at.params.decisions || overrides.length * 100 <= own.length * at.params.overridePercent)
        return [];
      return [
        {
          severity: "hold",
          subjects: overrides.map(({ id }) => id),
          numbers: { reason: "overrides", acts: overrides.length, of: own.length },
        },
      ];
    });
  },
  say: ({ reason, acts, of }) =>
    reason === "rush"
      ? { zh: `同一人在60秒内批准了${acts}项。`, en: `One person approved ${acts} things within 60 seconds.` }
      : {
          zh: `同一人一天${of}项决定中有${acts}项推翻规则结论。`,
          en: `${acts} of one person's ${of} decisions of a day override a finding.`,
        },
});

/** The longest stretch of acts within the seconds, if it holds more than `most`. */
function rush(acts: readonly ReviewAct[], most: number, seconds: number): ReviewAct[] {
  const sorted = [...acts].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  let best: ReviewAct[] = [];
  let first = 0;
  sorted.forEach((act, i) => {
    while (sorted[first]!.at < act.at - seconds) first++;
    if (i - first + 1 > Math.max(most, best.length)) best = sorted.slice(first, i + 1);
  });
  return best;
}
