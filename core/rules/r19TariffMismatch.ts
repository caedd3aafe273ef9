import { isNew, rule, yuan } from "./rule.ts";

export const tariffMismatch = rule({
  id: "R19",
  name: "TARIFF_MISMATCH",
  version: 1,
  level: "B",
  key: "provider",
  windowDays: 0,
  params: {},
  title: { zh: "申报价格与收费标准不符", en: "Claimed price is not the tariff" },
  text: {
    zh: "申报价格与服务日有效的收费标准不符的,差额不予支付。",
    en: "The claimed price differs from the tariff that is valid on the day: the difference is not paid.",
  },
  judge: ({ visits }, at) =>
    visits.flatMap((visit) => {
      if (!isNew(visit, at)) return [];
      const unitFen = at.book.unitPriceFen(visit.item, visit.serviceDay);
      const tariffFen = unitFen === null ? visit.priceFen : unitFen * visit.units;
      if (tariffFen === visit.priceFen) return [];
      return [{ severity: "cut" as const, subjects: [visit.id], numbers: { claimedFen: visit.priceFen, tariffFen } }];
    }),
  say: ({ claimedFen, tariffFen }) => ({
    zh: `申报${yuan(claimedFen)}元,按标准应为${yuan(tariffFen)}元。`,
    en: `Claimed ${yuan(claimedFen)} yuan; the tariff gives ${yuan(tariffFen)}.`,
  }),
});
