import { type Hex, ZERO_HASH } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { keyProblem, type RoleName, regionScope } from "../../core/keyBook.ts";
import { debtLeaf, nameHash, type RunAction, type RunLine, runAction, runLeaf } from "../../core/payout.ts";
import {
  type BankRequest,
  type FundRequest,
  type Opening,
  openingHash,
  type RunRequest,
  requestProblem,
  SIGNERS,
  type Signature,
  type SigningRequest,
  validSignatures,
} from "../../core/request.ts";
import type { Recover } from "../../core/signature.ts";
import { proveSum, sumHex, sumRoot } from "../../core/sumTree.ts";
import { ContractRefusal, type MinedAt } from "../chain/chain.ts";
import type { Clock } from "../clock.ts";
import type { Funds } from "../funds/service.ts";
import type { Keys } from "../keys/service.ts";
import type { Runs } from "./runs.ts";
import type { PayoutStore } from "./store.ts";

/** How long a signature is good for. */
const VALID_SECONDS = 3 * 86_400;
const EMPTY = sumHex(sumRoot([]));

/** What a fund without a predecessor begins with. */
export const NEW_FUND: Opening = {
  appropriated: 0n,
  withdrawn: 0n,
  released: 0n,
  returned: 0n,
  repaid: 0n,
  debts: EMPTY,
  debtors: 0,
  runs: 0,
  dayList: [],
  runList: [],
  returnList: [],
  document: ZERO_HASH,
};

/** Requests that officials sign elsewhere, and the relay of what they signed. The server holds none of their keys. */
export interface Officials {
  openRequest(region: number, fund: string, opening?: Opening): Promise<FundRequest>;
  budgetRequest(
    region: number,
    fund: string,
    action: "appropriate" | "withdraw",
    amountFen: bigint,
    document: Hex,
  ): Promise<FundRequest>;
  runRequest(
    region: number,
    fund: string,
    run: number,
    action: RunAction["action"],
    document?: Hex,
  ): Promise<RunRequest>;
  /** A payment that came back, by the bank file that says so. */
  returnRequest(region: number, fund: string, run: number, index: number, document: Hex): Promise<BankRequest>;
  /** A debt that was paid, in part or whole. */
  repayRequest(region: number, fund: string, payee: string, amountFen: bigint, document: Hex): Promise<BankRequest>;
  /**
   * Sends what officials signed. Throws Refusal signature_invalid, key_unknown, second_person_needed, wrong_state,
   * already_done, contract_refused; nothing is sent then.
   */
  relay(request: SigningRequest): Promise<MinedAt>;
  /** Pays out an approved run whose window has passed; anyone may. */
  release(region: number, fund: string, run: number): Promise<MinedAt>;
  /** Voids a run that nobody resolved; anyone may. */
  expire(region: number, fund: string, run: number): Promise<MinedAt>;
}

const DONE = new Set(["FundExists", "SignatureUsed", "DocumentUsed", "AlreadyRecorded"]);
const WRONG_STATE = new Set([
  "WrongState",
  "FrozenMismatch",
  "RunIsLive",
  "RunOutOfOrder",
  "WindowOpen",
  "WindowClosed",
]);

export function openOfficials(parts: {
  store: PayoutStore;
  runs: Runs;
  funds: Funds;
  keys: Keys;
  clock: Clock;
  recover: Recover;
  relayKey: Uint8Array;
}): Officials {
  const { store, runs, funds, keys, clock } = parts;
  const { contract } = funds;

  async function common(region: number) {
    const [format, version] = ["silverledger-request", 1] as const;
    const chainId = await contract.chain.chainId();
    return { format, version, chainId, contract: contract.address, region, signatures: [] as Signature[] };
  }
  /** Signatures are judged by the chain's clock, which may be ahead of ours. */
  const deadline = async () => Math.max(clock.now(), await contract.chain.headTime()) + VALID_SECONDS;

  async function fundRequest(
    region: number,
    fund: string,
    action: FundRequest["message"]["action"],
    amountFen: bigint,
    document: Hex,
    opening: Opening | null,
  ): Promise<FundRequest> {
    const message = { action, fund, amountFen, document, deadline: await deadline() };
    return { ...(await common(region)), kind: "fund", message, opening };
  }

  const linesOf = (region: number, hash: Hex): RunLine[] =>
    store.lines(region, hash).map(({ index, payee, account, amountFen }) => ({
      index,
      payee: nameHash(payee),
      account,
      amountFen,
    }));

  async function bankRequest(
    region: number,
    message: Omit<BankRequest["message"], "deadline">,
    line: RunLine,
    proof: BankRequest["proof"],
  ): Promise<BankRequest> {
    return {
      ...(await common(region)),
      kind: "bank",
      message: { ...message, deadline: await deadline() },
      line,
      proof,
    };
  }

  /** One key of each role that is needed, of different persons; the chain judges them again. */
  function signersOf(request: SigningRequest): Signature[] {
    const found = validSignatures(request, parts.recover);
    if (found.length < request.signatures.length) throw new Refusal("signature_invalid");
    const chosen: Signature[] = [];
    const persons = new Set<string>();
    const now = clock.now();
    for (const role of SIGNERS[request.message.action]) {
      const own = found.filter((signature) => !chosen.includes(signature));
      const able = own.filter(({ signer }) => problemOf(signer, role, request.region, now) === null);
      const other = able.find(({ signer }) => !persons.has(keys.grantOf(signer)!.person));
      if (!other && able.length > 0) throw new Refusal("second_person_needed");
      if (!other) {
        const first = own[0] && problemOf(own[0].signer, role, request.region, now);
        throw new Refusal(first ?? "signature_missing", [], `a ${role} must sign`);
      }
      chosen.push(other);
      persons.add(keys.grantOf(other.signer)!.person);
    }
    return chosen;
  }
  const problemOf = (signer: Hex, role: RoleName, region: number, now: number) =>
    keyProblem(keys.grantOf(signer), role, regionScope(region), now);

  function callOf(
    request: SigningRequest,
    signed: { deadline: number; signature: Hex }[],
  ): [string, unknown[], number] {
    const fund = nameHash(request.message.fund);
    if (request.kind === "fund") {
      const { action, amountFen, document } = request.message;
      if (action === "open")
        return [
          "openFund",
          [request.region, request.message.fund, request.opening, ...signed],
          request.opening!.dayList.length,
        ];
      return [action, [fund, amountFen, document, ...signed], 0];
    }
    if (request.kind === "run") {
      const { action, run, document } = request.message;
      const { terms } = request;
      const items = terms.dayList.length + terms.returnList.length;
      if (action === "propose") return ["propose", [terms, ...signed], items];
      if (action === "approve") return ["approve", [fund, run, ...signed], 0];
      return [action === "void" ? "voidRun" : action, [fund, run, document, ...signed], items];
    }
    const { action, run, document, amountFen } = request.message;
    const { line, proof } = request;
    if (action === "return") return ["recordReturn", [fund, run, line, proof, document, ...signed], 0];
    const debt = { index: line.index, payee: line.payee, amountFen: line.amountFen };
    return ["recordRepayment", [fund, debt, amountFen, proof, document, ...signed], 0];
  }

  async function send(method: string, args: unknown[], items: number): Promise<MinedAt> {
    try {
      const mined = await contract.send(parts.relayKey, method, args, items);
      await funds.sync();
      return mined;
    } catch (error) {
      if (!(error instanceof ContractRefusal)) throw error;
      const { reason } = error;
      const code = DONE.has(reason) ? "already_done" : WRONG_STATE.has(reason) ? "wrong_state" : "contract_refused";
      throw new Refusal(reason === "PersonActedBefore" ? "second_person_needed" : code, [], `contract: ${reason}`);
    }
  }

  return {
    openRequest: (region, fund, opening = NEW_FUND) =>
      fundRequest(region, fund, "open", opening.appropriated, openingHash(region, opening), opening),
    budgetRequest: (region, fund, action, amountFen, document) =>
      fundRequest(region, fund, action, amountFen, document, null),
    async runRequest(region, fund, run, action, document = ZERO_HASH) {
      const { terms } = runs.find(region, fund, run);
      const message = runAction(action, fund, terms, await deadline(), document);
      return { ...(await common(region)), kind: "run", message, terms };
    },
    async returnRequest(region, fund, run, index, document) {
      const lines = linesOf(region, runs.find(region, fund, run).hash);
      const line = lines[index];
      if (!line) throw new Refusal("not_found");
      const { payee, amountFen } = line;
      const proof = proveSum(lines.map(runLeaf), index).map(sumHex);
      return await bankRequest(region, { action: "return", fund, run, index, payee, amountFen, document }, line, proof);
    },
    async repayRequest(region, fund, payee, amountFen, document) {
      const { debtsRun } = await contract.fundOf(fund);
      const lines = runs.debtTree(region, fund).map((debt) => ({ ...debt, payee: nameHash(debt.payee) }));
      const line = lines.find((debt) => debt.payee === nameHash(payee));
      if (!line) throw new Refusal("not_found");
      const { index, payee: name } = line;
      const proof = proveSum(lines.map(debtLeaf), index).map(sumHex);
      const message = { action: "repay", fund, run: debtsRun, index, payee: name, amountFen, document } as const;
      return await bankRequest(region, message, { ...line, account: ZERO_HASH }, proof);
    },
    async relay(request) {
      if (request.contract !== contract.address || request.chainId !== (await contract.chain.chainId()))
        throw new Refusal("invalid_input", [{ pointer: "/contract", code: "invalid_value" }]);
      const problem = requestProblem(request);
      if (problem)
        throw new Refusal("invalid_input", [{ pointer: `/${problem.split(":")[0]!}`, code: "invalid_value" }], problem);
      // A run whose lines are not in the books could never be ordered at the bank, nor explained.
      if (request.kind === "run" && !store.run(request.region, request.message.terms)) throw new Refusal("not_found");
      await keys.refresh();
      const { deadline: until } = request.message;
      const signed = signersOf(request).map(({ signature }) => ({ deadline: until, signature }));
      return await send(...callOf(request, signed));
    },
    async release(region, fund, run) {
      const status = runs.status(region, fund, run);
      if (status?.state !== "approved" || status.frozen) throw new Refusal("wrong_state");
      return await send("release", [nameHash(fund), run], 0);
    },
    async expire(region, fund, run) {
      const { terms } = runs.find(region, fund, run);
      return await send("expire", [nameHash(fund), run], terms.dayList.length + terms.returnList.length);
    },
  };
}
