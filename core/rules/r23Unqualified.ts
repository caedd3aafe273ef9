import { isNew, rule } from "./rule.ts";

export const unqualified = rule({
  id: "R23",
  name: "UNQUALIFIED",
  version: 1,
  level: "B",
  key: "carer",
  windowDays: 0,
  params: {},
  title: { zh: "无证或证书过期", en: "Certificate missing or expired" },
  text: {
    zh: "项目要求的证书在服务日缺失或已过期的,不予支付。",
    en: "The certificate that the item asks for is missing or had expired on the day of service: not paid.",
  },
  judge: ({ visits }, at) =>
    visits.flatMap((visit) => {
      if (!isNew(visit, at)) return [];
      const certificate = at.book.item(visit.item, visit.serviceDay)?.certificate ?? "";
      if (certificate === "" || at.book.certificates(visit.carer, visit.serviceDay).includes(certificate)) return [];
      return [{ severity: "block" as const, subjects: [visit.id], numbers: { certificate } }];
    }),
  say: ({ certificate }) => ({
    zh: `护理员在服务日没有有效的${certificate}证书。`,
    en: `The carer had no valid ${certificate} certificate on the day of service.`,
  }),
});
