import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import fc from "fast-check";
import type { Hex } from "../../core/bytes.ts";
import { debtLeaf, nameHash, runLeaf, termsHash } from "../../core/payout.ts";
import { AccountMissing, changesOf, type PayeeChange, planRun, type RunInput } from "../../core/runPlan.ts";
import type { SettlementLine } from "../../core/settlement.ts";
import { sumHex, sumRoot } from "../../core/sumTree.ts";

const NONE: Hex = `0x${"00".repeat(32)}`;
const [A, B, C] = ["a", "b", "c"].map(nameHash).sort() as [Hex, Hex, Hex];
const account = nameHash("account");
const plan = (over: Partial<RunInput>) =>
  planRun({ days: [], returns: [], debts: [], accountOf: () => account, ...over });
const change = (payee: Hex, deltaFen: bigint): PayeeChange => ({ payee, deltaFen });
const line = (index: number, payee: Hex, shareFen: bigint): SettlementLine => ({
  index,
  status: "paid",
  priceFen: shareFen,
  shareFen,
  verdicts: NONE,
  payee,
});

describe("run plan", () => {
  it("adds up each payee's days, nets what was owed, and carries on what is missing", () => {
    const made = plan({
      days: [
        [change(B, 500n), change(A, 300n)],
        [change(B, -100n), change(C, -50n)],
      ],
      returns: [{ run: 1, index: 4, payee: A, amountFen: 70n }],
      debts: [{ payee: B, amountFen: 150n }],
    });
    expect(made.lines).to.deep.equal([
      { index: 0, payee: A, account, amountFen: 370n },
      { index: 1, payee: B, account, amountFen: 250n },
    ]);
    expect(made.debts).to.deep.equal([{ index: 0, payee: C, amountFen: 50n }]);
    expect(made.linesRoot).to.deep.equal(sumHex(sumRoot(made.lines.map(runLeaf))));
    expect(made.debtsRoot).to.deep.equal(sumHex(sumRoot(made.debts.map(debtLeaf))));
  });
  it("lists nobody who is due nothing", () => {
    const made = plan({ days: [[change(A, 5n), change(A, -5n)]], debts: [{ payee: B, amountFen: 0n }] });
    expect([made.lines, made.debts]).to.deep.equal([[], []]);
  });
  it("refuses to pay around somebody who has no account, and names everybody", () => {
    const accountOf = (payee: Hex) => (payee === A ? account : null);
    const days = [[change(A, 1n), change(B, 1n), change(C, -1n)]];
    expect(() => plan({ days, accountOf }))
      .to.throw(AccountMissing)
      .with.deep.property("payees", [B]);
  });
  it("conserves money whatever happens: what the contract compares always holds", () => {
    const payee = fc.constantFrom(A, B, C);
    const signed = fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n });
    const positive = fc.bigInt({ min: 0n, max: 10n ** 6n });
    const input = fc.record({
      days: fc.array(fc.array(fc.record({ payee, deltaFen: signed }), { maxLength: 9 }), { maxLength: 5 }),
      returns: fc.array(fc.record({ run: fc.nat(), index: fc.nat(), payee, amountFen: positive }), { maxLength: 5 }),
      debts: fc.uniqueArray(fc.record({ payee, amountFen: positive }), { selector: (debt) => debt.payee }),
    });
    fc.assert(
      fc.property(input, (given) => {
        const { totals, lines, debts } = plan(given);
        const { daysFen, returnsFen, owedBeforeFen, owedAfterFen, paidFen } = totals;
        expect(paidFen).to.equal(daysFen + returnsFen + owedAfterFen - owedBeforeFen);
        for (const { amountFen } of [...lines, ...debts]) expect(amountFen > 0n).to.equal(true);
        const names = lines.map(({ payee }) => payee);
        expect(names).to.deep.equal([...new Set(names)].sort());
      }),
    );
  });
  it("takes only what a revision changed, also from a payee who was the wrong one", () => {
    const first = [line(0, A, 100n), line(1, A, 200n), line(2, B, 300n)];
    const second = [line(0, A, 100n), line(1, A, 150n), line(2, C, 310n)];
    expect([...changesOf(null, first)]).to.deep.equal([change(A, 100n), change(A, 200n), change(B, 300n)]);
    expect([...changesOf(first, second)]).to.deep.equal([change(A, -50n), change(B, -300n), change(C, 310n)]);
    expect(() => [...changesOf(first, second.slice(1))]).to.throw(RangeError);
  });
  it("hashes terms as abi.encode does", () => {
    const node = fc.record({ hash: fc.constantFrom(A, B), sum: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }) });
    const small = fc.nat({ max: 0xffff_ffff });
    const terms = fc.record({
      fund: fc.constantFrom(A, B),
      number: small,
      dayList: fc.array(small),
      returnList: fc.array(fc.record({ run: small, index: small })),
      lines: node,
      payees: small,
      debts: node,
      debtors: small,
      window: small,
      patience: small,
    });
    const type =
      "tuple(bytes32 fund,uint64 number,uint32[] dayList,tuple(uint64 run,uint32 index)[] returnList,tuple(bytes32 hash,uint128 sum) lines,uint32 payees,tuple(bytes32 hash,uint128 sum) debts,uint32 debtors,uint32 window,uint32 patience)";
    fc.assert(
      fc.property(terms, (given) => {
        expect(termsHash(given)).to.equal(keccak256(AbiCoder.defaultAbiCoder().encode([type], [given])));
      }),
    );
  });
});
