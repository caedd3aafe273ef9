import { z } from "zod";
import { utf8 } from "../../core/bytes.ts";
import { PROBLEMS } from "../../core/errors.ts";
import { route } from "../http/route.ts";
import { type Caller, requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { bankAccount, dayNumber, hash32, ReceiptOutput, regionCode, unixSeconds, uuid } from "../registry/schema.ts";
import { requestFor } from "./questions.ts";
import {
  BalancesOutput,
  fenOut,
  fundCode,
  MinedOutput,
  moneyOut,
  PaymentOutput,
  payeeName,
  RequestQuestion,
  RunOutput,
  SigningRequestInput,
} from "./schema.ts";

const region = z.coerce.number().pipe(regionCode);
const run = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const query = z.object({ region });
const ofFund = z.object({ fund: fundCode });
const ofRun = ofFund.extend({ run });

const EventOutput = z.object({
  name: z.string(),
  args: z.record(z.string(), z.string()),
  tx: hash32,
  at: unixSeconds,
});

const own = (caller: Caller, regionNumber: number) => requireScope(caller, regionNumber, null);

const bookRoutes = ({ funds }: Ledger) => [
  route({
    method: "get",
    path: "/regions/{region}/funds",
    zh: "资金一览:下达、收回、可用、占用、拨付、退票、退回、应收",
    en: "Every fund that was opened, with its balances, as the chain's events add up.",
    params: z.object({ region }),
    status: 200,
    response: z.object({ funds: z.array(BalancesOutput.extend({ fund: fundCode })) }),
    handle: ({ params }) =>
      moneyOut({ funds: funds.codes(params.region).map((fund) => ({ fund, ...funds.balances(params.region, fund) })) }),
  }),
  route({
    method: "get",
    path: "/funds/{fund}/books",
    zh: "资金账簿:截至某刻的余额与逐笔依据",
    en: "A fund's balances at a moment, with every event of the chain behind them.",
    params: ofFund,
    query: query.extend({ until: z.coerce.number().pipe(unixSeconds).optional() }),
    status: 200,
    response: z.object({ balances: BalancesOutput, events: z.array(EventOutput) }),
    handle({ params: { fund }, query: { region: r, until }, caller }) {
      own(caller, r);
      const events = funds.events(r, fund, until).map(({ name, args, tx, at }) => ({ name, args, tx, at }));
      return moneyOut({ balances: funds.balances(r, fund, until), events });
    },
  }),
];

const runRoutes = ({ funds, payouts }: Ledger) => [
  route({
    method: "get",
    path: "/funds/{fund}/due",
    zh: "现有应付:天数、收款人、金额;不能生成批次时说明原因",
    en: "What the fund owes now, and why no run could be prepared. Writes nothing.",
    params: ofFund,
    query,
    status: 200,
    response: z.object({
      days: z.int(),
      payees: z.int(),
      settledFen: fenOut,
      returns: z.int(),
      returnsFen: fenOut,
      owedFen: fenOut,
      problem: z.object({ code: z.string(), zh: z.string(), en: z.string() }).nullable(),
    }),
    async handle({ params: { fund }, query: { region: r }, caller }) {
      own(caller, r);
      const { problem, ...due } = await payouts.runs.due(r, fund);
      const { zh, en } = problem ? PROBLEMS[problem] : { zh: "", en: "" };
      return { ...(moneyOut(due) as object), problem: problem && { code: problem, zh, en } };
    },
  }),
  route({
    method: "get",
    path: "/funds/{fund}/debts",
    zh: "应追缴:谁欠多少",
    en: "Who owes the fund what; a later run nets it, or the treasury records a repayment.",
    params: ofFund,
    query,
    status: 200,
    response: z.object({ debts: z.array(z.object({ payee: z.string(), amountFen: fenOut })) }),
    handle({ params: { fund }, query: { region: r }, caller }) {
      own(caller, r);
      const debts = payouts.runs.debtors(r, fund).map(({ payee, amountFen }) => ({ payee, amountFen }));
      return moneyOut({ debts });
    },
  }),
  route({
    method: "get",
    path: "/funds/{fund}/runs",
    zh: "拨付批次及其在链上的状态",
    en: "Payout runs with their state on the chain.",
    params: ofFund,
    query,
    status: 200,
    response: z.object({ runs: z.array(RunOutput) }),
    handle({ params: { fund }, query: { region: r }, caller }) {
      own(caller, r);
      return moneyOut({ runs: [...funds.runs(r, fund).values()] });
    },
  }),
  route({
    method: "post",
    path: "/funds/{fund}/runs",
    zh: "按现有应付生成拨付批次(待签名提出)",
    en: "Prepare a run of everything that the fund owes now; a proposer signs it next. Sends nothing.",
    params: ofFund,
    body: z.strictObject({ region: regionCode, untilDay: dayNumber.optional() }),
    status: 201,
    response: z.object({ number: z.int(), terms: hash32, payees: z.int(), totalFen: fenOut, debtors: z.int() }),
    async handle({ params: { fund }, body, caller }) {
      own(caller, body.region);
      const { number, hash, terms } = await payouts.runs.prepare(body.region, fund, { untilDay: body.untilDay });
      const { payees, lines, debtors } = terms;
      return { number, terms: hash, payees, totalFen: lines.sum.toString(), debtors };
    },
  }),
  route({
    method: "get",
    path: "/funds/{fund}/runs/{run}/publicity",
    zh: "公示名单(姓名脱敏),异议期内可查",
    en: "The publicity list of a proposed run, names masked, while objections are possible.",
    params: ofRun,
    query,
    status: 200,
    response: z.object({
      status: RunOutput,
      lines: z.array(z.object({ index: z.int(), name: z.string(), amountFen: fenOut })),
    }),
    handle: ({ params, query: { region: r } }) => moneyOut(payouts.runs.publicityList(r, params.fund, params.run)),
  }),
  route({
    method: "get",
    path: "/funds/{fund}/runs/{run}/payments",
    zh: "批次内每笔付款的银行状态",
    en: "What the bank said last of each payment of a run.",
    params: ofRun,
    query,
    status: 200,
    response: z.object({ payments: z.array(PaymentOutput) }),
    handle({ params, query: { region: r }, caller }) {
      own(caller, r);
      return moneyOut({ payments: payouts.bank.status(r, params.fund, params.run) });
    },
  }),
  route({
    method: "post",
    path: "/funds/{fund}/runs/{run}/release",
    zh: "异议期满后放款",
    en: "Release an approved run whose window has passed.",
    params: ofRun,
    body: z.strictObject({ region: regionCode }),
    status: 201,
    response: MinedOutput,
    async handle({ params, body, caller }) {
      own(caller, body.region);
      return await payouts.officials.release(body.region, params.fund, params.run);
    },
  }),
];

const officialRoutes = ({ payouts }: Ledger) => [
  route({
    method: "post",
    path: "/requests",
    zh: "生成待签名请求(密钥不经服务器)",
    en: "The file that officials sign with their own keys, elsewhere; `relay` takes it back.",
    body: RequestQuestion,
    status: 200,
    response: z.object({ format: z.literal("silverledger-request") }).loose(),
    async handle({ body, caller }) {
      own(caller, body.region);
      return moneyOut(await requestFor(payouts.officials, body));
    },
  }),
  route({
    method: "post",
    path: "/relays",
    zh: "转发已签名的请求上链",
    en: "Send what officials signed to the chain. The signatures decide, not the caller.",
    body: SigningRequestInput,
    status: 201,
    response: MinedOutput,
    async handle({ body, caller }) {
      own(caller, body.region);
      return await payouts.officials.relay(body);
    },
  }),
  route({
    method: "get",
    path: "/accounts",
    zh: "待第二人批准的账户变更",
    en: "Changes of account that wait for a second person.",
    query,
    status: 200,
    response: z.object({
      requests: z.array(
        z.object({
          id: uuid,
          payee: z.string(),
          reason: z.string(),
          requestedBy: z.string(),
          requestedAt: unixSeconds,
        }),
      ),
    }),
    handle({ query: { region: r }, caller }) {
      own(caller, r);
      return { requests: payouts.accounts.open(r) };
    },
  }),
  route({
    method: "post",
    path: "/accounts",
    zh: "申请变更收款账户(第一人)",
    en: "Ask for a payee to be paid elsewhere. Another official must approve, and some days pass.",
    body: z.strictObject({
      region: regionCode,
      payee: payeeName,
      account: bankAccount,
      reason: z.string().min(4).max(500),
    }),
    status: 201,
    response: z.object({ id: uuid }),
    handle({ body, caller }) {
      own(caller, body.region);
      return { id: payouts.accounts.request(body.region, body.payee, body.account, caller.name, body.reason) };
    },
  }),
  route({
    method: "post",
    path: "/accounts/{id}/approval",
    zh: "批准账户变更(第二人),延时生效",
    en: "Approve a change of account as the second person; it is valid after the region's delay.",
    params: z.object({ id: uuid }),
    body: z.strictObject({ region: regionCode }),
    status: 201,
    response: z.object({ receipt: ReceiptOutput, validFrom: dayNumber }),
    async handle({ params, body, caller }) {
      own(caller, body.region);
      const { receipted, validFrom } = await payouts.accounts.approve(body.region, params.id, caller.name);
      return { receipt: receipted.receipt, validFrom };
    },
  }),
];

const bankRoutes = ({ payouts }: Ledger) => [
  route({
    method: "post",
    path: "/funds/{fund}/runs/{run}/order",
    zh: "生成银行支付文件(ISO 20022 pain.001)",
    en: "The run's payment messages for the bank: made once, and the same ever after.",
    params: ofRun,
    body: z.strictObject({
      region: regionCode,
      payOn: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .optional(),
    }),
    status: 201,
    response: z.object({ files: z.array(z.object({ reference: z.string(), hash: hash32, xml: z.string() })) }),
    handle({ params, body, caller }) {
      own(caller, body.region);
      const options = { by: caller.name, ...(body.payOn && { payOn: body.payOn }) };
      const files = payouts.bank.order(body.region, params.fund, params.run, options);
      return {
        files: files.map(({ reference, hash, bytes }) => ({ reference, hash, xml: new TextDecoder().decode(bytes) })),
      };
    },
  }),
  route({
    method: "post",
    path: "/funds/{fund}/bank-files",
    zh: "导入银行回执或对账单(pain.002、camt.053),整份接收或整份拒收",
    en: "Take the bank's pain.002 or camt.053 whole, or refuse it whole with what differs.",
    params: ofFund,
    body: z.strictObject({ region: regionCode, xml: z.string().min(1).max(4_000_000) }),
    status: 201,
    response: z.object({
      hash: hash32,
      kind: z.string(),
      repeated: z.boolean(),
      counts: z.record(z.string(), z.int()),
    }),
    handle({ params: { fund }, body, caller }) {
      own(caller, body.region);
      return payouts.bank.take(body.region, fund, utf8(body.xml), caller.name);
    },
  }),
  route({
    method: "get",
    path: "/funds/{fund}/returns",
    zh: "待上链登记的退票",
    en: "Payments that the bank sent back and that the treasury has not recorded on chain yet.",
    params: ofFund,
    query,
    status: 200,
    response: z.object({
      returns: z.array(
        z.object({
          run: z.int(),
          index: z.int(),
          payee: z.string(),
          amountFen: fenOut,
          reason: z.string(),
          document: hash32,
        }),
      ),
    }),
    handle({ params: { fund }, query: { region: r }, caller }) {
      own(caller, r);
      return moneyOut({ returns: payouts.bank.returnsToRecord(r, fund) });
    },
  }),
];

export const payoutRoutes = (ledger: Ledger) => [
  ...bookRoutes(ledger),
  ...runRoutes(ledger),
  ...officialRoutes(ledger),
  ...bankRoutes(ledger),
];
