import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signRegistry } from "../../core/batch.ts";
import { fromHex, type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import { keccak } from "../../core/hash.ts";
import { type RoleName, regionScope } from "../../core/keyBook.ts";
import type { RunAction } from "../../core/payout.ts";
import type { SigningRequest } from "../../core/request.ts";
import { addressOfKey } from "../../core/signature.ts";
import type { SimulatedClock } from "../../server/clock.ts";
import type { Home } from "../../server/home.ts";
import type { RowOf } from "../../server/imports/schema.ts";
import type { Ledger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import type { DecisionName } from "../../server/reviews/schema.ts";
import { acceptance, statement } from "./demoBank.ts";
import type { EntryMaker } from "./entries.ts";
import { DEMO_FUNDS, fundPolicies } from "./generateMoney.ts";
import { ensureKeys, importerOf, type Story } from "./load.ts";
import { openFund, signedBy } from "./openFunds.ts";
import { readTable } from "./read.ts";
import { homeSigner } from "./sign.ts";

/**
 * A month of money in the demonstration district: budgets, 14 settlements, a late death and a wrong enrolment that are
 * settled again, runs that two officials sign, an objection that is dismissed, three payments that come back and are
 * issued again, a debt that is netted, one that is repaid in part. Everything goes through the services that a district uses.
 */
const OFFICIALS = {
  "zhang-proposer": "Proposer",
  "li-approver": "Approver",
  "wang-auditor": "Auditor",
  "zhao-supervisor": "Supervisor",
  "qian-supervisor": "Supervisor",
  "sun-treasury": "Treasury",
} as const satisfies Record<string, RoleName>;
type Official = keyof typeof OFFICIALS;
const SIGNER: Record<RunAction["action"], readonly Official[]> = {
  propose: ["zhang-proposer"],
  approve: ["li-approver"],
  object: ["wang-auditor"],
  dismiss: ["zhao-supervisor", "qian-supervisor"],
  void: ["zhao-supervisor", "qian-supervisor"],
};

const BUDGET_FEN = 50_000_000n;
const RETURNS = 3;
const { insurance: INSURANCE, city: CITY, allowance: ALLOWANCE } = DEMO_FUNDS;
const documentOf = (words: string): Hex => toHex(keccak(utf8(words)));

/** Keys of the demonstration's officials: files beside the home, which no verb of the server reads. */
function officialKey(folder: string, name: Official): Uint8Array {
  const file = join(folder, `${name}.key`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, `${toHex(new Uint8Array(randomBytes(32)))}\n`, { mode: 0o600 });
  return fromHex(readFileSync(file, "utf8").trim());
}

export class DemoMonth implements Story {
  readonly #ledger: Ledger;
  readonly #home: Home;
  readonly #clock: SimulatedClock;
  readonly #dataset: string;
  readonly #officials: string;
  #region = 0;
  #firstDay = 0;
  #maker!: EntryMaker;
  #enrolled: RowOf<"enrolments.csv">[] = [];
  #dead: RowOf<"elders.csv"> | null = null;
  #deadSubject = "";
  #buried = false;

  constructor(ledger: Ledger, home: Home, clock: SimulatedClock, dataset: string) {
    this.#ledger = ledger;
    this.#home = home;
    this.#clock = clock;
    this.#dataset = dataset;
    this.#officials = home.path("demo-officials");
  }

  async begin(region: number, maker: EntryMaker): Promise<void> {
    this.#region = region;
    this.#maker = maker;
    const { offsetMinutes } = this.#ledger.entries.store.regionRow(region);
    this.#firstDay = dayOf(this.#clock.now(), offsetMinutes);
    const wanted = Object.entries(OFFICIALS).map(([name, role]) => ({
      address: addressOfKey(officialKey(this.#officials, name as Official)),
      role,
      scope: regionScope(region),
      person: name.split("-")[0]!,
    }));
    await ensureKeys(this.#ledger, this.#home, wanted, async (time) => this.#clock.moveTo(time));
    const enrolments = (await readTable(this.#dataset, "enrolments.csv")).rows.map(({ row }) => row);
    this.#enrolled = enrolments.filter(({ programme }) => programme === "old-age");
    const elders = (await readTable(this.#dataset, "elders.csv")).rows.map(({ row }) => row);
    this.#dead = elders.find(({ id }) => id === this.#enrolled[0]?.elder) ?? null;
    this.#deadSubject = this.#dead ? maker.elder(this.#dead).subject : "";
    const keys = {
      treasury: officialKey(this.#officials, "sun-treasury"),
      supervisor: officialKey(this.#officials, "zhao-supervisor"),
    };
    await Promise.all(
      [INSURANCE, CITY, ALLOWANCE].map(async (fund) => {
        const budget = { fen: BUDGET_FEN, document: documentOf(`预算下达 ${fund}`) };
        await openFund(this.#ledger, region, fund, budget, keys);
      }),
    );
  }

  leavesOut(visit: VisitInput): boolean {
    return this.#buried && visit.elder === this.#deadSubject;
  }

  async afterDay(index: number): Promise<void> {
    const { settlements, funds } = this.#ledger;
    await funds.sync();
    await settlements.settleDue(this.#region);
    if (this.#enrolled.length <= RETURNS + 2) return;
    const steps: Record<number, () => Promise<void>> = {
      // What rules find of a day stands in the next one: a day is settled a day later.
      0: () => this.#entitle(),
      2: () => this.#objectedRun(),
      3: () => this.#decide(),
      4: async () => {
        await this.#firstAllowances();
        await this.#lateTruths();
      },
      5: () => this.#revise(),
      6: () => this.#proposeCare(),
      7: async () => void (await this.#propose(ALLOWANCE)),
      8: () => this.#payCare(),
      10: () => this.#netDebt(),
      12: () => this.#payLast(),
      13: async () => {
        await this.#repay();
        await this.#proposeCare();
      },
    };
    await steps[index]?.();
  }

  async #relay(request: SigningRequest, ...names: Official[]): Promise<void> {
    const keys = names.map((name) => officialKey(this.#officials, name));
    await this.#ledger.payouts.officials.relay(signedBy(request, ...keys));
  }

  async #sign(fund: string, run: number, action: RunAction["action"], document?: Hex): Promise<void> {
    const request = await this.#ledger.payouts.officials.runRequest(this.#region, fund, run, action, document);
    await this.#relay(request, ...SIGNER[action]);
  }

  async #propose(fund: string): Promise<number> {
    const { number } = await this.#ledger.payouts.runs.prepare(this.#region, fund);
    await this.#sign(fund, number, "propose");
    await this.#sign(fund, number, "approve");
    return number;
  }

  async #entitle(): Promise<void> {
    await this.#ledger.entitlements.entitle(this.#region, monthOf(this.#firstDay));
  }

  async #objectedRun(): Promise<void> {
    const run = await this.#propose(ALLOWANCE);
    await this.#sign(ALLOWANCE, run, "object", documentOf("异议:请核对名单第一行"));
    await this.#sign(ALLOWANCE, run, "dismiss", documentOf("复核:名单无误"));
  }

  /** Releases a run, orders it at the bank and takes the bank's two answers; the payees named are sent back. */
  async #pay(fund: string, run: number, sentBack: ReadonlySet<string> = new Set()): Promise<void> {
    const region = this.#region;
    const { officials, bank } = this.#ledger.payouts;
    await officials.release(region, fund, run);
    const { hash } = this.#ledger.payouts.runs.find(region, fund, run);
    const at = new Date(this.#clock.now() * 1000).toISOString().slice(0, 19);
    for (const { reference } of bank.order(region, fund, run, { by: "sun" }))
      bank.take(region, fund, acceptance(reference, at), "sun");
    const payments = bank.status(region, fund, run);
    if (payments.length === 0) return;
    const total = payments.reduce((sum, { amountFen }) => sum + amountFen, 0n);
    const back = payments
      .filter(({ payee }) => sentBack.has(payee))
      .map(({ index, amountFen }) => ({ terms: hash, index, amountFen, reason: "AC04" }));
    const { account } = fundPolicies()[fund]!;
    const booked = [{ messageId: hash.slice(2, 34), amountFen: total }];
    bank.take(region, fund, statement(account, `${fund}-${run}`.slice(0, 35), at.slice(0, 10), booked, back), "sun");
  }

  async #firstAllowances(): Promise<void> {
    const { officials, bank, accounts } = this.#ledger.payouts;
    const elders = (await readTable(this.#dataset, "elders.csv")).rows.map(({ row }) => row);
    const closed = this.#enrolled.slice(2, 2 + RETURNS).map(({ elder }) => {
      const row = elders.find(({ id }) => id === elder)!;
      return { row, subject: this.#maker.elder(row).subject };
    });
    await this.#pay(ALLOWANCE, 1, new Set(closed.map(({ subject }) => subject)));
    for (const { run, index, document } of bank.returnsToRecord(this.#region, ALLOWANCE)) {
      const request = await officials.returnRequest(this.#region, ALLOWANCE, run, index, document);
      await this.#relay(request, "sun-treasury");
    }
    for (const { row, subject } of closed) {
      const account = `${row.account!.slice(0, -1)}${(Number(row.account!.at(-1)) + 1) % 10}`;
      const id = accounts.request(this.#region, subject, account, "zhang", "原卡已注销,本人持证更换");
      await accounts.approve(this.#region, id, "li");
    }
  }

  async #register(entries: RegistryInput[]): Promise<void> {
    const signer = homeSigner(
      this.#ledger,
      `import:${this.#region}`,
      importerOf(this.#ledger, this.#home, this.#region).key,
    );
    await this.#ledger.registry.register(signRegistry(signer, entries));
  }

  /** A death that is reported weeks late, and somebody who was enrolled in the wrong programme. */
  async #lateTruths(): Promise<void> {
    const diedOn = this.#firstDay - 4;
    const died = { ...this.#maker.elder(this.#dead!), version: 2, validTo: diedOn };
    const row = this.#enrolled[1]!;
    const wrong = this.#maker.enrolment(row);
    const assessed = { assessed_on: dateOfDay(this.#firstDay - 10), valid_until: null, assessor: "", organisation: "" };
    await this.#register([
      died,
      { ...wrong, version: 2, validTo: wrong.validFrom - 1 },
      this.#maker.assessment({
        id: "demo-severe",
        elder: row.elder,
        scale: "gbt42195",
        scores: [],
        level: "severe",
        ...assessed,
      }),
      this.#maker.enrolment({ ...row, programme: "nursing" }),
    ] as RegistryInput[]);
    this.#buried = true;
  }

  /** Everything that was settled so far, again, as of now. */
  async #revise(): Promise<void> {
    const { settlements } = this.#ledger;
    const asOf = settlements.lastAnchored(this.#region);
    const book = settlements.book(this.#region, asOf);
    for (const day of new Set(settlements.store.all(this.#region).map((row) => row.day))) {
      const computed = settlements.compute(this.#region, day, { asOfDay: asOf, book });
      if (computed.changes.length > 0) await settlements.settle(computed);
    }
  }

  /** A reviewer lets one held line go and denies another; a provider contests, and somebody else decides. */
  async #decide(): Promise<void> {
    const { desk, explanations } = this.#ledger;
    const region = this.#region;
    const waiting = explanations.queue(region, ["held"], { day: 0, index: -1 }, 2).map(({ entry }) => entry);
    const decide = async (subject: string, outcome: DecisionName, by: string, reason: string) =>
      void (await desk.decide({ region, subject, outcome, by, reason }));
    const [released, denied] = waiting;
    if (released) await decide(released, "release", "demo-officer-a", "已电话核实,服务属实");
    if (!denied) return;
    await decide(denied, "ask", "demo-officer-a", "请提供当日服务照片");
    await decide(denied, "deny", "demo-officer-a", "逾期未提供证明材料");
    await decide(denied, "appeal", "demo-provider", "材料已补交,请复核");
    await decide(denied, "overturn", "demo-officer-b", "材料齐全,改为支付");
  }

  async #proposeCare(): Promise<void> {
    await Promise.all([INSURANCE, CITY].map((fund) => this.#propose(fund)));
  }

  async #payCare(): Promise<void> {
    await Promise.all([INSURANCE, CITY].map((fund) => this.#pay(fund, 1)));
    // Whoever was enrolled anew is due the other allowance for the same month.
    await this.#entitle();
  }

  async #netDebt(): Promise<void> {
    await this.#pay(ALLOWANCE, 2);
    await this.#propose(ALLOWANCE);
  }

  async #payLast(): Promise<void> {
    await this.#pay(ALLOWANCE, 3);
  }

  /** The family of the elder who had died pays back half of what was paid after the death. */
  async #repay(): Promise<void> {
    const region = this.#region;
    const owed = this.#ledger.payouts.runs.debtTree(region, ALLOWANCE).find(({ payee }) => payee === this.#deadSubject);
    if (!owed) return;
    const document = documentOf("家属退回津贴");
    const half = owed.amountFen / 2n;
    const request = await this.#ledger.payouts.officials.repayRequest(region, ALLOWANCE, owed.payee, half, document);
    await this.#relay(request, "sun-treasury");
  }
}
