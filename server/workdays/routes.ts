import { z } from "zod";
import { route } from "../http/route.ts";
import type { Ledger } from "../ledger.ts";
import { regionCode } from "../registry/schema.ts";
import { ElderQuestion, EldersOutput, ItemOfDay, MatchOutput, MatchQuestion, WorkdayOutput } from "./schema.ts";

export const workdayRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/workday",
    zh: "护理员今日:按计划要上门的老人和项目",
    en: "A carer's day: the elders whom they visit, with the provider's plans; every name that is told is an Access entry.",
    status: 200,
    response: WorkdayOutput,
    handle: async ({ caller }) => await ledger.workdays.of(caller),
  }),
  route({
    method: "get",
    path: "/regions/{region}/items",
    zh: "服务项目清单与单价",
    en: "The catalogue of services with the price of a unit, as it is valid today.",
    params: z.object({ region: z.coerce.number().pipe(regionCode) }),
    status: 200,
    response: z.object({ items: z.array(ItemOfDay) }),
    handle: ({ params: { region } }) => ({ items: ledger.workdays.items(region) }),
  }),
  route({
    method: "post",
    path: "/workday/elders",
    zh: "按姓名查找本机构计划内的老人(首次上门)",
    en: "Elders of the provider's plans with exactly that name, for a first visit.",
    body: ElderQuestion,
    status: 200,
    response: EldersOutput,
    handle: async ({ body, caller }) => ({ elders: await ledger.workdays.find(caller, body.name) }),
  }),
  route({
    method: "post",
    path: "/workday/match",
    zh: "按姓名找出本机构护理员和计划内老人的编号(表格导入用)",
    en: "Pseudonyms of one's own carers and planned elders by name, for a spreadsheet; each elder matched is an Access entry.",
    body: MatchQuestion,
    status: 200,
    response: MatchOutput,
    handle: async ({ body, caller }) => await ledger.workdays.match(caller, body),
  }),
];
