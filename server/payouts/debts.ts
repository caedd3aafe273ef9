import type { MoneyEvent } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import type { DebtRow } from "./store.ts";

/** What payees owe a fund, out of its events and the debt lines of its runs. */
export interface DebtState {
  /** The lines of the tree that the contract holds. */
  tree: DebtRow[];
  /** What is left of them after repayments, numbered anew. */
  left: DebtRow[];
}

export function debtsAfter(events: readonly MoneyEvent[], debtsOf: (run: number) => DebtRow[]): DebtState {
  let tree: DebtRow[] = [];
  let repaid = new Map<Hex, bigint>();
  const left = (): DebtRow[] =>
    tree
      .map((debt) => ({ ...debt, amountFen: debt.amountFen - (repaid.get(nameHash(debt.payee)) ?? 0n) }))
      .filter(({ amountFen }) => amountFen > 0n)
      .map((debt, index) => ({ ...debt, index }));
  for (const { name, args } of events) {
    if (name === "DebtRepaid") {
      const payee = args["payee"] as Hex;
      repaid.set(payee, (repaid.get(payee) ?? 0n) + BigInt(args["amountFen"]!));
    }
    if (name !== "RunReleased" && name !== "FundOpened") continue;
    // A successor opens with what was still owed then.
    tree = name === "RunReleased" ? debtsOf(Number(args["run"])) : left();
    repaid = new Map();
  }
  return { tree, left: left() };
}
