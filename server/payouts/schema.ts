import { z } from "zod";
import type { SigningRequest } from "../../core/request.ts";
import { creditCode, dayNumber, hash32, regionCode, signature65, unixSeconds, uuid } from "../registry/schema.ts";

/** The wire forms of money: amounts are decimal strings of fen, and become bigints. */
const uintText = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^(0|[1-9]\\d{0,${digits - 1}})$`))
    .meta({ description: "whole fen, as decimal text", example: "650000" });
/** On the way in. */
export const fenIn = uintText(38).transform(BigInt);
/** On the way out. */
export const fenOut = uintText(38);
export const fundCode = z.string().regex(/^[a-z0-9-]{1,40}$/);
export const payeeName = z.union([creditCode, uuid]);
const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const uint32 = z.int().min(0).max(0xffff_ffff);
const uint64 = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const MAX_DAYS = 2000;
const MAX_RETURNS = 5000;

const sumNode = z.strictObject({ hash: hash32, sum: fenIn });
const signature = z.strictObject({ signer: address, signature: signature65 });
const common = {
  format: z.literal("silverledger-request"),
  version: z.literal(1),
  chainId: uint64,
  contract: address,
  region: regionCode,
  signatures: z.array(signature).max(4),
};
const opening = z.strictObject({
  appropriated: fenIn,
  withdrawn: fenIn,
  released: fenIn,
  returned: fenIn,
  repaid: fenIn,
  debts: sumNode,
  debtors: uint32,
  runs: uint64,
  dayList: z
    .array(z.strictObject({ day: dayNumber, revision: uint32, total: fenIn, consumed: fenIn, root: hash32 }))
    .max(MAX_DAYS),
  runList: z.array(z.strictObject({ run: uint64, lines: sumNode, payees: uint32 })).max(MAX_DAYS),
  returnList: z.array(z.strictObject({ run: uint64, index: uint32, amountFen: fenIn })).max(MAX_RETURNS),
  document: hash32,
});

const FundRequestInput = z.strictObject({
  ...common,
  kind: z.literal("fund"),
  message: z.strictObject({
    action: z.enum(["open", "appropriate", "withdraw"]),
    fund: fundCode,
    amountFen: fenIn,
    document: hash32,
    deadline: unixSeconds,
  }),
  opening: opening.nullable(),
});
const RunRequestInput = z.strictObject({
  ...common,
  kind: z.literal("run"),
  message: z.strictObject({
    action: z.enum(["propose", "approve", "object", "dismiss", "void"]),
    fund: fundCode,
    run: uint64,
    firstDay: dayNumber,
    lastDay: dayNumber,
    payees: uint32,
    totalFen: fenIn,
    terms: hash32,
    document: hash32,
    deadline: unixSeconds,
  }),
  terms: z.strictObject({
    fund: hash32,
    number: uint64,
    dayList: z.array(dayNumber).max(MAX_DAYS),
    returnList: z.array(z.strictObject({ run: uint64, index: uint32 })).max(MAX_RETURNS),
    lines: sumNode,
    payees: uint32,
    debts: sumNode,
    debtors: uint32,
    window: uint32,
    patience: uint32,
  }),
});
const BankRequestInput = z.strictObject({
  ...common,
  kind: z.literal("bank"),
  message: z.strictObject({
    action: z.enum(["return", "repay"]),
    fund: fundCode,
    run: uint64,
    index: uint32,
    payee: hash32,
    amountFen: fenIn,
    document: hash32,
    deadline: unixSeconds,
  }),
  line: z.strictObject({ index: uint32, payee: hash32, account: hash32, amountFen: fenIn }),
  proof: z.array(sumNode).max(64),
});

/** A request file as it is signed elsewhere and sent back. */
export const SigningRequestInput = z
  .discriminatedUnion("kind", [FundRequestInput, RunRequestInput, BankRequestInput])
  .transform((request) => request as unknown as SigningRequest);

/** JSON with amounts as decimal strings. */
export function moneyJson(value: unknown, space?: number): string {
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === "bigint" ? v.toString() : v), space);
}
/** The same as a plain object. */
export const moneyOut = (value: unknown): unknown => JSON.parse(moneyJson(value));

export const RequestQuestion = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("open"), region: regionCode, fund: fundCode }),
  z.strictObject({
    action: z.enum(["appropriate", "withdraw"]),
    region: regionCode,
    fund: fundCode,
    amountFen: fenIn,
    document: hash32,
  }),
  z.strictObject({
    action: z.enum(["propose", "approve"]),
    region: regionCode,
    fund: fundCode,
    run: uint64,
  }),
  z.strictObject({
    action: z.enum(["object", "dismiss", "void"]),
    region: regionCode,
    fund: fundCode,
    run: uint64,
    document: hash32,
  }),
  z.strictObject({
    action: z.literal("return"),
    region: regionCode,
    fund: fundCode,
    run: uint64,
    index: uint32,
    document: hash32,
  }),
  z.strictObject({
    action: z.literal("repay"),
    region: regionCode,
    fund: fundCode,
    payee: payeeName,
    amountFen: fenIn,
    document: hash32,
  }),
]);
export type RequestQuestion = z.infer<typeof RequestQuestion>;

const balancesShape = {
  appropriatedFen: fenOut,
  withdrawnFen: fenOut,
  availableFen: fenOut,
  reservedFen: fenOut,
  releasedFen: fenOut,
  returnedFen: fenOut,
  repaidFen: fenOut,
  owedFen: fenOut,
};
export const BalancesOutput = z.object(balancesShape);
export const RunOutput = z.object({
  number: uint64,
  terms: hash32,
  totalFen: fenOut,
  state: z.enum(["proposed", "approved", "released", "void"]),
  frozen: z.boolean(),
  windowEnds: unixSeconds,
});
export const PaymentOutput = z.object({
  index: uint32,
  payee: z.string(),
  amountFen: fenOut,
  state: z.enum(["ordered", "accepted", "rejected", "paid", "returned"]).nullable(),
  reason: z.string(),
});
export const MinedOutput = z.object({ tx: hash32, blockNumber: uint64, blockHash: hash32 });
