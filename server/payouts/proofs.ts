import { endToEndId } from "../../core/bankFile.ts";
import { type Hex, ZERO_HASH } from "../../core/bytes.ts";
import { nameHash, runLeaf } from "../../core/payout.ts";
import { type SettlementLine, settlementLeaf } from "../../core/settlement.ts";
import { proveSum, proveSumInChunk, SUM_CHUNK, type SumNode, sumHex } from "../../core/sumTree.ts";
import type { PaymentProof, RunProof, SumText } from "../../core/verifyPayment.ts";
import type { Funds } from "../funds/service.ts";
import type { SealStore } from "../seals/store.ts";
import { unsharedLine } from "../settlements/pricing.ts";
import type { SettlementStore } from "../settlements/store.ts";
import type { Runs } from "./runs.ts";
import type { PayoutStore } from "./store.ts";

const text = ({ hash, sum }: { hash: Hex; sum: bigint }): SumText => ({ hash, sum: sum.toString() });
const nodeText = (node: SumNode): SumText => text(sumHex(node));

/** How an entry was settled and paid, for its proof; undefined while its day is not settled on chain. */
export function paymentOf(
  parts: { settlements: SettlementStore; payouts: PayoutStore; runs: Runs; funds: Funds; seals: SealStore },
  at: { region: number; day: number; index: number; payee: string },
): PaymentProof | undefined {
  const { settlements, funds, seals } = parts;
  const { region, day, index } = at;
  const row = settlements
    .ofDay(region, day)
    .findLast(({ revision }) => settlements.anchor(region, day, revision) !== null);
  if (!row) return undefined;
  const partRows = settlements.parts(region, day, row.revision);
  // One chunk of lines, and the roots of the others: a proof costs the same on the largest day.
  const first = index - (index % SUM_CHUNK);
  const end = Math.min(first + SUM_CHUNK, row.size);
  const lines = new Map(
    settlements.linesBetween(region, day, row.revision, first, end).map((line) => [line.index, line]),
  );
  const lineAt = (i: number, position: number): SettlementLine => {
    const line = lines.get(i);
    return line ? { ...line, shareFen: line.shares[position]! } : { ...unsharedLine(i), status: "none" };
  };
  const head = seals.of(region, row.asOfDay)!.head;
  return {
    contract: funds.contract.address,
    settlement: {
      revision: row.revision,
      asOf: [{ region, day: row.asOfDay, head }],
      ruleset: row.ruleset,
      size: row.size,
    },
    parts: partRows.map(({ fund, root }, position) => {
      const leaves = Array.from({ length: end - first }, (_, i) => settlementLeaf(lineAt(first + i, position)));
      const chunks = settlements.tile(region, day, row.revision, fund);
      const { status, priceFen, shareFen, verdicts, payee } = lineAt(index, position);
      return {
        fund,
        root: text(root),
        line: { index, status, priceFen: priceFen.toString(), shareFen: shareFen.toString(), verdicts, payee },
        proof: proveSumInChunk(chunks, leaves, index).map(nodeText),
        run: runOf(parts, at, fund),
      };
    }),
  };
}

/** The last run that paid the day, with the payee's line in it. */
function runOf(
  { payouts, funds }: { payouts: PayoutStore; funds: Funds },
  at: { region: number; day: number; payee: string },
  fund: string,
): RunProof | null {
  const { region, day, payee } = at;
  for (const { terms, state } of [...funds.runs(region, fund).values()].reverse()) {
    const paid = state === "void" ? undefined : payouts.days(region, terms).find((row) => row.day === day);
    const run = paid && payouts.run(region, terms);
    if (!paid || !run) continue;
    const lines = payouts.lines(region, terms);
    const own = lines.find((line) => line.payee === payee);
    const leaves = lines.map((line) => runLeaf({ ...line, payee: nameHash(line.payee) }));
    const event = own && payouts.lastEvent(region, terms, own.index);
    return {
      revision: paid.revision,
      terms: { ...run.terms, lines: text(run.terms.lines), debts: text(run.terms.debts) },
      line: own
        ? { index: own.index, payee: nameHash(payee), account: own.account, amountFen: own.amountFen.toString() }
        : null,
      proof: own ? proveSum(leaves, own.index).map(nodeText) : [],
      bank: event
        ? {
            endToEndId: endToEndId(terms, own.index),
            state: event.what,
            reason: event.reason,
            file: event.file ?? ZERO_HASH,
          }
        : null,
    };
  }
  return null;
}
