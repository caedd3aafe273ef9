import { z } from "zod";
import { Refusal } from "../../core/errors.ts";
import { LINE_STATUSES } from "../../core/settlement.ts";
import { route } from "../http/route.ts";
import { isProviders } from "../identity/roles.ts";
import { requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { fenOut, moneyOut } from "../payouts/schema.ts";
import { dayNumber, hash32, regionCode, uuid } from "../registry/schema.ts";
import type { Computed } from "./pricing.ts";

const region = z.coerce.number().pipe(regionCode);
const day = z.coerce.number().pipe(dayNumber);

const SettlementOutput = z.object({
  day: dayNumber,
  revision: z.int(),
  asOfDay: dayNumber,
  size: z.int(),
  parts: z.array(z.object({ fund: z.string(), root: hash32, totalFen: fenOut })),
  tx: hash32.nullable(),
});
const LineOutput = z.object({
  day: dayNumber,
  revision: z.int(),
  index: z.int(),
  status: z.enum(LINE_STATUSES),
  booked: z.int().meta({ description: "units; paid is the least of the three" }),
  evidenced: z.int(),
  authorised: z.int(),
  priceFen: fenOut,
  shares: z.array(z.object({ fund: z.string(), shareFen: fenOut })),
});
const side = z.object({ status: z.enum(LINE_STATUSES), shares: z.record(z.string(), fenOut) });
const PreviewOutput = z.object({
  day: dayNumber,
  revision: z.int(),
  asOfDay: dayNumber,
  changes: z.array(z.object({ index: z.int(), before: side.nullable(), after: side, payee: hash32 })),
});

const previewOf = ({ settlement, changes }: Computed) =>
  moneyOut({ day: settlement.day, revision: settlement.revision, asOfDay: settlement.asOfDay, changes });

export const settlementRoutes = (ledger: Ledger) => {
  const { settlements } = ledger;
  const rowOf = (regionNumber: number, dayOfRow: number) => {
    const row = settlements.store.latest(regionNumber, dayOfRow);
    if (!row) throw new Refusal("not_found");
    return row;
  };
  const revise = (regionNumber: number, dayOfRow: number): Computed => {
    rowOf(regionNumber, dayOfRow);
    return settlements.compute(regionNumber, dayOfRow, { asOfDay: settlements.lastAnchored(regionNumber) });
  };
  return [
    route({
      method: "get",
      path: "/regions/{region}/days/{day}/settlement",
      zh: "某日现行结算:各资金的根与合计",
      en: "The settlement of a day that holds now: roots and totals by fund, and where it stands on the chain.",
      params: z.object({ region, day }),
      status: 200,
      response: SettlementOutput,
      handle({ params }) {
        const row = rowOf(params.region, params.day);
        const parts = settlements.store
          .parts(params.region, params.day, row.revision)
          .map(({ fund, root }) => ({ fund, root: root.hash, totalFen: root.sum.toString() }));
        const tx = settlements.store.anchor(params.region, params.day, row.revision)?.tx ?? null;
        return { day: row.day, revision: row.revision, asOfDay: row.asOfDay, size: row.size, parts, tx };
      },
    }),
    route({
      method: "get",
      path: "/entries/{id}/settlement",
      zh: "一条记录的结算:单位、价格与各资金分担",
      en: "How one entry was settled: units booked, evidenced and authorised, price and each fund's share.",
      params: z.object({ id: uuid }),
      query: z.object({ region }),
      status: 200,
      response: LineOutput,
      handle({ params: { id }, query, caller }) {
        const at = settlements.store.place(query.region, id);
        const provider = isProviders(caller) ? (ledger.records.store.find(query.region, id)?.provider ?? "") : null;
        requireScope(caller, query.region, provider);
        const row = at && settlements.store.latest(query.region, at.day);
        const line = row && settlements.store.line(query.region, at.day, row.revision, at.index);
        if (!row || !line) throw new Refusal("not_found");
        const funds = settlements.store.parts(query.region, at.day, row.revision);
        const shares = line.shares.map((share, i) => ({ fund: funds[i]!.fund, shareFen: share.toString() }));
        const { index, status, booked, evidenced, authorised, priceFen } = line;
        const units = { booked, evidenced, authorised };
        return { day: at.day, revision: row.revision, index, status, ...units, priceFen: priceFen.toString(), shares };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/days/{day}/revision",
      zh: "重算预览:逐条列出会改变什么,不写入",
      en: "What settling the day again would change, line by line, as everything anchored so far says. Writes nothing.",
      params: z.object({ region, day }),
      status: 200,
      response: PreviewOutput,
      handle({ params, caller }) {
        requireScope(caller, params.region, null);
        return previewOf(revise(params.region, params.day));
      },
    }),
    route({
      method: "post",
      path: "/regions/{region}/days/{day}/revision",
      zh: "重新结算一日并上链",
      en: "Settle the day again, in full, and put it on chain. Refused when nothing would change.",
      params: z.object({ region, day }),
      body: z.strictObject({ revision: z.int().min(2).meta({ description: "the revision that the preview showed" }) }),
      status: 201,
      response: PreviewOutput,
      async handle({ params, body, caller }) {
        requireScope(caller, params.region, null);
        const computed = revise(params.region, params.day);
        if (computed.changes.length === 0) throw new Refusal("nothing_due");
        if (computed.settlement.revision !== body.revision) throw new Refusal("already_done");
        await settlements.settle(computed);
        return previewOf(computed);
      },
    }),
    route({
      method: "post",
      path: "/entitlements",
      zh: "生成某月津贴应享名单(可重复执行)",
      en: "Write one Entitlement for everybody who is due an allowance for the month; again adds what is missing.",
      body: z.strictObject({ region: regionCode, month: z.int().min(190_001).max(999_912) }),
      status: 201,
      response: z.object({
        region: regionCode,
        month: z.int(),
        asOfDay: dayNumber,
        entitled: z.int(),
        known: z.int(),
        refused: z.record(z.string(), z.int()),
      }),
      async handle({ body, caller }) {
        requireScope(caller, body.region, null);
        return await ledger.entitlements.entitle(body.region, body.month);
      },
    }),
  ];
};
