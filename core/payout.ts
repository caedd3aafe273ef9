import { concat, fromHex, type Hex, toHex, utf8, word, ZERO_HASH } from "./bytes.ts";
import { keccak } from "./hash.ts";
import { type SumNode, type SumNodeHex, sumLeaf } from "./sumTree.ts";
import { structType } from "./typedData.ts";

/**
 * Payout runs and what officials sign of them, as SubsidyLedger.sol hashes it. Amounts are fen, as bigint. A fund's id
 * is the keccak of its code, so that a wallet shows the code and the contract compares the id.
 */

/** keccak of a code or pseudonym, as it stands in lines: a provider's credit code, an elder's UUID. */
export function nameHash(name: string): Hex {
  return toHex(keccak(utf8(name)));
}

/** One payment of a run. */
export interface RunLine {
  index: number;
  /** nameHash of the payee. */
  payee: Hex;
  /** Salted commitment to the account that is paid. */
  account: Hex;
  amountFen: bigint;
}

/** What one payee owes a fund after a run. */
export interface DebtLine {
  index: number;
  payee: Hex;
  amountFen: bigint;
}

export function runLeaf({ index, payee, account, amountFen }: RunLine): SumNode {
  return sumLeaf(concat(word(index), fromHex(payee), fromHex(account), word(amountFen)), amountFen);
}

export function debtLeaf({ index, payee, amountFen }: DebtLine): SumNode {
  return sumLeaf(concat(word(index), fromHex(payee), word(amountFen)), amountFen);
}

/** What is proposed: fixed once, and hashed into everything that is signed about the run. */
export interface RunTerms {
  fund: Hex;
  number: number;
  /** Settled days whose change since the last run is paid; ascending. */
  dayList: number[];
  /** Returned payments that are issued again; ascending by run and index. */
  returnList: { run: number; index: number }[];
  lines: SumNodeHex;
  payees: number;
  debts: SumNodeHex;
  debtors: number;
  /** Seconds for objections; seconds after which anyone may void what nobody resolved. */
  window: number;
  patience: number;
}

const HEAD_WORDS = 12;

/** keccak(abi.encode(terms)). */
export function termsHash(terms: RunTerms): Hex {
  const { dayList, returnList } = terms;
  const returnsAt = (HEAD_WORDS + 1 + dayList.length) * 32;
  const heads = [
    fromHex(terms.fund),
    word(terms.number),
    word(HEAD_WORDS * 32),
    word(returnsAt),
    fromHex(terms.lines.hash),
    word(terms.lines.sum),
    word(terms.payees),
    fromHex(terms.debts.hash),
    word(terms.debts.sum),
    word(terms.debtors),
    word(terms.window),
    word(terms.patience),
  ];
  const days = [word(dayList.length), ...dayList.map(word)];
  const returns = [word(returnList.length), ...returnList.flatMap(({ run, index }) => [word(run), word(index)])];
  return toHex(keccak(concat(word(32), ...heads, ...days, ...returns)));
}

/** Budget that comes in or goes out, or a fund that is opened: `document` is the hash of the order. */
export interface FundAction {
  action: "open" | "appropriate" | "withdraw";
  fund: string;
  amountFen: bigint;
  document: Hex;
  deadline: number;
}

/** What an official reads and signs of a run. */
export interface RunAction {
  action: "propose" | "approve" | "object" | "dismiss" | "void";
  fund: string;
  run: number;
  firstDay: number;
  lastDay: number;
  payees: number;
  totalFen: bigint;
  terms: Hex;
  /** Hash of the reasons; zero for propose and approve. */
  document: Hex;
  deadline: number;
}

/** A payment that came back, or a debt that was paid: `document` is the hash of the bank's statement. */
export interface BankAction {
  action: "return" | "repay";
  fund: string;
  run: number;
  index: number;
  payee: Hex;
  amountFen: bigint;
  document: Hex;
  deadline: number;
}

export const FUND_ACTION = structType<FundAction>("FundAction", [
  ["action", "string"],
  ["fund", "string"],
  ["amountFen", "uint128"],
  ["document", "bytes32"],
  ["deadline", "uint64"],
]);

export const RUN_ACTION = structType<RunAction>("RunAction", [
  ["action", "string"],
  ["fund", "string"],
  ["run", "uint64"],
  ["firstDay", "uint32"],
  ["lastDay", "uint32"],
  ["payees", "uint32"],
  ["totalFen", "uint128"],
  ["terms", "bytes32"],
  ["document", "bytes32"],
  ["deadline", "uint64"],
]);

export const BANK_ACTION = structType<BankAction>("BankAction", [
  ["action", "string"],
  ["fund", "string"],
  ["run", "uint64"],
  ["index", "uint32"],
  ["payee", "bytes32"],
  ["amountFen", "uint64"],
  ["document", "bytes32"],
  ["deadline", "uint64"],
]);

/** The action that an official signs about a run of these terms. */
export function runAction(
  action: RunAction["action"],
  fund: string,
  terms: RunTerms,
  deadline: number,
  document: Hex = ZERO_HASH,
): RunAction {
  const { number, dayList, payees, lines } = terms;
  return {
    action,
    fund,
    run: number,
    firstDay: dayList[0] ?? 0,
    lastDay: dayList.at(-1) ?? 0,
    payees,
    totalFen: lines.sum,
    terms: termsHash(terms),
    document,
    deadline,
  };
}
