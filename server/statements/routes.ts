import { z } from "zod";
import { route } from "../http/route.ts";
import { requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { moneyOut } from "../payouts/schema.ts";
import { creditCode, regionCode } from "../registry/schema.ts";
import { MONTH, StatementOutput } from "./schema.ts";

export const statementRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/providers/{provider}/statements/{month}",
    zh: "机构月度对账单:每次服务的结算、批次和银行状态",
    en: "A provider's month: what was settled for each visit, by which run, and what the bank said.",
    params: z.object({ provider: creditCode, month: z.string().regex(MONTH) }),
    query: z.object({ region: z.coerce.number().pipe(regionCode) }),
    status: 200,
    response: StatementOutput,
    handle({ params: { provider, month }, query: { region }, caller }) {
      requireScope(caller, region, provider);
      return moneyOut(ledger.statements.of(region, provider, month));
    },
  }),
];
