import type { Hex } from "./bytes.ts";
import { type DebtLine, debtLeaf, type RunLine, runLeaf } from "./payout.ts";
import type { SettlementLine } from "./settlement.ts";
import { type SumNodeHex, sumHex, sumRoot } from "./sumTree.ts";

/**
 * What a run pays: for each payee the sum of what the listed days changed since the last run, and of what came back,
 * less what the payee owed. What is left is paid; what is missing is owed from then on. Pure, so that an auditor gets
 * the same lines and roots from the same settlements.
 */
export interface PayeeChange {
  payee: Hex;
  /** Signed: a later revision may take back. */
  deltaFen: bigint;
}

/** A payment that came back and is issued again, to the account that the payee has now. */
export interface ReturnedPayment {
  run: number;
  index: number;
  payee: Hex;
  amountFen: bigint;
}

export interface RunInput {
  days: Iterable<Iterable<PayeeChange>>;
  returns: readonly ReturnedPayment[];
  /** What payees owe the fund before the run. */
  debts: readonly { payee: Hex; amountFen: bigint }[];
  /** Commitment to a payee's account; null when there is none that could be paid. */
  accountOf(payee: Hex): Hex | null;
}

export interface RunPlan {
  /** In ascending order of the payee's hash, numbered from zero; nobody who gets nothing. */
  lines: RunLine[];
  debts: DebtLine[];
  linesRoot: SumNodeHex;
  debtsRoot: SumNodeHex;
  /** What the contract compares: lines = days + returns + debts after − debts before. */
  totals: { daysFen: bigint; returnsFen: bigint; owedBeforeFen: bigint; owedAfterFen: bigint; paidFen: bigint };
}

/** Payees who are due money and have no account: their lines cannot be made, and the run is not made without them. */
export class AccountMissing extends Error {
  readonly payees: Hex[];
  constructor(payees: Hex[]) {
    super(`${payees.length} payees have no account`);
    this.payees = payees;
  }
}

/**
 * What a day's newest settlement changes for each payee against the one that runs have consumed (null: none yet). Lines
 * correspond by place; where the payee changed, the old one gives back and the new one gets. Throws RangeError unless
 * both have one line for every entry.
 */
export function* changesOf(
  consumed: readonly SettlementLine[] | null,
  latest: readonly SettlementLine[],
): Generator<PayeeChange> {
  if (consumed && consumed.length !== latest.length) throw new RangeError("a revision has the same number of lines");
  for (const [i, line] of latest.entries()) {
    const before = consumed?.[i];
    if (before && before.payee !== line.payee) {
      if (before.shareFen !== 0n) yield { payee: before.payee, deltaFen: -before.shareFen };
      if (line.shareFen !== 0n) yield { payee: line.payee, deltaFen: line.shareFen };
      continue;
    }
    const deltaFen = line.shareFen - (before?.shareFen ?? 0n);
    if (deltaFen !== 0n) yield { payee: line.payee, deltaFen };
  }
}

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

/** Throws AccountMissing. */
export function planRun({ days, returns, debts, accountOf }: RunInput): RunPlan {
  const due = new Map<Hex, bigint>();
  const add = (payee: Hex, amountFen: bigint) => due.set(payee, (due.get(payee) ?? 0n) + amountFen);
  let daysFen = 0n;
  for (const changes of days) {
    for (const { payee, deltaFen } of changes) {
      add(payee, deltaFen);
      daysFen += deltaFen;
    }
  }
  for (const { payee, amountFen } of returns) add(payee, amountFen);
  for (const { payee, amountFen } of debts) add(payee, -amountFen);

  const payees = [...due].sort(([a], [b]) => (a < b ? -1 : 1));
  const paid = payees.filter(([, amount]) => amount > 0n);
  const missing = paid.filter(([payee]) => accountOf(payee) === null).map(([payee]) => payee);
  if (missing.length > 0) throw new AccountMissing(missing);
  const lines = paid.map(([payee, amountFen], index) => ({ index, payee, account: accountOf(payee)!, amountFen }));
  const owed = payees
    .filter(([, amount]) => amount < 0n)
    .map(([payee, amount], index) => ({ index, payee, amountFen: -amount }));
  const linesRoot = sumHex(sumRoot(lines.map(runLeaf)));
  const debtsRoot = sumHex(sumRoot(owed.map(debtLeaf)));
  const returnsFen = sum(returns.map(({ amountFen }) => amountFen));
  const owedBeforeFen = sum(debts.map(({ amountFen }) => amountFen));
  const totals = { daysFen, returnsFen, owedBeforeFen, owedAfterFen: debtsRoot.sum, paidFen: linesRoot.sum };
  return { lines, debts: owed, linesRoot, debtsRoot, totals };
}
