import { rmSync } from "node:fs";
import { expect } from "chai";
import { conserved } from "../../core/books.ts";
import { verifyProof } from "../../core/verify.ts";
import { replay } from "../../scripts/verbs/anchor.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { openLedger } from "../../server/ledger.ts";
import {
  ALLOWANCE,
  CARE,
  FUNDS,
  freshDocument,
  type OfficialKeys,
  openFunds,
  payOut,
  playMoney,
  registerMoney,
  registerOfficials,
  settleDay,
  signed,
} from "../server/money.ts";
import { makeWorld, REGION, visit, visitBatch, type World } from "../server/world.ts";

/** The chain is lost with all of SubsidyLedger on it; the books open their successors, and nobody loses a fen. */
describe("flow: money on a chain that was lost", () => {
  let w: World;
  let keys: OfficialKeys;
  let played: Awaited<ReturnType<typeof playMoney>>;
  let paidBefore: Record<string, object>;
  const balances = () => Object.fromEntries(FUNDS.map((fund) => [fund, w.ledger.funds.balances(REGION, fund)]));

  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
    played = await playMoney(w, keys);
    paidBefore = balances();
    const folder = w.home.path("chain");
    await w.ledger.close();
    rmSync(folder, { recursive: true });
    w.ledger = await openLedger({ home: w.home, clock: w.clock });
    expect(await w.ledger.anchors.reconcile()).to.include({ what: "missing" });
    expect(await replay(w.ledger, w.home)).to.include.keys("days");
    await w.restart();
    await w.ledger.funds.sync();
  });
  after(() => w.destroy());

  it("tells the books without the chain, and pays nothing before officials opened the funds again", async () => {
    expect(balances()).to.deep.equal(paidBefore);
    expect(w.ledger.funds.isOpen(REGION, CARE)).to.equal(false);
    await w.ledger.payouts.runs.prepare(REGION, CARE).then(
      () => expect.fail("prepared"),
      (error: { code: string }) => expect(error.code).to.equal("fund_not_open"),
    );
  });
  it("opens every fund with what its predecessor had, signed by two officials", async () => {
    const { payouts } = w.ledger;
    for (const fund of FUNDS) {
      const opening = payouts.opening(REGION, fund)!;
      const request = await payouts.officials.openRequest(REGION, fund, opening);
      const altered = { ...request, opening: { ...opening, released: opening.released + 1n } };
      await payouts.officials.relay(altered).then(
        () => expect.fail("relayed"),
        (error: { code: string }) => expect(error.code).to.equal("invalid_input"),
      );
      await payouts.officials.relay(signed(request, keys.treasury, keys.supervisorA));
      expect(await w.ledger.funds.contract.fundOf(fund)).to.include({ open: true, appropriated: opening.appropriated });
    }
    expect(balances()).to.deep.equal(paidBefore);
    expect(payouts.opening(REGION, "unheard-of")).to.equal(null);
    expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
  });
  it("verifies what was paid before as attested, and no more", async () => {
    const { ledger, subsidy } = w.ledger.file.contracts;
    const anchorage = await chainAnchorage(w.ledger.funds.contract.chain.rpcUrl, ledger, subsidy);
    const proof = w.ledger.audits.proof(REGION, played.visits[0]!);
    const verdict = await verifyProof(proof, anchorage);
    expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
    expect(verdict.findings.some(({ property, status }) => property === "P4" && status === "attested")).to.equal(true);
    proof.payment!.parts[0]!.root.sum += "0";
    expect((await verifyProof(proof, anchorage)).ok).to.equal(false);
    anchorage.close();
  });
  it("goes on: a return is issued again, a debt is repaid, a new day is settled and paid", async () => {
    const { payouts } = w.ledger;
    const repaid = await payouts.officials.repayRequest(REGION, ALLOWANCE, played.dead, 18_000n, freshDocument());
    await payouts.officials.relay(signed(repaid, keys.treasury));
    expect(w.ledger.funds.balances(REGION, ALLOWANCE)).to.include({ owedFen: 0n, repaidFen: 18_000n });
    const { payee } = payouts.store.lines(REGION, payouts.runs.find(REGION, CARE, 1).hash)[0]!;
    const id = payouts.accounts.request(REGION, payee, "62220000000078", "zhang", "原账户已销");
    await payouts.accounts.approve(REGION, id, "li");
    await w.ledger.records.submit(visitBatch(w, [visit(w)]));
    for (let i = 0; i < 4; i++) await settleDay(w);
    const number = await payOut(w, keys, CARE);
    expect(number).to.be.greaterThan(1);
    expect(payouts.runs.find(REGION, CARE, number).terms.returnList).to.deep.equal([{ run: 1, index: 0 }]);
    for (const fund of FUNDS) expect(conserved(w.ledger.funds.balances(REGION, fund)), fund).to.equal(true);
    expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
  });
});
