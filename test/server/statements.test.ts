import { expect } from "chai";
import { acceptance, statement as bankStatement } from "../../scripts/dataset/demoBank.ts";
import { CARE, FUND_ACCOUNTS, openFunds, payOut, registerMoney, registerOfficials, settleDay } from "./money.ts";
import { freshId, makeWorld, PROVIDER, REGION, visit, visitBatch, type World } from "./world.ts";

/** A provider's month: each visit with the run that paid what it is worth now, also where its day was settled again. */
describe("a provider's statement", () => {
  let w: World;
  before(async function () {
    this.timeout(120_000);
    w = await makeWorld();
    await registerMoney(w);
  });
  after(() => w?.destroy());

  it("names the run that paid a visit, not a later run of the same day", async function () {
    this.timeout(120_000);
    const officials = await registerOfficials(w);
    await openFunds(w, officials);
    const kept = visit(w);
    const wrong = visit(w, { startedAt: w.clock.now() - 9000, endedAt: w.clock.now() - 5400 });
    wrong.details.values.circumstances!.units = 2;
    wrong.details.values.circumstances!.bookedMinutes = 60;
    await w.ledger.records.submit(visitBatch(w, [kept, wrong]));
    await settleDay(w);
    const of = () => w.ledger.statements.of(REGION, PROVIDER, "2026-08");
    expect(of().lines.map(({ status, runs }) => [status, runs.length])).to.deep.equal([
      ["paid", 0],
      ["paid", 0],
    ]);
    const run = await payOut(w, officials, CARE);
    const { hash, terms } = w.ledger.payouts.runs.find(REGION, CARE, run);
    const { bank } = w.ledger.payouts;
    bank.order(REGION, CARE, run, { by: "test" });
    bank.take(REGION, CARE, acceptance(hash.slice(2, 34), "2026-09-01T10:00:00"), "test");
    const booked = [{ messageId: hash.slice(2, 34), amountFen: terms.lines.sum }];
    bank.take(REGION, CARE, bankStatement(FUND_ACCOUNTS[CARE]!, "s-1", "2026-09-02", booked, []), "test");
    const runsOf = (id: string) => of().lines.find((line) => line.visit === id)!.runs;
    for (const { id } of [kept, wrong])
      expect(runsOf(id)).to.deep.equal([{ fund: CARE, run: 1, state: "released", bank: "paid" }]);
    const before = of().totals;

    // One of the two is corrected: the whole day is settled and taken in again, and the other one was paid all the same.
    const corrected = { ...structuredClone(wrong), id: freshId(w.clock.now()), replaces: wrong.id };
    corrected.details.seed = `0x${"7".repeat(32)}`;
    corrected.details.values.circumstances = { ...corrected.details.values.circumstances!, units: 1, reason: "记错" };
    corrected.endedAt = corrected.startedAt + 1800;
    await w.ledger.records.submit(visitBatch(w, [corrected]));
    await settleDay(w);
    await settleDay(w);
    await payOut(w, officials, CARE).catch(() => undefined);
    expect(runsOf(kept.id)).to.deep.equal([{ fund: CARE, run: 1, state: "released", bank: "paid" }]);
    expect(of().lines.find((line) => line.visit === wrong.id)).to.include({ corrected: true, amountFen: 0n });
    // The plan's second unit is the corrected visit's now, where it was the wrong one's before.
    expect(of().totals.settledFen).to.equal(before.settledFen);
    expect(runsOf(corrected.id).some(({ run: number }) => number === 1)).to.equal(false);
  });
});
