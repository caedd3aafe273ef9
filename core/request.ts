import { yuan } from "./bankFile.ts";
import { concat, fromHex, type Hex, toHex, word } from "./bytes.ts";
import { dateOfDay } from "./day.ts";
import { keccak } from "./hash.ts";
import type { RoleName } from "./keyBook.ts";
import {
  BANK_ACTION,
  type BankAction,
  FUND_ACTION,
  type FundAction,
  nameHash,
  RUN_ACTION,
  type RunAction,
  type RunLine,
  type RunTerms,
  runAction,
} from "./payout.ts";
import type { Recover, SignDigest } from "./signature.ts";
import type { SumNodeHex } from "./sumTree.ts";
import { contractDomain, typedDigest } from "./typedData.ts";

/**
 * What an official is asked to sign, as a file: made by the server, signed elsewhere with a key that the server never
 * sees, and relayed by anybody. Everything that is shown stands in what is signed, or hashes to it.
 */
export interface OpeningDay {
  day: number;
  revision: number;
  total: bigint;
  consumed: bigint;
  root: Hex;
}

/** What a fund begins with: zeros, or a predecessor's books. */
export interface Opening {
  appropriated: bigint;
  withdrawn: bigint;
  released: bigint;
  returned: bigint;
  repaid: bigint;
  debts: SumNodeHex;
  debtors: number;
  runs: number;
  dayList: OpeningDay[];
  /** Runs that the predecessor released: their payments may still come back. */
  runList: { run: number; lines: SumNodeHex; payees: number }[];
  /** Payments of them that came back and wait to be issued again. */
  returnList: { run: number; index: number; amountFen: bigint }[];
  document: Hex;
}

export interface Signature {
  signer: Hex;
  signature: Hex;
}

interface Common {
  format: "silverledger-request";
  version: 1;
  chainId: number;
  contract: Hex;
  region: number;
  signatures: Signature[];
}
export interface FundRequest extends Common {
  kind: "fund";
  message: FundAction;
  /** For `open` alone. */
  opening: Opening | null;
}
export interface RunRequest extends Common {
  kind: "run";
  message: RunAction;
  terms: RunTerms;
}
export interface BankRequest extends Common {
  kind: "bank";
  message: BankAction;
  /** The run's line that came back; for a repayment the debt, whose account is zero. */
  line: RunLine;
  proof: SumNodeHex[];
}
export type SigningRequest = FundRequest | RunRequest | BankRequest;

/** Who has to sign what, in the order of the contract's arguments. */
export const SIGNERS: Record<FundAction["action"] | RunAction["action"] | BankAction["action"], readonly RoleName[]> = {
  open: ["Treasury", "Supervisor"],
  appropriate: ["Treasury"],
  withdraw: ["Treasury"],
  propose: ["Proposer"],
  approve: ["Approver"],
  object: ["Auditor"],
  dismiss: ["Supervisor", "Supervisor"],
  void: ["Supervisor", "Supervisor"],
  return: ["Treasury"],
  repay: ["Treasury"],
};

/** keccak(abi.encode(uint32 region, Opening)): what officials sign of an opening. */
export function openingHash(region: number, o: Opening): Hex {
  const HEAD = 13;
  const days = o.dayList.flatMap((d) => [
    word(d.day),
    word(d.revision),
    word(d.total),
    word(d.consumed),
    fromHex(d.root),
  ]);
  const runs = o.runList.flatMap(({ run, lines, payees }) => [
    word(run),
    fromHex(lines.hash),
    word(lines.sum),
    word(payees),
  ]);
  const returns = o.returnList.flatMap(({ run, index, amountFen }) => [word(run), word(index), word(amountFen)]);
  const opening = [
    ...[o.appropriated, o.withdrawn, o.released, o.returned, o.repaid].map(word),
    fromHex(o.debts.hash),
    ...[o.debts.sum, o.debtors, o.runs].map(word),
    // Where each list begins: every one is its length and its rows.
    ...[HEAD, HEAD + 1 + days.length, HEAD + 2 + days.length + runs.length].map((at) => word(at * 32)),
    fromHex(o.document),
    ...[word(o.dayList.length), ...days],
    ...[word(o.runList.length), ...runs],
    ...[word(o.returnList.length), ...returns],
  ];
  return toHex(keccak(concat(word(region), word(64), ...opening)));
}

/** The digest that is signed. */
export function requestDigest(request: SigningRequest): Uint8Array {
  const domain = contractDomain(request.chainId, request.contract);
  if (request.kind === "fund") return typedDigest(domain, FUND_ACTION, request.message);
  if (request.kind === "run") return typedDigest(domain, RUN_ACTION, request.message);
  return typedDigest(domain, BANK_ACTION, request.message);
}

/** What in a request is not as its message says; null when all of it is. Nobody signs anything else. */
export function requestProblem(request: SigningRequest): string | null {
  const { message } = request;
  if (request.kind === "fund") {
    if (message.action !== "open") return request.opening ? "opening: only for open" : null;
    if (!request.opening) return "opening: is missing";
    if (openingHash(request.region, request.opening) !== request.message.document)
      return "opening: is not the document's";
    return request.opening.appropriated === request.message.amountFen ? null : "amountFen: is not the opening's";
  }
  if (request.kind === "run") {
    const { action, fund, deadline, document } = request.message;
    const expected = runAction(action, fund, request.terms, deadline, document);
    if (request.terms.fund !== nameHash(fund)) return "terms.fund: is another fund";
    for (const [name, value] of Object.entries(expected))
      if (request.message[name as keyof RunAction] !== value) return `${name}: is not that of the terms`;
    return null;
  }
  const { index, payee, amountFen, action } = request.message;
  const { line } = request;
  const whole = action === "repay" ? amountFen <= line.amountFen : amountFen === line.amountFen;
  return line.index === index && line.payee === payee && whole ? null : "line: is not the message's";
}

export function signRequest<R extends SigningRequest>(request: R, sign: SignDigest, signer: Hex): R {
  const problem = requestProblem(request);
  if (problem) throw new RangeError(problem);
  const others = request.signatures.filter((signature) => signature.signer !== signer);
  return { ...request, signatures: [...others, { signer, signature: sign(requestDigest(request)) }] };
}

/** Signatures that are what they say. */
export function validSignatures(request: SigningRequest, recover: Recover): Signature[] {
  const digest = requestDigest(request);
  return request.signatures.filter(({ signer, signature }) => recover(digest, signature) === signer);
}

const ACTIONS: Record<keyof typeof SIGNERS, readonly [zh: string, en: string]> = {
  open: ["开立资金", "Open the fund"],
  appropriate: ["下达预算", "Appropriate to the fund"],
  withdraw: ["收回预算", "Withdraw from the fund"],
  propose: ["提出拨付批次", "Propose a payout run"],
  approve: ["批准拨付批次", "Approve a payout run"],
  object: ["对拨付批次提出异议", "Object to a payout run"],
  dismiss: ["驳回异议", "Dismiss the objection"],
  void: ["作废拨付批次", "Void a payout run"],
  return: ["登记银行退票", "Record a payment that the bank sent back"],
  repay: ["登记退回欠款", "Record a repayment of a debt"],
};

/** The request in words and figures, as it is shown before it is signed: one line a fact, Chinese and English. */
export function describeRequest(request: SigningRequest): string[] {
  const { message } = request;
  const [zh, en] = ACTIONS[message.action];
  const fact = (zhName: string, enName: string, value: string) => `${zhName} ${enName}: ${value}`;
  const lines = [`${zh} ${en}`, fact("区划", "region", String(request.region)), fact("资金", "fund", message.fund)];
  const amount = (fen: bigint) => `${yuan(fen)} 元 yuan`;
  if (request.kind === "run") {
    const { run, firstDay, lastDay, payees, totalFen, terms } = request.message;
    lines.push(fact("批次", "run", String(run)));
    if (request.terms.dayList.length > 0)
      lines.push(fact("结算日", "settled days", `${dateOfDay(firstDay)} – ${dateOfDay(lastDay)}`));
    lines.push(fact("收款人", "payees", String(payees)), fact("合计", "total", amount(totalFen)));
    lines.push(fact("条款哈希", "terms", terms));
    if (request.terms.returnList.length > 0)
      lines.push(fact("补发退票", "returns issued again", String(request.terms.returnList.length)));
  } else if (request.kind === "bank") {
    const { run, index, amountFen } = request.message;
    lines.push(fact("批次", "run", String(run)), fact("行", "line", String(index)));
    lines.push(fact("金额", "amount", amount(amountFen)));
  } else lines.push(fact("金额", "amount", amount(request.message.amountFen)));
  lines.push(fact("文件哈希", "document", message.document));
  lines.push(fact("链与合约", "chain and contract", `${request.chainId} ${request.contract}`));
  lines.push(fact("签名有效至", "signature good until", new Date(message.deadline * 1000).toISOString()));
  return lines;
}
