import { z } from "zod";
import { dateOfDay } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { SealOutput } from "../audits/schema.ts";
import { route } from "../http/route.ts";
import type { Ledger } from "../ledger.ts";
import { dayNumber, hash32, regionCode } from "../registry/schema.ts";
import type { SealedDay } from "../seals/store.ts";

const regionParam = z.object({ region: z.coerce.number().pipe(regionCode) });

function sealAnswer(ledger: Ledger, seal: SealedDay) {
  const anchor = ledger.anchors.store.of(seal.region, seal.day);
  const { chainId, contract, tx, blockNumber, blockHash } = anchor ?? {};
  return { ...seal, date: dateOfDay(seal.day), anchor: anchor && { chainId, contract, tx, blockNumber, blockHash } };
}

export const anchorRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/ledger",
    zh: "账本、合约地址与运营方公钥地址",
    en: "The ledger's name, its contracts, and the regions that it serves with their operators' addresses.",
    status: 200,
    response: z.object({
      ledgerId: hash32,
      simulated: z.boolean(),
      singleSignOn: z.boolean().meta({ description: "whether people may sign in by a single sign-on" }),
      chainId: z.int(),
      contracts: z.record(z.string(), z.string()),
      regions: z.array(
        z.object({
          region: regionCode,
          name: z.string(),
          offsetMinutes: z.int(),
          firstDay: dayNumber,
          openDay: dayNumber,
          operator: z.string().meta({ description: "address of the key that speaks for the region" }),
        }),
      ),
    }),
    handle: () => ({
      ledgerId: ledger.file.ledgerId,
      simulated: ledger.file.simulated,
      singleSignOn: ledger.identity.people.singleSignOn,
      chainId: ledger.file.chainId,
      contracts: ledger.file.contracts,
      regions: ledger.entries.store.regions().map(({ region, name, offsetMinutes, firstDay, openDay }) => ({
        region,
        name,
        offsetMinutes,
        firstDay,
        openDay,
        operator: ledger.operatorOf(region),
      })),
    }),
  }),
  route({
    method: "get",
    path: "/regions/{region}/seals",
    zh: "已封账的日子及其链上存证",
    en: "Sealed days from a day on, each with its anchor.",
    params: regionParam,
    query: z.object({
      fromDay: z.coerce.number().pipe(dayNumber).default(0),
      limit: z.coerce.number().int().min(1).max(400).default(100),
    }),
    status: 200,
    response: z.object({ seals: z.array(SealOutput) }),
    handle: ({ params, query }) => ({
      seals: ledger.seals.store.list(params.region, query.fromDay, query.limit).map((seal) => sealAnswer(ledger, seal)),
    }),
  }),
  route({
    method: "get",
    path: "/regions/{region}/seals/{day}",
    zh: "某日的封账与链上存证",
    en: "One sealed day.",
    params: regionParam.extend({ day: z.coerce.number().pipe(dayNumber) }),
    status: 200,
    response: SealOutput,
    handle({ params }) {
      const seal = ledger.seals.store.of(params.region, params.day);
      if (!seal) throw new Refusal("not_found");
      return sealAnswer(ledger, seal);
    },
  }),
];
