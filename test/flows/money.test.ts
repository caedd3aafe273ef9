import { expect } from "chai";
import { booksOf, conserved } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash, termsHash } from "../../core/payout.ts";
import { acceptance, type SentBack, statement } from "../../scripts/dataset/demoBank.ts";
import {
  ALLOWANCE,
  CARE,
  elderValues,
  entry,
  FUND_ACCOUNTS,
  freshDocument,
  INSURANCE,
  type OfficialKeys,
  openFunds,
  passWindow,
  payOut,
  registerMoney,
  registerOfficials,
  settleDay,
  signed,
  tariffEntry,
  UNIT_FEN,
} from "../server/money.ts";
import {
  endDay,
  freshId,
  makeWorld,
  OFFSET,
  PROVIDER,
  REGION,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "../server/world.ts";

let w: World;
let keys: OfficialKeys;
const today = () => dayOf(w.clock.now(), OFFSET);
const settlements = () => w.ledger.settlements;
const payouts = () => w.ledger.payouts;
const refused = async (work: Promise<unknown> | (() => unknown)): Promise<Refusal> => {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("was not refused");
};
const totals = (day: number) => {
  const row = settlements().store.latest(REGION, day)!;
  const parts = settlements().store.parts(REGION, day, row.revision);
  return { revision: row.revision, ...Object.fromEntries(parts.map(({ fund, root }) => [fund, root.sum])) };
};
const register = async (...entries: ReturnType<typeof entry>[]) =>
  await w.ledger.registry.register(registryBatch(w, entries));
const consistent = async () => expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);

function bankStatement(fund: string, run: number, id: string, sentBack: SentBack[] = []): Uint8Array {
  const { hash, terms } = payouts().runs.find(REGION, fund, run);
  const booked = [{ messageId: hash.slice(2, 34), amountFen: terms.lines.sum }];
  return statement(FUND_ACCOUNTS[fund]!, id, dateOfDay(today()), booked, sentBack);
}

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: money", () => {
  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
  });
  after(() => w.destroy());

  describe("money: a sealed day is settled in all funds at once", () => {
    let day: number;
    let first: ReturnType<typeof visit>;
    it("pays what was booked, evidenced and authorised, and no unit beyond the plan", async () => {
      day = today();
      first = visit(w);
      const three = [first, visit(w, { startedAt: first.startedAt - 7200, endedAt: first.endedAt - 7200 }), visit(w)];
      await w.ledger.records.submit(visitBatch(w, three));
      await settleDay(w);
      // Two units a day are planned: the third visit's is zero.
      expect(totals(day)).to.deep.equal({ revision: 1, [CARE]: 3900n, [INSURANCE]: 7802n });
      const lines = settlements()
        .store.lines(REGION, day, 1)
        .filter(({ booked }) => booked > 0);
      expect(lines.map(({ status, authorised }) => [status, authorised])).to.deep.equal([
        ["paid", 2],
        ["paid", 1],
        ["zero", 0],
      ]);
      const { settlementOf } = { settlementOf: w.ledger.funds.contract.settlementOf.bind(w.ledger.funds.contract) };
      expect((await settlementOf(REGION, day)).revision).to.equal(1);
    });
    it("settles nothing that is not sealed, and nothing before what it may know", () => {
      expect(() => settlements().compute(REGION, today()))
        .to.throw(Refusal)
        .with.property("code", "not_sealed");
      expect(() => settlements().compute(REGION, day, { asOfDay: day - 1 })).to.throw(Refusal);
    });
    it("does not pay a visit and its correction both: the run waits until the day is settled again", async () => {
      const correction = visit(w, { replaces: first.id, startedAt: first.startedAt, endedAt: first.endedAt });
      correction.details.values.circumstances!.reason = "更正";
      await w.ledger.records.submit(visitBatch(w, [correction]));
      const next = today();
      await endDay(w);
      await settlements().settle(settlements().compute(REGION, next));
      expect((await refused(payouts().runs.prepare(REGION, CARE))).code).to.equal("revision_due");
      await settlements().settleDue(REGION);
      // The unit of the replaced visit is free again: the third visit of that day gets it.
      const lines = settlements()
        .store.lines(REGION, day, 2)
        .filter(({ booked }) => booked > 0);
      expect(lines.map(({ status }) => status)).to.deep.equal(["replaced", "paid", "paid"]);
      expect(totals(next)).to.include({ revision: 1, [CARE]: 0n });
    });
    it("shows what a recomputation would change, line by line, and writes nothing", async () => {
      await register(tariffEntry("bathing", UNIT_FEN - 1000, day - 30, 2));
      await settleDay(w);
      const before = w.ledger.db.sql.prepare("SELECT count(*) FROM settlement").pluck().get();
      const { changes, settlement } = settlements().compute(REGION, day, {
        asOfDay: settlements().lastAnchored(REGION),
      });
      expect(settlement.revision).to.equal(3);
      expect(changes.map(({ before: b, after }) => [b!.shares[CARE], after.shares[CARE]])).to.deep.equal([
        [1950n, 1650n],
        [1950n, 1650n],
      ]);
      expect(w.ledger.db.sql.prepare("SELECT count(*) FROM settlement").pluck().get()).to.equal(before);
    });
    it("goes on after a crash between writing a settlement and sending it", async () => {
      const computed = settlements().compute(REGION, day, { asOfDay: settlements().lastAnchored(REGION) });
      settlements().store.save(computed.settlement, computed.parts, computed.lines);
      await w.restart();
      expect(settlements().store.anchor(REGION, day, 3)).to.equal(null);
      await settlements().settleDue(REGION);
      expect(settlements().store.anchor(REGION, day, 3)).to.not.equal(null);
      expect(totals(day)).to.include({ revision: 3, [CARE]: 3300n });
    });
    it("refuses a fund that is not open, and writes nothing then", async () => {
      const price = { unitPriceFen: 100, shares: [{ fund: "other-fund", percent: 50 }] };
      await register(
        entry("Fund", "other-fund", { names: { zh: "他", en: "other" } }, day - 30),
        entry(
          "Item",
          "meals",
          {
            names: { zh: "助餐", en: "Meal", category: "meal" },
            measure: { unitMinutes: 30, minimumMinutes: 0, dailyCap: 0 },
            conditions: { minimumLevel: "", certificate: "", location: "home", concurrentWith: [], traits: [] },
          },
          day - 30,
        ),
        entry("Tariff", "meals", { price }, day - 30),
      );
      await w.ledger.records.submit(visitBatch(w, [visit(w, { item: "meals" })]));
      const meals = today();
      await endDay(w);
      const refusal = await refused(settlements().settleDue(REGION));
      expect(refusal.code).to.equal("fund_not_open");
      expect(refusal.message).to.contain("other-fund");
      expect(settlements().store.latest(REGION, meals)).to.equal(null);
      const open = await payouts().officials.openRequest(REGION, "other-fund");
      await payouts().officials.relay(signed(open, keys.treasury, keys.supervisorA));
      await settlements().settleDue(REGION);
      expect(totals(meals).revision).to.equal(1);
      await consistent();
    });
  });

  describe("money: two officials, and never one person twice", () => {
    let number: number;
    it("prepares what the fund owes, and says who has no account", async () => {
      const run = await payouts().runs.prepare(REGION, CARE);
      number = run.number;
      expect(run.terms).to.include({ payees: 1, debtors: 0 });
      expect(
        payouts()
          .store.lines(REGION, run.hash)
          .map(({ payee, amountFen }) => [payee, amountFen]),
      ).to.deep.equal([[PROVIDER, 3300n]]);
      expect((await payouts().runs.prepare(REGION, CARE)).hash).to.equal(run.hash);
    });
    it("refuses other figures than the terms', strangers, missing and second keys", async () => {
      const { officials } = payouts();
      const request = await officials.runRequest(REGION, CARE, number, "propose");
      const terms = { ...request.terms, window: request.terms.window + 1 };
      const unheard = { ...request, terms, message: { ...request.message, terms: termsHash(terms) } };
      expect((await refused(officials.relay(signed(unheard, keys.proposer)))).code).to.equal("not_found");
      const more = { ...request, message: { ...request.message, totalFen: request.message.totalFen + 1n } };
      expect((await refused(officials.relay(more))).code).to.equal("invalid_input");
      expect((await refused(officials.relay(request))).code).to.equal("signature_missing");
      expect((await refused(officials.relay(signed(request, keys.approver)))).code).to.equal("key_unknown");
      const good = signed(request, keys.proposer);
      const forged = {
        ...good,
        signatures: [{ ...good.signatures[0]!, signature: signed(request, keys.auditor).signatures[0]!.signature }],
      };
      expect((await refused(officials.relay(forged))).code).to.equal("signature_invalid");
      await officials.relay(good);
      expect((await refused(officials.relay(good))).code).to.equal("wrong_state");
      expect((await refused(payouts().runs.prepare(REGION, CARE))).code).to.equal("wrong_state");
      const approval = await officials.runRequest(REGION, CARE, number, "approve");
      expect((await refused(officials.relay(signed(approval, keys.proposerAsApprover)))).code).to.equal(
        "second_person_needed",
      );
      await officials.relay(signed(approval, keys.approver));
    });
    it("freezes on an objection, which two other persons dismiss", async () => {
      const { officials, runs } = payouts();
      const objection = await officials.runRequest(REGION, CARE, number, "object", freshDocument());
      await officials.relay(signed(objection, keys.auditor));
      expect(runs.status(REGION, CARE, number)).to.include({ state: "approved", frozen: true });
      expect((await refused(officials.release(REGION, CARE, number))).code).to.equal("wrong_state");
      const dismissal = await officials.runRequest(REGION, CARE, number, "dismiss", freshDocument());
      expect((await refused(officials.relay(signed(dismissal, keys.supervisorA)))).code).to.equal("signature_missing");
      const twice = signed(dismissal, keys.supervisorA, keys.supervisorATwice);
      expect((await refused(officials.relay(twice))).code).to.equal("second_person_needed");
      await officials.relay(signed(dismissal, keys.supervisorA, keys.supervisorB));
      expect(runs.status(REGION, CARE, number)).to.include({ frozen: false });
    });
    it("shows the list while objections are possible, and releases after the window alone", async () => {
      const { officials, runs } = payouts();
      const list = runs.publicityList(REGION, CARE, number);
      expect(list.lines).to.deep.equal([{ index: 0, name: "长宁为老服务站", amountFen: 3300n }]);
      expect((await refused(officials.release(REGION, CARE, number))).code).to.equal("wrong_state");
      await passWindow(w, CARE, number);
      expect(await payouts().releaseDue(REGION)).to.equal(1);
      expect(await payouts().releaseDue(REGION)).to.equal(0);
      expect((await refused(() => runs.publicityList(REGION, CARE, number))).code).to.equal("not_found");
      expect(w.ledger.funds.balances(REGION, CARE)).to.include({ releasedFen: 3300n, reservedFen: 0n });
    });
    it("reads where a run stands from the chain alone, whatever was forgotten in a crash", async () => {
      const before = w.ledger.funds.balances(REGION, CARE);
      // The books lose what they had read of the chain; the next look brings it back, once.
      const triggers = w.ledger.db.sql
        .prepare("SELECT sql FROM sqlite_master WHERE name = 'fund_event_no_delete'")
        .pluck();
      const trigger = triggers.get() as string;
      w.ledger.db.sql.exec("DROP TRIGGER fund_event_no_delete");
      const newest = "SELECT max(rowid) FROM fund_event WHERE fund = ?";
      w.ledger.db.sql.prepare(`DELETE FROM fund_event WHERE rowid = (${newest})`).run(CARE);
      w.ledger.db.sql.exec(trigger);
      expect(payouts().runs.status(REGION, CARE, number)).to.not.include({ state: "released" });
      await w.restart();
      expect(payouts().runs.status(REGION, CARE, number)).to.include({ state: "released" });
      expect(w.ledger.funds.balances(REGION, CARE)).to.deep.equal(before);
      await consistent();
    });
    it("owes nothing more, and gives everything back when a run is void", async () => {
      expect((await refused(payouts().runs.prepare(REGION, CARE))).code).to.equal("nothing_due");
      const { officials, runs } = payouts();
      const before = w.ledger.funds.balances(REGION, INSURANCE);
      const run = await runs.prepare(REGION, INSURANCE);
      await officials.relay(
        signed(await officials.runRequest(REGION, INSURANCE, run.number, "propose"), keys.proposer),
      );
      const end = await officials.runRequest(REGION, INSURANCE, run.number, "void", freshDocument());
      await officials.relay(signed(end, keys.supervisorA, keys.supervisorB));
      expect(w.ledger.funds.balances(REGION, INSURANCE)).to.deep.equal(before);
      const again = await runs.prepare(REGION, INSURANCE);
      expect(again.terms.lines.sum).to.equal(run.terms.lines.sum);
      expect(again.number).to.equal(run.number + 1);
      await consistent();
    });
  });

  describe("money: the bank's word, to the fen", () => {
    it("orders a run once, as the bank reads it", () => {
      const { bank } = payouts();
      const [file] = bank.order(REGION, CARE, 1, { by: "sun" });
      const xml = Buffer.from(file!.bytes).toString();
      expect(xml).to.contain("<NbOfTxs>1</NbOfTxs><CtrlSum>33.00</CtrlSum>").and.to.contain("62220000000001");
      w.clock.moveTo(w.clock.now() + 60);
      expect(bank.order(REGION, CARE, 1, { by: "li" })[0]!.hash).to.equal(file!.hash);
      expect(bank.status(REGION, CARE, 1)[0]).to.include({ state: "ordered" });
      const columns = [
        { header: "户名", field: "name" },
        { header: "账号", field: "account" },
        { header: "金额(分)", field: "amountFen" },
        { header: "附言", field: "reference" },
      ] as const;
      const own = Buffer.from(bank.card(REGION, CARE, 1, { by: "sun", columns }).bytes).toString();
      expect(own).to.contain("户名,账号,金额(分),附言").and.to.contain("长宁为老服务站,62220000000001,3300,");
      const card = bank.card(REGION, CARE, 1, { by: "sun" });
      expect(Buffer.from(card.bytes).toString()).to.contain("长宁为老服务站,62220000000001,33.00");
    });
    it("orders nothing that was not released", async () => {
      expect((await refused(() => payouts().bank.order(REGION, CARE, 9, { by: "sun" }))).code).to.equal("wrong_state");
    });
    it("refuses a statement that differs by one fen, whole, and says where", async () => {
      const { bank, runs } = payouts();
      const { hash } = runs.find(REGION, CARE, 1);
      const wrong = statement(
        FUND_ACCOUNTS[CARE]!,
        "s-0",
        "2026-09-01",
        [{ messageId: hash.slice(2, 34), amountFen: 3301n }],
        [],
      );
      const refusal = await refused(() => bank.take(REGION, CARE, wrong, "sun"));
      expect(refusal.code).to.equal("statement_differs");
      expect(refusal.issues[0]!.code).to.equal("bank_amount");
      expect(refusal.issues[0]!.value).to.contain("expected 3300 stated 3301");
      const elsewhere = statement(FUND_ACCOUNTS[INSURANCE]!, "s-0", "2026-09-01", [], []);
      expect((await refused(() => bank.take(REGION, CARE, elsewhere, "sun"))).issues[0]!.code).to.equal("bank_account");
      expect(bank.status(REGION, CARE, 1)[0]!.state).to.equal("ordered");
    });
    it("takes the bank's answers once, and records on chain what came back", async () => {
      const { bank, runs, officials } = payouts();
      const { hash } = runs.find(REGION, CARE, 1);
      expect(bank.take(REGION, CARE, acceptance(hash.slice(2, 34), "2026-09-01T10:00:00"), "sun").counts).to.deep.equal(
        { accepted: 1 },
      );
      const back = [{ terms: hash, index: 0, amountFen: 3300n, reason: "AC04" }];
      const file = bankStatement(CARE, 1, "s-1", back);
      expect(bank.take(REGION, CARE, file, "sun")).to.deep.include({
        repeated: false,
        counts: { paid: 1, returned: 1 },
      });
      expect(bank.take(REGION, CARE, file, "sun").repeated).to.equal(true);
      expect(
        (await refused(() => bank.take(REGION, CARE, bankStatement(CARE, 1, "s-2"), "sun"))).issues[0]!.code,
      ).to.equal("bank_twice");
      const [waiting] = bank.returnsToRecord(REGION, CARE);
      expect(waiting).to.include({ run: 1, index: 0, payee: PROVIDER, amountFen: 3300n, reason: "AC04" });
      const request = await officials.returnRequest(REGION, CARE, 1, 0, waiting!.document);
      expect((await refused(officials.relay(signed(request, keys.approver)))).code).to.equal("key_unknown");
      await officials.relay(signed(request, keys.treasury));
      expect((await refused(officials.relay(signed(request, keys.treasury)))).code).to.equal("already_done");
      expect(bank.returnsToRecord(REGION, CARE)).to.deep.equal([]);
      expect(w.ledger.funds.balances(REGION, CARE)).to.include({ returnedFen: 3300n, releasedFen: 3300n });
      await consistent();
    });
  });

  describe("money: where a payee is paid is changed by two persons, and later", () => {
    it("does not follow a registration alone", async () => {
      const values = { identity: { name: "长宁为老服务站", type: "station" }, account: "99999999999999" };
      await register(entry("Provider", PROVIDER, values, today() - 30, { version: 3, provider: PROVIDER }));
      const book = settlements().book(REGION, today());
      const payee = book.payees().get(nameHash(PROVIDER))!;
      expect(book.account(payee, today())!.account).to.equal("62220000000001");
      // The same account would fail again: nothing is issued.
      await endDay(w);
      expect((await refused(payouts().runs.prepare(REGION, CARE))).code).to.equal("nothing_due");
    });
    it("needs another person, is an entry of the log, waits, and then issues the return again", async () => {
      const { accounts, runs, bank } = payouts();
      const id = accounts.request(REGION, PROVIDER, "62220000000077", "zhang", "原账户已销");
      expect(accounts.open(REGION)).to.have.length(1);
      expect((await refused(accounts.approve(REGION, id, "zhang"))).code).to.equal("second_person_needed");
      expect((await refused(accounts.approve(REGION, freshId(), "li"))).code).to.equal("not_found");
      const { validFrom, receipted } = await accounts.approve(REGION, id, "li");
      expect(validFrom).to.equal(today() + 3);
      expect(receipted.receipt.count).to.equal(1);
      expect((await refused(accounts.approve(REGION, id, "li"))).code).to.equal("already_done");
      expect((await refused(runs.prepare(REGION, CARE))).code).to.equal("nothing_due");
      for (let i = 0; i < 3; i++) await settleDay(w);
      const number = await payOut(w, keys, CARE);
      expect(runs.find(REGION, CARE, number).terms.returnList).to.deep.equal([{ run: 1, index: 0 }]);
      expect(Buffer.from(bank.order(REGION, CARE, number, { by: "sun" })[0]!.bytes).toString()).to.contain(
        "62220000000077",
      );
      bank.take(REGION, CARE, bankStatement(CARE, number, "s-3"), "sun");
      expect(bank.status(REGION, CARE, number)[0]).to.include({ state: "paid", amountFen: 3300n });
      await consistent();
    });
    it("refuses a payee who is not registered", () => {
      expect(() => payouts().accounts.request(REGION, freshId(), "6222", "zhang", "无此人"))
        .to.throw(Refusal)
        .with.property("code", "not_found");
    });
  });

  describe("money: allowances, late truths, debts", () => {
    const [alive, dead, wrong] = [freshId(), freshId(), freshId()];
    const enrolment = (
      subject: string,
      elder: string,
      programme: string,
      from: number,
      version = 1,
      validTo?: number,
    ) =>
      entry(
        "Enrolment",
        subject,
        { person: { elder }, programme: { programme, appliedOn: dateOfDay(from - 20) } },
        from,
        { version, ...(validTo !== undefined && { validTo }) },
      );
    const programme = (code: string, monthlyFen: number, minimumAge: number, excludes: string[] = []) =>
      entry(
        "Programme",
        code,
        {
          names: { zh: code, en: code },
          terms: {
            fund: ALLOWANCE,
            monthlyFen,
            minimumAge,
            minimumLevel: "",
            area: "any",
            excludes,
            proofOfLifeMonths: 0,
          },
        },
        0,
      );
    let entitledOn: number;
    let from: number;
    const wrongEnrolment = freshId();
    const entitle = () => w.ledger.entitlements.entitle(REGION, monthOf(today()));

    it("writes one entitlement for each person, programme and month, however often it is done", async () => {
      from = today() - 2;
      await register(
        programme("old-age", 18_000, 70),
        programme("nursing", 35_000, 60, ["old-age"]),
        ...[alive, dead, wrong].map((elder, i) =>
          entry("Elder", elder, elderValues(["张桂英", "李秀兰", "王淑珍"][i]!, `6222000000010${i}`), from - 30),
        ),
        enrolment(freshId(), alive, "old-age", from),
        enrolment(freshId(), dead, "old-age", from),
        enrolment(wrongEnrolment, wrong, "old-age", from),
      );
      await settleDay(w);
      expect((await refused(w.ledger.entitlements.entitle(REGION, 999_912))).code).to.equal("invalid_input");
      expect(await entitle()).to.include({ entitled: 3, known: 0 });
      expect(await entitle()).to.include({ entitled: 0, known: 3 });
      entitledOn = today();
      await settleDay(w);
      expect(totals(entitledOn)).to.include({ [ALLOWANCE]: 54_000n });
    });
    it("pays persons under masked names, and says who cannot be paid", async () => {
      const run = await payouts().runs.prepare(REGION, ALLOWANCE);
      await payouts().officials.relay(
        signed(await payouts().officials.runRequest(REGION, ALLOWANCE, run.number, "propose"), keys.proposer),
      );
      const names = payouts()
        .runs.publicityList(REGION, ALLOWANCE, run.number)
        .lines.map(({ name }) => name);
      expect(names.sort()).to.deep.equal(["张*英", "李*兰", "王*珍"]);
      await payouts().officials.relay(
        signed(await payouts().officials.runRequest(REGION, ALLOWANCE, run.number, "approve"), keys.approver),
      );
      await passWindow(w, ALLOWANCE, run.number);
      await payouts().releaseDue(REGION);
    });
    it("turns what was paid after a death, and to somebody wrongly enrolled, into debts", async () => {
      const died = entry("Elder", dead, elderValues("李秀兰", "62220000000101"), from - 30, {
        version: 2,
        validTo: from - 1,
      });
      await register(
        died,
        enrolment(wrongEnrolment, wrong, "old-age", from, 2, from - 1),
        enrolment(freshId(), wrong, "nursing", from),
      );
      await settleDay(w);
      const again = settlements().compute(REGION, entitledOn, { asOfDay: settlements().lastAnchored(REGION) });
      expect(again.changes.map(({ after }) => after.status)).to.deep.equal(["zero", "zero"]);
      await settlements().settle(again);
      const run = await payouts().runs.prepare(REGION, ALLOWANCE);
      expect(run.terms).to.include({ payees: 0, debtors: 2 });
      expect(run.terms.debts.sum).to.equal(36_000n);
      expect(await payOut(w, keys, ALLOWANCE)).to.equal(run.number);
      expect(w.ledger.funds.balances(REGION, ALLOWANCE)).to.include({ owedFen: 36_000n, releasedFen: 54_000n });
      await consistent();
    });
    it("nets a debt from the next payment of the same payee", async () => {
      await settleDay(w);
      expect(await entitle()).to.include({ entitled: 1 });
      await settleDay(w);
      const number = await payOut(w, keys, ALLOWANCE);
      const { hash } = payouts().runs.find(REGION, ALLOWANCE, number);
      expect(
        payouts()
          .store.lines(REGION, hash)
          .map(({ payee, amountFen }) => [payee, amountFen]),
      ).to.deep.equal([[wrong, 17_000n]]);
      expect(
        payouts()
          .store.debts(REGION, hash)
          .map(({ payee, amountFen }) => [payee, amountFen]),
      ).to.deep.equal([[dead, 18_000n]]);
      await consistent();
    });
    it("takes a repayment in part, once, and knows what is left", async () => {
      const { officials } = payouts();
      const request = await officials.repayRequest(REGION, ALLOWANCE, dead, 8000n, freshDocument());
      await officials.relay(signed(request, keys.treasury));
      const more = await officials.repayRequest(REGION, ALLOWANCE, dead, 10_000n, freshDocument());
      expect((await refused(officials.relay(signed(more, keys.treasury)))).code).to.equal("already_done");
      expect((await refused(officials.repayRequest(REGION, ALLOWANCE, alive, 1n, freshDocument()))).code).to.equal(
        "not_found",
      );
      expect(payouts().runs.debts(REGION, ALLOWANCE)).to.deep.equal([{ payee: nameHash(dead), amountFen: 10_000n }]);
      const balances = w.ledger.funds.balances(REGION, ALLOWANCE);
      expect(balances).to.include({ owedFen: 10_000n, repaidFen: 8000n });
      expect(conserved(balances)).to.equal(true);
      await consistent();
    });
    it("keeps a line whose details were erased, and pays nothing back for the erasure", async () => {
      const request = await w.ledger.erasures.request(REGION, alive, "a", "本人申请删除");
      // The first run pays her and is not ordered yet: the bank will need her name and account.
      expect((await refused(w.ledger.erasures.approve(REGION, request, "b"))).code).to.equal("payment_pending");
      payouts().bank.order(REGION, ALLOWANCE, 1, { by: "sun" });
      await w.ledger.erasures.approve(REGION, request, "b");
      await settleDay(w);
      const again = settlements().compute(REGION, entitledOn, { asOfDay: settlements().lastAnchored(REGION) });
      expect(again.changes).to.deep.equal([]);
      await consistent();
    });
    it("tells the books of any moment", () => {
      const events = w.ledger.funds.events(REGION, ALLOWANCE);
      const released = events.find(({ name }) => name === "RunReleased")!;
      const then = w.ledger.funds.balances(REGION, ALLOWANCE, released.at - 1);
      expect(then).to.include({ releasedFen: 0n, reservedFen: 54_000n });
      expect(booksOf(events)).to.deep.equal(w.ledger.funds.balances(REGION, ALLOWANCE));
    });
  });

  describe("money: after everything", () => {
    it("cries out at nothing that came while fsck was reading", async () => {
      const { officials } = payouts();
      const budgets = (async () => {
        for (let i = 0; i < 6; i++) {
          const order = await officials.budgetRequest(REGION, CARE, "appropriate", 1n, freshDocument());
          await officials.relay(signed(order, keys.treasury));
        }
      })();
      for (let i = 0; i < 6; i++) await consistent();
      await budgets;
      // Read by another process, and not yet by this one.
      const order = await officials.budgetRequest(REGION, CARE, "appropriate", 1n, freshDocument());
      const { message, signatures } = signed(order, keys.treasury);
      const signature = { deadline: message.deadline, signature: signatures[0]!.signature };
      const args = [nameHash(CARE), message.amountFen, message.document, signature];
      await w.ledger.funds.contract.send(w.ledger.operatorKey, "appropriate", args);
      await consistent();
      await w.ledger.funds.sync();
      await consistent();
    });
    it("conserves money in every fund", () => {
      for (const code of w.ledger.funds.codes(REGION))
        expect(conserved(w.ledger.funds.balances(REGION, code)), code).to.equal(true);
    });
    it("names no person on the chain: payees are hashes of pseudonyms", async () => {
      const { money } = await w.ledger.funds.contract.events();
      const payees = money.map(({ args }) => args["payee"]).filter((payee): payee is Hex => payee !== undefined);
      expect(payees.every((payee) => /^0x[0-9a-f]{64}$/.test(payee))).to.equal(true);
    });
  });
});
