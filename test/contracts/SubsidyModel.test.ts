import { expect } from "chai";
import type { Hex } from "../../core/bytes.ts";
import {
  type BankAction,
  type DebtLine,
  debtLeaf,
  nameHash,
  type RunLine,
  type RunTerms,
  runLeaf,
} from "../../core/payout.ts";
import { proveSum, sumHex, sumRoot } from "../../core/sumTree.ts";
import { ethers, networkHelpers, now, REGION } from "./ledger.ts";
import {
  DAY_SIZE,
  deploySubsidy,
  FUND,
  LEAST_WINDOW,
  NO_DOCUMENT,
  OFFICIALS,
  type Official,
  OTHER_FUND,
  PATIENCE,
  type Subsidy,
  termsOf,
} from "./subsidy.ts";
import { FundModel, type Line, type Proposal, RegionModel, type RunBook } from "./subsidyModel.ts";

/** Random calls, right and wrong, against the contract and an independent model that predicts each outcome. */
const CALLS = 20_000;
const STEPS_A_WORLD = 2_000;
const SEED = 20_261_123;
const GAS = 5_000_000;

/** A small generator of our own (mulberry32), so that a failure names a seed and comes again. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const lineOf = ({ payee, amount }: Line, index: number): RunLine => ({
  index,
  payee: nameHash(payee),
  account: NO_DOCUMENT,
  amountFen: amount,
});
const debtOf = ({ payee, amount }: Line, index: number): DebtLine => ({
  index,
  payee: nameHash(payee),
  amountFen: amount,
});
const _sumOf = (lines: Line[]) => lines.reduce((total, { amount }) => total + amount, 0n);

class Walk {
  readonly #s: Subsidy;
  readonly #random: (limit: number) => number;
  readonly #region = new RegionModel();
  readonly #funds = new Map([FUND, OTHER_FUND].map((code) => [code, new FundModel()]));
  readonly #terms = new Map<string, RunTerms>();
  readonly #documents: Hex[] = [];
  readonly #objections = new Map<string, { id: string; document: Hex; by: Official; signed: object }>();
  #clock = 0;
  #documentsMade = 0;
  readonly outcomes = new Map<string, number>();

  constructor(s: Subsidy, seed: number) {
    this.#s = s;
    this.#random = randomOf(seed);
  }

  #chance(percent: number): boolean {
    return this.#random(100) < percent;
  }
  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)]!;
  }
  #anyone(...right: Official[]): Official {
    return this.#chance(85) ? this.#pick(right) : this.#pick(Object.keys(OFFICIALS) as Official[]);
  }
  #document(): Hex {
    const fresh = ethers.id(`document ${this.#documentsMade++}`) as Hex;
    if (this.#documents.length > 0 && this.#chance(10)) return this.#pick(this.#documents);
    this.#documents.push(fresh);
    return fresh;
  }

  /** Sends one call at a known time and compares what the contract says with what the model allows. */
  async #compare(what: string, predicted: (time: number) => string[], method: string, args: unknown[]): Promise<void> {
    await networkHelpers.time.setNextBlockTimestamp(++this.#clock);
    const contract = method === "settle" ? this.#s.subsidy.connect(this.#s.operator) : this.#s.subsidy;
    const outcome = await (contract.getFunction(method)(...args, { gasLimit: GAS }) as Promise<unknown>).then(
      () => "done",
      (error: { data?: string; message: string }) => {
        const name = /custom error '(\w+)\(/.exec(error.message)?.[1];
        if (!name) throw new Error(`${what}: ${error.message}`);
        return name;
      },
    );
    const reasons = predicted(this.#clock);
    const expected = reasons.length === 0 ? ["done"] : reasons;
    expect(expected, `${what}: the contract says ${outcome}`).to.include(outcome);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  async start(): Promise<void> {
    await this.#s.open(FUND);
    await this.#s.open(OTHER_FUND);
    this.#clock = await now();
  }

  async step(): Promise<void> {
    if (this.#chance(6)) this.#clock += this.#random(this.#chance(30) ? PATIENCE : LEAST_WINDOW);
    const [code, fund] = this.#pick([...this.#funds]);
    const live = fund.live;
    const kind = this.#random(100);
    if (kind < 12) await this.#move(code, fund);
    else if (kind < 25) await this.#settle();
    else if (kind < 45) await this.#propose(code, fund);
    else if (kind < 58) await this.#approve(code, fund, live);
    else if (kind < 66) await this.#object(code, fund, live);
    else if (kind < 74) await this.#supervise(code, fund, live);
    else if (kind < 77) await this.#numbered("expire", code, fund, live);
    else if (kind < 87) await this.#numbered("release", code, fund, live);
    else if (kind < 95) await this.#comeBack(code, fund);
    else await this.#repay(code, fund);
    await this.#conserved(code, fund);
  }

  async #conserved(code: string, fund: FundModel): Promise<void> {
    if (!this.#chance(5)) return;
    const { available, reserved, released, returned, repaid, owed } = await this.#s.books(nameHash(code));
    const { cameBack, paidOut } = fund;
    const expected = [fund.available, fund.reserved, paidOut, cameBack, fund.repaid, fund.owed];
    expect([available, reserved, released, returned, repaid, owed]).to.deep.equal(expected);
    for (const balance of expected) expect(balance >= 0n).to.equal(true);
  }

  async #move(code: string, fund: FundModel): Promise<void> {
    const action = this.#chance(70) ? "appropriate" : "withdraw";
    const [amount, document, by] = [BigInt(this.#random(50_000)), this.#document(), this.#anyone("treasury")];
    const signed = await this.#s.signFund(action, code, amount, document, this.#s.keys[by], this.#clock);
    const predicted = () => fund.move(action, amount, document, by);
    await this.#compare(action, predicted, action, [nameHash(code), amount, document, signed]);
  }

  async #settle(): Promise<void> {
    const day = this.#s.firstDay + this.#random(7);
    const known = this.#region.revisions.get(day) ?? 0;
    const revision = known + (this.#chance(85) ? 1 : this.#random(3));
    const all = [...this.#funds];
    const chosen = this.#chance(80) ? all : [this.#pick(all)];
    const totals = new Map(chosen.map(([code, fund]) => [fund, { code, total: BigInt(this.#random(20_000)) }]));
    const parts = [...totals.values()]
      .map(({ code, total }) => ({ fund: nameHash(code), root: NO_DOCUMENT, total }))
      .sort((a, b) => (a.fund < b.fund ? -1 : 1));
    const amounts = new Map([...totals].map(([fund, { total }]) => [fund, total]));
    const isSealed = day < this.#s.firstDay + 6;
    const settlement = { revision, asOf: NO_DOCUMENT, ruleset: NO_DOCUMENT, size: DAY_SIZE };
    const predicted = () => this.#region.settle(day, revision, amounts, [...this.#funds.values()], isSealed);
    await this.#compare("settle", predicted, "settle", [REGION, day, settlement, parts]);
  }

  /** What an honest service would propose, then perhaps bent. */
  #proposal(fund: FundModel): Proposal {
    const days = [...fund.days.keys()].sort((a, b) => a - b).filter(() => this.#chance(70));
    const reissues = [...fund.returns]
      .filter(([, { again }]) => !again || this.#chance(5))
      .map(([place]) => place.split("/").map(Number) as [number, number])
      .sort(([a, i], [b, j]) => a - b || i - j)
      .filter(() => this.#chance(80));
    const delta = days.reduce((total, day) => total + fund.days.get(day)!.total - fund.days.get(day)!.paid, 0n);
    const back = reissues.reduce((total, [run, index]) => total + fund.returns.get(`${run}/${index}`)!.amount, 0n);
    const due = delta + back - fund.owed;
    // What cannot be paid stays owed; now and then somebody's debt is left standing beside a payment.
    const owed = (due < 0n ? -due : 0n) + (this.#chance(20) ? BigInt(this.#random(500)) : 0n);
    const pays = due + owed;
    const first = pays / 3n;
    const lines = [first, pays - first].map((amount, i) => ({ payee: `payee ${i}`, amount }));
    const debts = owed > 0n ? [{ payee: "debtor 0", amount: owed }] : [];
    const number = fund.runs.length + (this.#chance(95) ? 1 : this.#random(3));
    const window = LEAST_WINDOW + (this.#chance(95) ? this.#random(3600) : -1);
    const stated = pays + (this.#chance(90) ? 0n : BigInt(this.#random(3) - 1));
    if (this.#chance(3)) days.reverse();
    if (this.#chance(3)) days.push(this.#s.firstDay + 6);
    if (this.#chance(3) && reissues.length > 0) reissues.push(reissues.at(-1)!);
    return { number, days, reissues, lines, stated: stated < 0n ? 0n : stated, debts, window, patience: PATIENCE };
  }

  async #propose(code: string, fund: FundModel): Promise<void> {
    const p = this.#proposal(fund);
    const lines = { ...sumHex(sumRoot(p.lines.map(lineOf).map(runLeaf))), sum: p.stated };
    const terms = termsOf(p.number, lines, p.lines.length, {
      fund: nameHash(code),
      dayList: p.days,
      returnList: p.reissues.map(([run, index]) => ({ run, index })),
      debts: sumHex(sumRoot(p.debts.map(debtOf).map(debtLeaf))),
      debtors: p.debts.length,
      window: p.window,
      patience: p.patience,
    });
    const by = this.#anyone("proposer");
    const signed = await this.#s.signRun("propose", terms, this.#s.keys[by], NO_DOCUMENT, code, this.#clock);
    const predicted = (time: number) => {
      const reasons = fund.propose(p, by, time, LEAST_WINDOW);
      if (reasons.length === 0) this.#terms.set(`${code}/${p.number}`, terms);
      return reasons;
    };
    await this.#compare("propose", predicted, "propose", [terms, signed]);
  }

  #number(fund: FundModel, live: RunBook | undefined): number {
    return live && this.#chance(95) ? live.number : 1 + this.#random(fund.runs.length + 1);
  }
  #termsOf(code: string, number: number): RunTerms {
    return this.#terms.get(`${code}/${number}`) ?? termsOf(number, { hash: NO_DOCUMENT, sum: 0n }, 0);
  }

  async #approve(code: string, fund: FundModel, live: RunBook | undefined): Promise<void> {
    const [number, by] = [this.#number(fund, live), this.#anyone("approver")];
    const terms = this.#termsOf(code, number);
    const signed = await this.#s.signRun("approve", terms, this.#s.keys[by], NO_DOCUMENT, code, this.#clock);
    await this.#compare("approve", () => fund.approve(number, by), "approve", [nameHash(code), number, signed]);
  }

  async #object(code: string, fund: FundModel, live: RunBook | undefined): Promise<void> {
    const number = this.#number(fund, live);
    const kept = this.#objections.get(`${code}/${number}`);
    const fresh = async () => {
      const [by, document] = [this.#anyone("auditor", "auditor2"), this.#document()];
      const terms = this.#termsOf(code, number);
      const signed = await this.#s.signRun("object", terms, this.#s.keys[by], document, code, this.#clock);
      return { id: `${document}/${signed.deadline}/${by}`, document, by, signed };
    };
    // Somebody sends an old objection again, while its deadline lasts.
    const again = kept && this.#chance(30) && (kept.signed as { deadline: number }).deadline > this.#clock;
    const objection = again ? kept : await fresh();
    if (this.#terms.has(`${code}/${number}`)) this.#objections.set(`${code}/${number}`, objection);
    const { id, document, by, signed } = objection;
    const predicted = (time: number) => fund.object(number, by, id, time);
    await this.#compare("object", predicted, "object", [nameHash(code), number, document, signed]);
  }

  async #supervise(code: string, fund: FundModel, live: RunBook | undefined): Promise<void> {
    const action = live?.frozenAt != null && this.#chance(70) ? "dismiss" : this.#pick(["dismiss", "void"] as const);
    const number = this.#number(fund, live);
    const by: [Official, Official] = this.#chance(80)
      ? ["supervisorA", "supervisorB"]
      : [this.#anyone("supervisorA"), this.#anyone("supervisorATwice")];
    const document = ethers.id(`reasons ${this.#documentsMade++}`) as Hex;
    const terms = this.#termsOf(code, number);
    const signed = await Promise.all(
      by.map((name) => this.#s.signRun(action, terms, this.#s.keys[name], document, code, this.#clock)),
    );
    const predicted = (time: number) => fund.supervise(action, number, by, time);
    const method = action === "void" ? "voidRun" : "dismiss";
    await this.#compare(action, predicted, method, [nameHash(code), number, document, ...signed]);
  }

  async #numbered(
    method: "expire" | "release",
    code: string,
    fund: FundModel,
    live: RunBook | undefined,
  ): Promise<void> {
    const number = this.#number(fund, live);
    // Most calls come when the time has come.
    if (live && this.#chance(70))
      this.#clock = Math.max(this.#clock, live.windowEnds + (method === "expire" ? live.patience : 0));
    await this.#compare(method, (time) => fund[method](number, time), method, [nameHash(code), number]);
  }

  async #comeBack(code: string, fund: FundModel): Promise<void> {
    const number = 1 + this.#random(fund.runs.length + 1);
    const lines = fund.runs[number - 1]?.lines ?? [{ payee: "nobody", amount: 1n }];
    const index = this.#random(lines.length);
    const honest = this.#chance(85);
    const line = lineOf(lines[index]!, index);
    if (!honest) line.amountFen += 1n;
    const proof = proveSum(lines.map(lineOf).map(runLeaf), index).map(sumHex);
    const by = this.#anyone("treasury");
    const action = { action: "return", fund: code, run: number, index, document: NO_DOCUMENT } as const;
    const signed = await this.#bank({ ...action, payee: line.payee, amountFen: line.amountFen }, by);
    const predicted = () => fund.comeBack(number, index, honest, by);
    await this.#compare("return", predicted, "recordReturn", [
      nameHash(code),
      number,
      line,
      proof,
      NO_DOCUMENT,
      signed,
    ]);
  }

  async #repay(code: string, fund: FundModel): Promise<void> {
    const line = debtOf(fund.debts[0] ?? { payee: "nobody", amount: 5n }, 0);
    const amount = BigInt(this.#random(Number(line.amountFen) + 2));
    const by = this.#anyone("treasury");
    const action = { action: "repay", fund: code, run: fund.debtsRun, index: 0, document: NO_DOCUMENT } as const;
    const signed = await this.#bank({ ...action, payee: line.payee, amountFen: amount }, by);
    const predicted = () => fund.repay(0, amount, by);
    const args = [nameHash(code), line, amount, [], NO_DOCUMENT, signed];
    await this.#compare("repay", predicted, "recordRepayment", args);
  }

  async #bank(action: Omit<BankAction, "deadline">, by: Official) {
    return await this.#s.signBank(action, this.#s.keys[by], this.#clock);
  }
}

describe("SubsidyLedger: an independent model predicts every outcome", () => {
  it(`of ${CALLS} random calls, refusals included, and money is conserved after each`, async () => {
    const outcomes = new Map<string, number>();
    for (let world = 0; world * STEPS_A_WORLD < CALLS; world++) {
      const walk = new Walk(await networkHelpers.loadFixture(deploySubsidy), SEED + world);
      await walk.start();
      for (let step = 0; step < STEPS_A_WORLD; step++) await walk.step();
      for (const [name, count] of walk.outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + count);
    }
    // The walk reaches every refusal that it can, and gets far enough to pay, to take back and to net.
    const never = REACHED.filter((name) => !outcomes.has(name));
    expect(never, JSON.stringify([...outcomes])).to.deep.equal([]);
    expect(outcomes.get("done")! / CALLS).to.be.greaterThan(0.25);
  }).timeout(600_000);
});

const REACHED = [
  "AlreadyRecorded",
  "DayNotSealed",
  "DayNotSettled",
  "DocumentUsed",
  "FrozenMismatch",
  "InsufficientFunds",
  "LineNotInTree",
  "ListOutOfOrder",
  "NotOfficial",
  "PartMissing",
  "PersonActedBefore",
  "ReturnNotPending",
  "RevisionOutOfOrder",
  "RunIsLive",
  "RunOutOfOrder",
  "SignatureUsed",
  "TotalMismatch",
  "WindowClosed",
  "WindowOpen",
  "WindowTooShort",
  "WrongState",
  "done",
];
