import { z } from "zod";
import { route } from "../http/route.ts";
import { requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { ReceiptOutput, regionCode, unixSeconds, uuid } from "../registry/schema.ts";

export const erasureRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/erasures",
    zh: "待第二人批准的删除申请",
    en: "Erasures that wait for a second person.",
    query: z.object({ region: z.coerce.number().pipe(regionCode) }),
    status: 200,
    response: z.object({
      requests: z.array(
        z.object({
          id: uuid,
          person: uuid,
          reason: z.string(),
          requestedBy: z.string(),
          requestedAt: unixSeconds,
        }),
      ),
    }),
    async handle({ query: { region }, caller }) {
      requireScope(caller, region, null);
      return { requests: await ledger.erasures.waiting(region) };
    },
  }),
  route({
    method: "post",
    path: "/erasures",
    zh: "申请删除一人的个人明细(第一人)",
    en: "Ask for a person's details to be erased, with the reason. Another official must approve.",
    body: z.strictObject({ region: regionCode, person: uuid, reason: z.string().min(4).max(500) }),
    status: 201,
    response: z.object({ id: uuid }),
    async handle({ body, caller }) {
      requireScope(caller, body.region, null);
      return { id: await ledger.erasures.request(body.region, body.person, caller.name, body.reason) };
    },
  }),
  route({
    method: "post",
    path: "/erasures/{id}/approval",
    zh: "批准删除(第二人):销毁密钥,证明仍然有效",
    en: "Approve an erasure as the second person: the key is destroyed, the act is an entry, earlier proofs still hold.",
    params: z.object({ id: uuid }),
    body: z.strictObject({ region: regionCode }),
    status: 201,
    response: z.object({ receipt: ReceiptOutput }),
    async handle({ params, body, caller }) {
      requireScope(caller, body.region, null);
      return { receipt: (await ledger.erasures.approve(body.region, params.id, caller.name)).receipt };
    },
  }),
];
