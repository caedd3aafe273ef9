import { z } from "zod";
import { route } from "../http/route.ts";
import { type Caller, requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { fundCode, moneyOut } from "../payouts/schema.ts";
import { dayNumber, regionCode } from "../registry/schema.ts";
import {
  ChainDaysOutput,
  CheckInsOutput,
  FindingsOutput,
  FsckOutput,
  PaidEntriesOutput,
  ProvidersOutput,
  SampleOutput,
  TotalsOutput,
} from "./schema.ts";

const region = z.coerce.number().pipe(regionCode);
const day = z.coerce.number().pipe(dayNumber);
const params = z.object({ region });
const period = z.object({ fromDay: day, toDay: day });
const MOST_DRAWN = 500;
/** Public figures are added up at most this often. */
const KEEP_MS = 60_000;

export const overviewRoutes = (ledger: Ledger) => {
  const { overviews } = ledger;
  const own = (caller: Caller, of: number) => requireScope(caller, of, null);
  const kept = new Map<string, { until: number; value: unknown }>();
  function sometimes<T>(name: string, make: () => T): T {
    const known = kept.get(name);
    if (known && known.until > performance.now()) return known.value as T;
    const value = make();
    kept.set(name, { until: performance.now() + KEEP_MS, value });
    return value;
  }
  return [
    route({
      method: "get",
      path: "/regions/{region}/findings",
      zh: "核查结果统计:按规则、机构、城乡、日期",
      en: "What rules found in the visits of some days, by rule, provider, area and day.",
      params,
      query: period,
      status: 200,
      response: FindingsOutput,
      handle({ params: { region: r }, query, caller }) {
        own(caller, r);
        return overviews.findings(r, query.fromDay, query.toDay);
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/check-ins",
      zh: "签到分布(约200米方格)",
      en: "Where visits were checked in, in squares of some 200 m; nobody's door is told.",
      params,
      query: period,
      status: 200,
      response: CheckInsOutput,
      handle({ params: { region: r }, query, caller }) {
        own(caller, r);
        return overviews.checkIns(r, query.fromDay, query.toDay);
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/sample",
      zh: "按种子抽样,可重复",
      en: "Visits drawn by a seed: in the order of keccak(seed, id). The same seed and days give the same ones.",
      params,
      query: period.extend({
        seed: z.string().min(1).max(100),
        count: z.coerce.number().int().min(1).max(MOST_DRAWN),
      }),
      status: 200,
      response: SampleOutput,
      handle({ params: { region: r }, query: { fromDay, toDay, seed, count }, caller }) {
        own(caller, r);
        const { outOf, ids } = overviews.sample(r, fromDay, toDay, seed, count);
        return { seed, outOf, visits: ids.flatMap((id) => ledger.records.store.find(r, id) ?? []) };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/chain-days",
      zh: "每个封账日与链上此刻所记的对照",
      en: "Every sealed day beside what the chain says of it now.",
      params,
      status: 200,
      response: ChainDaysOutput,
      async handle({ params: { region: r }, caller }) {
        own(caller, r);
        return await overviews.chainDays(r);
      },
    }),
    route({
      method: "get",
      path: "/funds/{fund}/runs/{run}/payments/{index}/entries",
      zh: "一笔付款对应的服务记录",
      en: "The entries that one payment of a run paid for.",
      params: z.object({
        fund: fundCode,
        run: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
        index: z.coerce.number().int().min(0).max(0xffff_ffff),
      }),
      query: z.object({ region }),
      status: 200,
      response: PaidEntriesOutput,
      handle({ params: { fund, run, index }, query: { region: r }, caller }) {
        own(caller, r);
        return moneyOut(overviews.paidEntries(r, fund, run, index));
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/totals",
      zh: "结算合计:按月、资金、项目、城乡",
      en: "What was settled, by month, fund, programme and area.",
      params,
      status: 200,
      response: TotalsOutput,
      handle: ({ params: { region: r } }) => sometimes(`totals/${r}`, () => moneyOut({ months: overviews.totals(r) })),
    }),
    route({
      method: "get",
      path: "/regions/{region}/providers",
      zh: "机构质量:近45日服务、暂缓、不付、家属答复",
      en: "Providers' visits of the last 45 days, what rules found in them and what families said.",
      params,
      status: 200,
      response: ProvidersOutput,
      handle: ({ params: { region: r } }) => sometimes(`providers/${r}`, () => ({ providers: overviews.providers(r) })),
    }),
    route({
      method: "get",
      path: "/audits/fsck",
      zh: "全库核验的进度与结果",
      en: "How far the check of everything is, and what it found.",
      status: 200,
      response: FsckOutput,
      handle: () => ledger.checks.current(),
    }),
    route({
      method: "post",
      path: "/audits/fsck",
      zh: "开始全库核验",
      en: "Begin a check of everything: every leaf, every settlement, against the chain. One at a time.",
      status: 202,
      response: FsckOutput,
      handle() {
        ledger.checks.start();
        return ledger.checks.current();
      },
    }),
  ];
};
