import { dateOfDay } from "../day.ts";
import { type Finding, rule, whole, yuan } from "./rule.ts";

export const yearEnd = rule({
  id: "R40",
  name: "YEAR_END",
  version: 1,
  level: "M",
  key: "region",
  windowDays: 0,
  params: { percent: whole(30, 1, 100), days: whole(15, 1, 365) },
  title: { zh: "年末突击支出", en: "Spending at the year's end" },
  text: {
    zh: "一项资金全年支出的30%以上集中在最后15天的,作标记。",
    en: "More than 30 % of a fund's year falls into its last 15 days: marked.",
  },
  judge({ fundDays }, at) {
    if (!dateOfDay(at.day).endsWith("-12-31")) return [];
    return [...Map.groupBy(fundDays, ({ fund }) => fund)].flatMap(([fund, days]): Finding[] => {
      const sum = (list: typeof days) => list.reduce((total, { fen }) => total + fen, 0);
      const [yearFen, lastFen] = [sum(days), sum(days.filter(({ day }) => day > at.day - at.params.days))];
      if (lastFen * 100 <= yearFen * at.params.percent) return [];
      return [{ severity: "mark", subjects: [fund], numbers: { lastFen, yearFen } }];
    });
  },
  say: ({ lastFen, yearFen }) => ({
    zh: `最后15天支出${yuan(lastFen)}元,全年${yuan(yearFen)}元。`,
    en: `${yuan(lastFen)} yuan of the year's ${yuan(yearFen)} fall into the last 15 days.`,
  }),
});
