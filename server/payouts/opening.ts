import { booksOf } from "../../core/books.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { debtLeaf, nameHash } from "../../core/payout.ts";
import type { Opening, OpeningDay } from "../../core/request.ts";
import { sumHex, sumRoot } from "../../core/sumTree.ts";
import type { Funds } from "../funds/service.ts";
import type { Settlements } from "../settlements/service.ts";
import type { Runs } from "./runs.ts";
import type { PayoutStore } from "./store.ts";

/**
 * What a fund begins with on a new contract after its predecessor's chain was lost: balances, what runs have consumed
 * of each day, what came back and waits, what payees owe. Two officials sign it; the document is the hash of the last report of the predecessor.
 * Null for a fund that was never opened anywhere.
 */
export function openingOf(
  parts: { funds: Funds; settlements: Settlements; runs: Runs; payouts: PayoutStore },
  region: number,
  fund: string,
): Opening | null {
  const { funds, settlements, runs } = parts;
  if (!funds.codes(region).includes(fund)) return null;
  const events = funds.events(region, fund);
  const { appropriatedFen, withdrawnFen, releasedFen, returnedFen, repaidFen } = booksOf(events);
  const owed = runs.debts(region, fund);
  const debts = owed.map(({ payee, amountFen }, index) => debtLeaf({ index, payee, amountFen }));
  const paid = runs.paidRevisions(region, fund);
  const totals = (day: number, revision: number) =>
    settlements.store.parts(region, day, revision).find((part) => part.fund === fund)?.root;
  const latest = new Map(
    settlements.store
      .all(region)
      .filter(({ day, revision }) => settlements.store.anchor(region, day, revision) !== null)
      .map(({ day, revision }) => [day, revision]),
  );
  const dayList = [...latest].flatMap(([day, revision]): OpeningDay[] => {
    const root = totals(day, revision);
    const before = paid.get(day);
    const consumed = before === undefined ? 0n : totals(day, before)!.sum;
    return root ? [{ day, revision, total: root.sum, consumed, root: root.hash }] : [];
  });
  const released = [...funds.runs(region, fund).values()].filter(({ state }) => state === "released");
  return {
    appropriated: appropriatedFen,
    withdrawn: withdrawnFen,
    released: releasedFen,
    returned: returnedFen,
    repaid: repaidFen,
    debts: sumHex(sumRoot(debts)),
    debtors: debts.length,
    runs: Math.max(0, ...funds.runs(region, fund).keys()),
    dayList,
    runList: released.map(({ number, terms }) => {
      const { lines, payees } = parts.payouts.run(region, terms)!.terms;
      return { run: number, lines, payees };
    }),
    returnList: runs.pendingReturns(region, fund).map(({ run, index, amountFen }) => ({ run, index, amountFen })),
    document: toHex(keccak(utf8(`${nameHash(fund)} ${events.at(-1)!.tx} ${events.length}`))),
  };
}
