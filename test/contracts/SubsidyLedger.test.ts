import { expect } from "chai";
import { type Hex, toHex } from "../../core/bytes.ts";
import {
  type BankAction,
  debtLeaf,
  nameHash,
  type RunLine,
  type RunTerms,
  runLeaf,
  termsHash,
} from "../../core/payout.ts";
import { proveSum, sumHex, sumRoot } from "../../core/sumTree.ts";
import { digests, ethers, FOREVER, networkHelpers, now, OFFSET, person, REGION, Role, regionScope } from "./ledger.ts";
import {
  DAY_SIZE,
  deploySubsidy,
  EMPTY_SUM,
  FUND,
  freshDocument,
  fundId,
  LEAST_WINDOW,
  NO_DOCUMENT,
  type Official,
  OPENING,
  OTHER_FUND,
  otherFundId,
  PATIENCE,
  type Subsidy,
  termsOf,
} from "./subsidy.ts";

const AMOUNTS = [6500n, 13_000n, 500n];
const PAYEES = ["91110000600037341L", "52310105MJ4000000X", "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6a"];
const lines: RunLine[] = AMOUNTS.map((amountFen, index) => ({
  index,
  payee: nameHash(PAYEES[index]!),
  account: toHex(digests(1, 100 + index)[0]!),
  amountFen,
}));
const leaves = lines.map(runLeaf);
const root = sumHex(sumRoot(leaves));
const TOTAL = root.sum;
const proofOf = (index: number) => proveSum(leaves, index).map(sumHex);

let s: Subsidy;
let terms: RunTerms;

/** A fund with 1,000 yuan and one settled day of exactly what the three lines pay. */
async function ready() {
  const made = await deploySubsidy();
  await made.open(FUND);
  await made.open(OTHER_FUND);
  await made.appropriate(100_000n);
  await made.settle(made.firstDay, 1, { [fundId]: TOTAL });
  return made;
}

const propose = async (given = terms, who: Official = "proposer") =>
  await s.call("propose", given, await s.signRun("propose", given, s.keys[who]));
const approve = async (given = terms, who: Official = "approver") =>
  await s.call("approve", fundId, given.number, await s.signRun("approve", given, s.keys[who]));
const object = async (document = freshDocument(), who: Official = "auditor") =>
  await s.call("object", fundId, terms.number, document, await s.signRun("object", terms, s.keys[who], document));
const both = async (action: "dismiss" | "void", document: Hex, who: [Official, Official]) =>
  await Promise.all(who.map((name) => s.signRun(action, terms, s.keys[name], document)));
const dismiss = async (who: [Official, Official] = ["supervisorA", "supervisorB"], document = freshDocument()) =>
  await s.call("dismiss", fundId, terms.number, document, ...(await both("dismiss", document, who)));
const voidRun = async (who: [Official, Official] = ["supervisorA", "supervisorB"], document = freshDocument()) =>
  await s.call("voidRun", fundId, terms.number, document, ...(await both("void", document, who)));
const release = async (given = terms) => await s.call("release", fundId, given.number);
const pass = async (seconds: number) => await networkHelpers.time.increase(seconds);
const released = async (given = terms) => {
  await propose(given);
  await approve(given);
  await pass(LEAST_WINDOW);
  await release(given);
};
const comeBack = async (index: number, { line = lines[index]!, proof = proofOf(index), run = terms.number } = {}) => {
  const action: Omit<BankAction, "deadline"> = {
    action: "return",
    fund: FUND,
    run,
    index: line.index,
    payee: line.payee,
    amountFen: line.amountFen,
    document: NO_DOCUMENT,
  };
  return await s.call("recordReturn", fundId, run, line, proof, NO_DOCUMENT, await s.signBank(action, s.keys.treasury));
};

async function conserved(): Promise<void> {
  const f = (await s.books()) as Record<string, bigint>;
  const left = f["appropriated"]! - f["withdrawn"]!;
  expect(left).to.equal(f["available"]! + f["reserved"]! + f["released"]! - f["returned"]! - f["repaid"]!);
}
const refuses = (sent: Promise<unknown>, error: string, ...args: unknown[]) =>
  args.length > 0
    ? expect(sent)
        .to.be.revertedWithCustomError(s.subsidy, error)
        .withArgs(...args)
    : expect(sent).to.be.revertedWithCustomError(s.subsidy, error);

describe("SubsidyLedger", () => {
  beforeEach(async () => {
    s = await networkHelpers.loadFixture(ready);
    terms = termsOf(1, root, lines.length, { dayList: [s.firstDay] });
  });
  afterEach(conserved);

  describe("SubsidyLedger: hashes", () => {
    it("hashes the terms as core does", async () => {
      await propose();
      expect((await s.read("runOf", fundId, 1))["termsHash"]).to.equal(termsHash(terms));
    });
  });

  describe("SubsidyLedger: funds", () => {
    it("opens a fund once, by two persons", async () => {
      await refuses(s.open(FUND), "FundExists", fundId);
      await refuses(s.open("third", OPENING, ["treasury", "treasuryAsSupervisor"]), "PersonActedBefore", person("sun"));
      await refuses(s.open("third", OPENING, ["treasury", "auditor"]), "NotOfficial");
      await refuses(s.open("third", OPENING, ["supervisorA", "supervisorB"]), "NotOfficial");
    });
    it("takes over a predecessor's books, and refuses those that do not add up", async () => {
      const opening = {
        ...OPENING,
        appropriated: 900n,
        withdrawn: 100n,
        released: 600n,
        returned: 50n,
        repaid: 20n,
        runs: 7,
        dayList: [{ day: s.firstDay + 1, revision: 3, total: 600n, consumed: 550n, root: NO_DOCUMENT }],
      };
      await s.open("successor", opening);
      const id = nameHash("successor");
      expect(await s.books(id)).to.include({ available: 270n, runs: 7n });
      expect(await s.read("dayOf", id, s.firstDay + 1)).to.include({ revision: 3n, consumed: 550n });
      // The next revision of that day must hold a part of the successor's fund.
      await refuses(s.settle(s.firstDay + 1, 1, { [id]: 0n }), "RevisionOutOfOrder", 4, 1);
      await refuses(s.settle(s.firstDay + 1, 4, { [fundId]: 0n }), "PartMissing", id);
      await s.settle(s.firstDay + 1, 4, { [id]: 700n });
      await refuses(s.open("poor", { ...opening, released: 900n }), "OpeningUnbalanced");
    });
    it("takes over a predecessor's runs: what comes back is recorded, and what came back is issued again", async () => {
      const payments = [0, 1].map((index) => ({
        index,
        payee: nameHash(`p${index}`),
        account: NO_DOCUMENT,
        amountFen: 40n,
      }));
      const tree = payments.map(runLeaf);
      const runList = [{ run: 7, lines: sumHex(sumRoot(tree)), payees: 2 }];
      const returnList = [{ run: 7, index: 0, amountFen: 40n }];
      const opening = { ...OPENING, appropriated: 100n, released: 80n, returned: 40n, runs: 7, runList, returnList };
      await s.open("heir", opening);
      const id = nameHash("heir");
      const back = async (index: number) => {
        const line = payments[index]!;
        const action = { action: "return", fund: "heir", run: 7, index, payee: line.payee, amountFen: 40n } as const;
        const document = freshDocument();
        const signed = await s.signBank({ ...action, document }, s.keys.treasury);
        return await s.call("recordReturn", id, 7, line, proveSum(tree, index).map(sumHex), document, signed);
      };
      await refuses(back(0), "AlreadyRecorded", 0);
      await back(1);
      expect(await s.books(id)).to.include({ returned: 80n, available: 100n });
      const again = { run: 7, index: 0 };
      const next = termsOf(8, { ...runList[0]!.lines, sum: 40n }, 1, { fund: id, returnList: [again] });
      const signed = await s.signRun("propose", next, s.keys.proposer, NO_DOCUMENT, "heir");
      await s.call("propose", next, signed);
      expect(await s.read("runOf", id, 8)).to.include({ state: 1n });
      expect(await s.call("returnState", id, 7, 0)).to.equal(2n);
    });
    it("appropriates and withdraws with a document, which moves money once", async () => {
      const document = freshDocument();
      await s.appropriate(5n, document);
      await refuses(s.appropriate(5n, document), "DocumentUsed", document);
      const withdraw = async (amountFen: bigint) => {
        const order = freshDocument();
        const signed = await s.signFund("withdraw", FUND, amountFen, order, s.keys.treasury);
        return await s.call("withdraw", fundId, amountFen, order, signed);
      };
      await refuses(withdraw(100_006n), "InsufficientFunds", 100_005n, 100_006n);
      await withdraw(100_005n);
      expect(await s.books()).to.include({ appropriated: 100_005n, withdrawn: 100_005n, available: 0n });
    });
    it("refuses a fund that was not opened", async () => {
      await refuses(s.appropriate(1n, freshDocument(), "nowhere"), "UnknownFund", nameHash("nowhere"));
    });
    it("refuses an expired signature, a changed amount, and a stranger", async () => {
      const document = freshDocument();
      const signed = await s.signFund("appropriate", FUND, 10n, document, s.keys.treasury);
      await refuses(s.call("appropriate", fundId, 11n, document, signed), "NotOfficial");
      await refuses(s.call("withdraw", fundId, 10n, document, signed), "NotOfficial");
      await pass(3601);
      await refuses(s.call("appropriate", fundId, 10n, document, signed), "SignatureExpired", signed.deadline);
    });
    it("refuses an official whose role was revoked in between", async () => {
      const document = freshDocument();
      const signed = await s.signFund("appropriate", FUND, 10n, document, s.keys.treasury);
      const address = ethers.computeAddress(toHex(s.keys.treasury));
      await s.registry.connect(s.registrar).getFunction("revoke")(address);
      await refuses(s.call("appropriate", fundId, 10n, document, signed), "NotOfficial", address, Role.Treasury);
    });
  });

  describe("SubsidyLedger: settlements", () => {
    it("settles a sealed day again in full as the next revision", async () => {
      await refuses(s.settle(s.firstDay, 1, { [fundId]: 1n }), "RevisionOutOfOrder", 2, 1);
      await refuses(s.settle(s.firstDay, 3, { [fundId]: 1n }), "RevisionOutOfOrder", 2, 3);
      await s.settle(s.firstDay, 2, { [fundId]: 1n, [otherFundId]: 5n });
      expect(await s.read("dayOf", fundId, s.firstDay)).to.include({ revision: 2n, total: 1n, consumed: 0n });
      await refuses(s.settle(s.firstDay, 3, { [fundId]: 1n }), "PartMissing", otherFundId);
      expect(await s.read("settlementOf", REGION, s.firstDay)).to.include({ revision: 2n, size: BigInt(DAY_SIZE) });
    });
    it("refuses a day that is not sealed, another size, and anyone but the operator", async () => {
      await refuses(s.settle(s.firstDay + 6, 1, { [fundId]: 1n }), "DayNotSealed", REGION, s.firstDay + 6);
      await refuses(s.settle(s.firstDay + 1, 1, { [fundId]: 1n }, { size: 9 }), "SizeMismatch", DAY_SIZE, 9);
      const { stranger } = s;
      await refuses(s.settle(s.firstDay + 1, 1, {}, { from: stranger }), "NotOperator", stranger.address, REGION);
    });
    it("refuses unsorted and doubled parts, and funds that are unknown or of another region", async () => {
      const part = { fund: fundId, root: NO_DOCUMENT, total: 1n };
      const settlement = { revision: 1, asOf: NO_DOCUMENT, ruleset: NO_DOCUMENT, size: DAY_SIZE };
      const twice = s.subsidy.connect(s.operator).getFunction("settle");
      await refuses(twice(REGION, s.firstDay + 1, settlement, [part, part]), "PartsOutOfOrder", fundId);
      await refuses(s.settle(s.firstDay + 1, 1, { [nameHash("nowhere")]: 1n }), "UnknownFund");
      const [other, soon] = [110_101, (await now()) + 10];
      const register = s.registry.connect(s.registrar).getFunction("register");
      await register(s.stranger.address, person("elsewhere"), Role.Operator, regionScope(other), soon, FOREVER);
      await networkHelpers.time.increaseTo(soon);
      const sealedDay = [{ size: DAY_SIZE, root: toHex(digests(1)[0]!) }];
      await s.ledger.connect(s.stranger).getFunction("seal")(other, OFFSET, s.firstDay, sealedDay);
      const elsewhere = s.settle(s.firstDay, 1, { [fundId]: 1n }, { from: s.stranger, region: other });
      await refuses(elsewhere, "FundOfOtherRegion", fundId, REGION);
    });
  });

  describe("SubsidyLedger: a run, proposed and approved by two persons", () => {
    it("reserves, waits for the window, and releases what it reserved", async () => {
      await propose();
      expect(await s.books()).to.include({ available: 100_000n - TOTAL, reserved: TOTAL, live: 1n });
      await approve();
      await refuses(release(), "WindowOpen");
      await pass(LEAST_WINDOW);
      await expect(release()).to.emit(s.subsidy, "RunReleased").withArgs(fundId, 1, TOTAL, 0);
      expect(await s.books()).to.include({ reserved: 0n, released: TOTAL, live: 0n });
      expect(await s.read("dayOf", fundId, s.firstDay)).to.include({ consumed: TOTAL });
    });
    it("refuses a total that is one fen off, either way", async () => {
      for (const sum of [TOTAL - 1n, TOTAL + 1n]) {
        const off = { ...terms, lines: { ...root, sum } };
        await refuses(propose(off), "TotalMismatch", TOTAL, sum);
      }
    });
    it("refuses to pay a day twice, or one that is not settled, or days out of order", async () => {
      await released();
      const again = termsOf(2, root, lines.length, { dayList: [s.firstDay] });
      await refuses(propose(again), "TotalMismatch", 0, TOTAL);
      await refuses(propose({ ...again, dayList: [s.firstDay + 1] }), "DayNotSettled", s.firstDay + 1);
      await refuses(propose({ ...again, dayList: [s.firstDay, s.firstDay] }), "ListOutOfOrder", 1);
    });
    it("refuses more than is available", async () => {
      await s.settle(s.firstDay + 1, 1, { [fundId]: 100_000n });
      const much = termsOf(1, { ...root, sum: TOTAL + 100_000n }, 3, { dayList: [s.firstDay, s.firstDay + 1] });
      await refuses(propose(much), "InsufficientFunds", 100_000n, TOTAL + 100_000n);
    });
    it("refuses a second run while one is live, a gap in the numbers, and too short a window", async () => {
      await refuses(propose({ ...terms, number: 2 }), "RunOutOfOrder", 1, 2);
      await refuses(propose({ ...terms, window: LEAST_WINDOW - 1 }), "WindowTooShort", LEAST_WINDOW, LEAST_WINDOW - 1);
      await propose();
      await refuses(propose({ ...terms, number: 2 }), "RunIsLive", 1);
    });
    it("refuses the maker who approves with a second key of the same person", async () => {
      await propose();
      await refuses(approve(terms, "proposerAsApprover"), "PersonActedBefore", person("zhang"));
      await refuses(approve(terms, "proposer"), "NotOfficial");
    });
    it("refuses a signature over other terms", async () => {
      const other = await s.signRun("propose", { ...terms, patience: 1 }, s.keys.proposer);
      await refuses(s.call("propose", terms, other), "NotOfficial");
    });
    it("does each transition once", async () => {
      await refuses(approve(), "WrongState", 1, 0);
      await propose();
      await refuses(release(), "WrongState", 1, 1);
      await approve();
      await refuses(approve(), "WrongState", 1, 2);
      await pass(LEAST_WINDOW);
      await release();
      await refuses(release(), "WrongState", 1, 3);
      await refuses(object(), "WrongState", 1, 3);
      await refuses(voidRun(), "WrongState", 1, 3);
    });
  });

  describe("SubsidyLedger: objections", () => {
    beforeEach(async () => {
      await propose();
    });
    it("freezes the run until two supervisors dismiss it; then the window runs on from there", async () => {
      await pass(LEAST_WINDOW - 3600);
      await object();
      await refuses(object(freshDocument(), "auditor2"), "FrozenMismatch", 1, true);
      await refuses(approve(), "FrozenMismatch", 1, true);
      await pass(86_400);
      await dismiss();
      await approve();
      await refuses(release(), "WindowOpen");
      await pass(3600);
      await release();
    });
    it("keeps an approved run from being released while it is frozen", async () => {
      await approve();
      await object();
      await pass(LEAST_WINDOW);
      await refuses(release(), "FrozenMismatch", 1, true);
    });
    it("comes too late after the window, and never from the maker's person", async () => {
      await refuses(object(freshDocument(), "proposerAsAuditor"), "PersonActedBefore", person("zhang"));
      await pass(LEAST_WINDOW);
      await refuses(object(), "WindowClosed");
    });
    it("is dismissed by two different supervisors only, and only while it stands", async () => {
      await refuses(dismiss(), "FrozenMismatch", 1, false);
      await object();
      await refuses(dismiss(["supervisorA", "supervisorATwice"]), "SignatureUsed", person("zhao"));
      await refuses(dismiss(["supervisorA", "auditor"]), "NotOfficial");
      // The same person again, with a second key and another deadline.
      const document = freshDocument();
      const first = await s.signRun("dismiss", terms, s.keys.supervisorA, document);
      await pass(10);
      const second = await s.signRun("dismiss", terms, s.keys.supervisorATwice, document);
      await refuses(s.call("dismiss", fundId, 1, document, first, second), "PersonActedBefore", person("zhao"));
    });
    it("is not raised again, nor dismissed again, with a signature that was used before", async () => {
      const document = freshDocument();
      const objection = await s.signRun("object", terms, s.keys.auditor, document);
      await s.call("object", fundId, 1, document, objection);
      const reasons = freshDocument();
      const signed = await both("dismiss", reasons, ["supervisorA", "supervisorB"]);
      await s.call("dismiss", fundId, 1, reasons, ...signed);
      await refuses(s.call("object", fundId, 1, document, objection), "SignatureUsed", person("wang"));
      await object();
      await refuses(s.call("dismiss", fundId, 1, reasons, ...signed), "SignatureUsed", person("zhao"));
    });
    it("leads to a void run: everything that it consumed is as before", async () => {
      await object();
      await voidRun();
      expect(await s.books()).to.include({ available: 100_000n, reserved: 0n, live: 0n });
      expect(await s.read("dayOf", fundId, s.firstDay)).to.include({ consumed: 0n });
      await released({ ...terms, number: 2 });
    });
    it("may be voided by anyone once nobody resolved it in time", async () => {
      await object();
      await pass(PATIENCE - 60);
      await refuses(s.call("expire", fundId, 1), "WindowOpen");
      await pass(60);
      await s.call("expire", fundId, 1);
      await refuses(s.call("expire", fundId, 1), "WrongState", 1, 4);
    });
    it("a run that nobody approves may be voided by anyone after its window and patience", async () => {
      await pass(LEAST_WINDOW + PATIENCE - 60);
      await refuses(s.call("expire", fundId, 1), "WindowOpen");
      await pass(60);
      await s.call("expire", fundId, 1);
    });
  });

  describe("SubsidyLedger: what the bank sends back, and debts", () => {
    beforeEach(async () => {
      await released();
    });
    it("records a return once with its proof, and issues it again in a later run", async () => {
      await comeBack(1);
      expect(await s.books()).to.include({ returned: 13_000n, available: 100_000n - TOTAL + 13_000n });
      await refuses(comeBack(1), "AlreadyRecorded", 1);
      const [leaf] = [runLeaf({ ...lines[1]!, index: 0 })];
      const again = termsOf(2, sumHex(sumRoot([leaf])), 1, { returnList: [{ run: 1, index: 1 }] });
      await released(again);
      expect(await s.call("returnState", fundId, 1, 1)).to.equal(2n);
      const third = { ...again, number: 3 };
      await refuses(propose(third), "ReturnNotPending", 1, 1);
      const twice = { ...third, returnList: [again.returnList[0]!, again.returnList[0]!] };
      await refuses(propose({ ...twice }), "ReturnNotPending", 1, 1);
    });
    it("gives a return back when the run that issues it again is voided", async () => {
      await comeBack(0);
      await comeBack(1);
      const leavesAgain = [0, 1].map((i) => runLeaf({ ...lines[i]!, index: i }));
      const again = termsOf(2, sumHex(sumRoot(leavesAgain)), 2, {
        returnList: [
          { run: 1, index: 0 },
          { run: 1, index: 1 },
        ],
      });
      await refuses(propose({ ...again, returnList: again.returnList.toReversed() }), "ListOutOfOrder", 1);
      await propose(again);
      terms = again;
      await voidRun();
      expect(await s.call("returnState", fundId, 1, 1)).to.equal(1n);
      await released({ ...again, number: 3 });
    });
    it("refuses a line that is not in the tree: other amount, index, account, payee, or a false inner sum", async () => {
      const line = lines[1]!;
      for (const changed of [
        { ...line, amountFen: line.amountFen + 1n },
        { ...line, index: 2 },
        { ...line, index: 9 },
        { ...line, account: NO_DOCUMENT },
        { ...line, payee: nameHash("somebody") },
      ])
        await refuses(comeBack(1, { line: changed }), "LineNotInTree", changed.index);
      const [first, ...rest] = proofOf(1);
      const falseSum = [{ ...first!, sum: first!.sum - 1n }, ...rest];
      await refuses(comeBack(1, { proof: falseSum }), "LineNotInTree", 1);
      const huge = [{ ...first!, sum: 2n ** 128n - 1n }, ...rest];
      await refuses(comeBack(1, { proof: huge }), "LineNotInTree", 1);
      await refuses(comeBack(1, { proof: [...proofOf(1), root] }), "LineNotInTree", 1);
      await refuses(comeBack(1, { proof: rest }), "LineNotInTree", 1);
    });
    it("refuses a return of a run that was not released", async () => {
      await refuses(comeBack(1, { run: 2 }), "WrongState", 2, 0);
    });
    it("turns what was overpaid into a debt that a later run nets, or that is repaid", async () => {
      // A late death: the day is worth 500 less, which is what the third payee got.
      await s.settle(s.firstDay, 2, { [fundId]: TOTAL - 500n });
      const debt = { index: 0, payee: lines[2]!.payee, amountFen: 500n };
      const debts = sumHex(sumRoot([debtLeaf(debt)]));
      const second = termsOf(2, EMPTY_SUM, 0, { dayList: [s.firstDay], debts, debtors: 1 });
      await refuses(propose({ ...second, debts: EMPTY_SUM }), "TotalMismatch", -500n, 0);
      await released(second);
      expect(await s.books()).to.include({ owed: 500n, released: TOTAL });
      const repay = async (amountFen: bigint, line = debt) => {
        const action: Omit<BankAction, "deadline"> = {
          action: "repay",
          fund: FUND,
          run: 2,
          index: line.index,
          payee: line.payee,
          amountFen,
          document: NO_DOCUMENT,
        };
        const signed = await s.signBank(action, s.keys.treasury);
        return await s.call("recordRepayment", fundId, line, amountFen, [], NO_DOCUMENT, signed);
      };
      await refuses(repay(501n), "InsufficientFunds", 500n, 501n);
      await refuses(repay(1n, { ...debt, payee: nameHash("somebody") }), "LineNotInTree", 0);
      await repay(200n);
      await refuses(repay(300n), "AlreadyRecorded", 0);
      expect(await s.books()).to.include({ owed: 300n, repaid: 200n });
      // The rest is netted from what the payee is due next.
      await s.settle(s.firstDay + 1, 1, { [fundId]: 1000n });
      const line = { ...lines[2]!, index: 0, amountFen: 700n };
      const third = termsOf(3, sumHex(sumRoot([runLeaf(line)])), 1, { dayList: [s.firstDay + 1] });
      await propose(third);
      await refuses(repay(1n), "RunIsLive", 3);
      await approve(third);
      await pass(LEAST_WINDOW);
      await release(third);
      expect(await s.books()).to.include({ owed: 0n, released: TOTAL + 700n });
    });
  });
});
