import { z } from "zod";
import type { Hex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { type Route, route } from "../http/route.ts";
import { isOfRegion } from "../identity/own.ts";
import type { Caller, Role } from "../identity/roles.ts";
import type { Ledger } from "../ledger.ts";
import { hash32, unixSeconds } from "../registry/schema.ts";
import { address20, KeyBody, KeyList } from "./schema.ts";

/** Keys of people, from their browsers to the chain. */
export function keyRoutes(ledger: Ledger): Route[] {
  const sees = (caller: Caller) => (row: { username: string; role: Role; scope: string }) =>
    row.username === caller.name || (caller.role === "administrator" && isOfRegion(ledger, caller, row));
  async function requireSeen(caller: Caller, address: string): Promise<void> {
    const seen = await ledger.keyRequests.list(sees(caller));
    if (!seen.some((key) => key.address === address)) throw new Refusal("not_found");
  }
  const params = z.object({ address: address20 });
  return [
    route({
      method: "get",
      path: "/keys",
      zh: "签名密钥:自己的;管理员看本区的",
      en: "Signing keys: one's own; for an administrator those of the region.",
      status: 200,
      response: KeyList,
      handle: async ({ caller }) => ({ keys: await ledger.keyRequests.list(sees(caller)) }),
    }),
    route({
      method: "post",
      path: "/keys",
      zh: "申请登记本人在浏览器里生成的密钥",
      en: "Ask for one's key to be put on the chain; the signature shows that one holds it.",
      body: KeyBody,
      status: 201,
      response: z.object({ address: address20 }),
      async handle({ body, caller }) {
        await ledger.keyRequests.ask(caller, body.address as Hex, body.signature as Hex);
        return { address: body.address };
      },
    }),
    route({
      method: "post",
      path: "/keys/{address}/approval",
      zh: "同意登记(第二人),写入链上",
      en: "Put a key on the chain, as the second person.",
      params,
      status: 201,
      response: z.object({ tx: hash32, from: unixSeconds }),
      async handle({ params: { address }, caller }) {
        await requireSeen(caller, address);
        return await ledger.keyRequests.approve(caller, address as Hex);
      },
    }),
    route({
      method: "post",
      path: "/keys/{address}/revocation",
      zh: "吊销密钥,立即失效",
      en: "Revoke a key at once: one's own, or as an administrator.",
      params,
      status: 201,
      response: z.object({ tx: hash32.nullable() }),
      async handle({ params: { address }, caller }) {
        await requireSeen(caller, address);
        return await ledger.keyRequests.revoke(caller, address as Hex);
      },
    }),
  ];
}
