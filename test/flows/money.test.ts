import { expect } from "chai";
import { conserved } from "../../core/books.ts";
import {
  CARE,
  INSURANCE,
  type OfficialKeys,
  openFunds,
  payOut,
  registerMoney,
  registerOfficials,
  settleDay,
} from "../server/money.ts";
import { makeWorld, REGION, visit, visitBatch, type World } from "../server/world.ts";

describe("flow: from a visit to the bank", () => {
  let w: World;
  let keys: OfficialKeys;
  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
  });
  after(() => w.destroy());

  it("settles a sealed day in all funds at once", async () => {
    const one = visit(w);
    await w.ledger.records.submit(visitBatch(w, [one]));
    await settleDay(w);
    const [settlement] = w.ledger.settlements.store.all(REGION);
    const parts = w.ledger.settlements.store.parts(REGION, settlement!.day, 1);
    expect(parts.map(({ fund, root }) => [fund, root.sum])).to.deep.equal([
      [CARE, 1950n],
      [INSURANCE, 3901n],
    ]);
    expect(w.ledger.settlements.store.anchor(REGION, settlement!.day, 1)).to.not.equal(null);
  });
  it("pays it", async () => {
    const number = await payOut(w, keys, CARE);
    const { bank } = w.ledger.payouts;
    const [file] = bank.order(REGION, CARE, number, { by: "zhang" });
    expect(Buffer.from(file!.bytes).toString()).to.contain("<CtrlSum>19.50</CtrlSum>");
    const balances = w.ledger.funds.balances(REGION, CARE);
    expect(balances).to.include({ releasedFen: 1950n, availableFen: 10_000_000n - 1950n });
    expect(conserved(balances)).to.equal(true);
  });
});
