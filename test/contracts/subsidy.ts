import { randomBytes } from "node:crypto";
import { type Hex, toHex } from "../../core/bytes.ts";
import type { RoleName } from "../../core/keyBook.ts";
import {
  BANK_ACTION,
  type BankAction,
  FUND_ACTION,
  type FundAction,
  nameHash,
  RUN_ACTION,
  type RunAction,
  type RunTerms,
  runAction,
} from "../../core/payout.ts";
import { addressOfKey } from "../../core/signature.ts";
import { type SumNodeHex, sumHex, sumRoot } from "../../core/sumTree.ts";
import { contractDomain, typedDigest } from "../../core/typedData.ts";
import { signerOf } from "../../server/keys/native.ts";
import {
  deployLedger,
  digests,
  ethers,
  FOREVER,
  lastDay,
  networkHelpers,
  now,
  OFFSET,
  person,
  REGION,
  Role,
  regionScope,
} from "./ledger.ts";

/** A subsidy ledger with sealed days and officials; used by its tests, its model and the gas figures. */
export const LEAST_WINDOW = 5 * 86_400;
export const PATIENCE = 10 * 86_400;
/** Seconds that a signature is good for here: longer than a walk of the model stands still. */
export const VALID_FOR = 3600;
const SEALED_DAYS = 6;
export const DAY_SIZE = 10;
export const FUND = "310105-2026-home-care";
export const OTHER_FUND = "310105-2026-insurance";
export const [fundId, otherFundId] = [nameHash(FUND), nameHash(OTHER_FUND)];
export const EMPTY_SUM = sumHex(sumRoot([]));
export const NO_DOCUMENT: Hex = `0x${"00".repeat(32)}`;
export const freshDocument = () => toHex(new Uint8Array(randomBytes(32)));

export const OFFICIALS = {
  proposer: ["Proposer", "zhang"],
  approver: ["Approver", "li"],
  auditor: ["Auditor", "wang"],
  auditor2: ["Auditor", "wu"],
  supervisorA: ["Supervisor", "zhao"],
  supervisorB: ["Supervisor", "qian"],
  treasury: ["Treasury", "sun"],
  // Second keys of persons who have a part already.
  proposerAsApprover: ["Approver", "zhang"],
  proposerAsAuditor: ["Auditor", "zhang"],
  supervisorATwice: ["Supervisor", "zhao"],
  treasuryAsSupervisor: ["Supervisor", "sun"],
} as const satisfies Record<string, readonly [RoleName, string]>;
export type Official = keyof typeof OFFICIALS;

export interface Signed {
  deadline: number;
  signature: Hex;
}

export const OPENING = {
  appropriated: 0n,
  withdrawn: 0n,
  released: 0n,
  returned: 0n,
  repaid: 0n,
  debts: EMPTY_SUM,
  debtors: 0,
  runs: 0,
  dayList: [] as { day: number; revision: number; total: bigint; consumed: bigint; root: Hex }[],
  runList: [] as { run: number; lines: SumNodeHex; payees: number }[],
  returnList: [] as { run: number; index: number; amountFen: bigint }[],
  document: NO_DOCUMENT,
};
export type Opening = typeof OPENING;

export async function deploySubsidy() {
  const d = await deployLedger();
  const subsidy = await ethers.deployContract("SubsidyLedger", [
    await d.ledger.getAddress(),
    await d.keys.getAddress(),
    LEAST_WINDOW,
  ]);
  const firstDay = (await lastDay()) - SEALED_DAYS + 1;
  const roots = Array.from({ length: SEALED_DAYS }, (_, i) => ({ size: DAY_SIZE, root: toHex(digests(1, i)[0]!) }));
  await d.ledger.connect(d.operator).getFunction("seal")(REGION, OFFSET, firstDay, roots);

  const keys = Object.fromEntries(
    Object.keys(OFFICIALS).map((name) => [name, new Uint8Array(randomBytes(32))]),
  ) as Record<Official, Uint8Array>;
  const from = (await now()) + 100;
  for (const [name, [role, who]] of Object.entries(OFFICIALS)) {
    const address = addressOfKey(keys[name as Official]);
    const register = d.keys.connect(d.registrar).getFunction("register");
    await register(address, person(who), Role[role], regionScope(REGION), from, FOREVER);
  }
  await networkHelpers.time.increaseTo(from);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = contractDomain(Number(chainId), (await subsidy.getAddress()).toLowerCase() as Hex);
  const sign = (digest: Uint8Array, deadline: number, key: Uint8Array): Signed => ({
    deadline,
    signature: signerOf(key)(digest),
  });
  // A time may be given by who keeps the clock, which spares a call.
  const soon = async (time?: number) => (time ?? (await now())) + VALID_FOR;

  async function signFund(
    action: FundAction["action"],
    fund: string,
    amountFen: bigint,
    document: Hex,
    key: Uint8Array,
    time?: number,
  ) {
    const deadline = await soon(time);
    return sign(typedDigest(domain, FUND_ACTION, { action, fund, amountFen, document, deadline }), deadline, key);
  }
  async function signRun(
    action: RunAction["action"],
    terms: RunTerms,
    key: Uint8Array,
    document = NO_DOCUMENT,
    fund = FUND,
    time?: number,
  ) {
    const deadline = await soon(time);
    return sign(typedDigest(domain, RUN_ACTION, runAction(action, fund, terms, deadline, document)), deadline, key);
  }
  async function signBank(action: Omit<BankAction, "deadline">, key: Uint8Array, time?: number) {
    const deadline = await soon(time);
    return sign(typedDigest(domain, BANK_ACTION, { ...action, deadline }), deadline, key);
  }
  async function open(
    code: string,
    opening: Opening = OPENING,
    keysOf: [Official, Official] = ["treasury", "supervisorA"],
  ) {
    const encoded = ethers.AbiCoder.defaultAbiCoder().encode(["uint32", OPENING_TYPE], [REGION, opening]);
    const document = ethers.keccak256(encoded) as Hex;
    const [a, b] = await Promise.all(
      keysOf.map((name) => signFund("open", code, opening.appropriated, document, keys[name])),
    );
    return await subsidy.getFunction("openFund")(REGION, code, opening, a, b);
  }
  async function appropriate(amountFen: bigint, document = freshDocument(), code = FUND) {
    const signed = await signFund("appropriate", code, amountFen, document, keys.treasury);
    return await subsidy.getFunction("appropriate")(nameHash(code), amountFen, document, signed);
  }
  async function settle(
    day: number,
    revision: number,
    totals: Record<Hex, bigint>,
    { size = DAY_SIZE, from = d.operator, region = REGION } = {},
  ) {
    const parts = Object.entries(totals)
      .map(([fund, total]) => ({ fund, root: NO_DOCUMENT, total }))
      .sort((a, b) => (a.fund < b.fund ? -1 : 1));
    const settlement = { revision, asOf: NO_DOCUMENT, ruleset: NO_DOCUMENT, size };
    return await subsidy.connect(from).getFunction("settle")(region, day, settlement, parts);
  }
  type Struct = { toObject(): Record<string, unknown> };
  const read = async (method: string, ...args: unknown[]) =>
    ((await subsidy.getFunction(method)(...args)) as Struct).toObject();
  const books = async (fund: Hex = fundId) => await read("fundOf", fund);
  const call = (method: string, ...args: unknown[]) => subsidy.getFunction(method)(...args);

  return {
    ...d,
    subsidy,
    registry: d.keys,
    keys,
    firstDay,
    domain,
    sign,
    signFund,
    signRun,
    signBank,
    open,
    appropriate,
    settle,
    books,
    read,
    call,
  };
}
export type Subsidy = Awaited<ReturnType<typeof deploySubsidy>>;

const OPENING_TYPE =
  "tuple(uint128 appropriated,uint128 withdrawn,uint128 released,uint128 returned,uint128 repaid,tuple(bytes32 hash,uint128 sum) debts,uint32 debtors,uint64 runs,tuple(uint32 day,uint32 revision,uint128 total,uint128 consumed,bytes32 root)[] dayList,tuple(uint64 run,tuple(bytes32 hash,uint128 sum) lines,uint32 payees)[] runList,tuple(uint64 run,uint32 index,uint64 amountFen)[] returnList,bytes32 document)";

/** Terms of the fund's next run; `lines` and `debts` are roots. */
export function termsOf(
  number: number,
  lines: SumNodeHex,
  payees: number,
  overrides: Partial<RunTerms> = {},
): RunTerms {
  return {
    fund: fundId,
    number,
    dayList: [],
    returnList: [],
    lines,
    payees,
    debts: EMPTY_SUM,
    debtors: 0,
    window: LEAST_WINDOW,
    patience: PATIENCE,
    ...overrides,
  };
}
