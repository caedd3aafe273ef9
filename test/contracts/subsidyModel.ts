import { OFFICIALS, type Official } from "./subsidy.ts";

/**
 * An independent model of the subsidy ledger: plain lists and sums, written from the rules and not from the contract.
 * Each method says every reason for which the call must be refused; only a call without any changes the model. The
 * contract may name whichever of them it looks at first.
 */
export interface Line {
  payee: string;
  amount: bigint;
}

interface DayBook {
  revision: number;
  total: bigint;
  paid: bigint;
}

export interface RunBook {
  number: number;
  days: number[];
  paidBefore: Map<number, bigint>;
  reissues: [run: number, index: number][];
  lines: Line[];
  debts: Line[];
  state: "proposed" | "approved" | "released" | "void";
  windowEnds: number;
  frozenAt: number | null;
  patience: number;
  parts: Map<string, string>;
  used: Set<string>;
}

export interface Proposal {
  number: number;
  days: number[];
  reissues: [run: number, index: number][];
  lines: Line[];
  /** What the terms state as the sum of the lines. */
  stated: bigint;
  debts: Line[];
  window: number;
  patience: number;
}

const sum = (lines: Line[]) => lines.reduce((total, { amount }) => total + amount, 0n);
const ascending = (list: number[]) => list.every((value, i) => i === 0 || value > list[i - 1]!);
const personOf = (official: Official) => OFFICIALS[official][1];
const roleOf = (official: Official) => OFFICIALS[official][0];

export class FundModel {
  in_ = 0n;
  out = 0n;
  paidOut = 0n;
  cameBack = 0n;
  repaid = 0n;
  owed = 0n;
  readonly days = new Map<number, DayBook>();
  readonly runs: RunBook[] = [];
  /** Returned lines: "run/index" → amount, and whether a run issues it again. */
  readonly returns = new Map<string, { amount: bigint; again: boolean }>();
  readonly documents = new Set<string>();
  debts: Line[] = [];
  debtsRun = 0;
  readonly repaidLines = new Set<string>();

  get live(): RunBook | undefined {
    return this.runs.find(({ state }) => state === "proposed" || state === "approved");
  }
  get reserved(): bigint {
    return this.live ? sum(this.live.lines) : 0n;
  }
  get available(): bigint {
    return this.in_ - this.out - this.reserved - this.paidOut + this.cameBack + this.repaid;
  }

  move(direction: "appropriate" | "withdraw", amount: bigint, document: string, by: Official): string[] {
    const reasons = this.#official(by, "Treasury");
    if (this.documents.has(document)) reasons.push("DocumentUsed");
    if (direction === "withdraw" && amount > this.available) reasons.push("InsufficientFunds");
    if (reasons.length > 0) return reasons;
    this.documents.add(document);
    if (direction === "appropriate") this.in_ += amount;
    else this.out += amount;
    return [];
  }

  propose(p: Proposal, by: Official, now: number, leastWindow: number): string[] {
    const reasons = this.#official(by, "Proposer");
    if (this.live) reasons.push("RunIsLive");
    if (p.number !== this.runs.length + 1) reasons.push("RunOutOfOrder");
    if (p.window < leastWindow) reasons.push("WindowTooShort");
    if (!ascending(p.days) || !ascending(p.reissues.map(([run, index]) => run * 1000 + index)))
      reasons.push("ListOutOfOrder");
    if (p.days.some((day) => !this.days.has(day))) reasons.push("DayNotSettled");
    const back = p.reissues.map(([run, index]) => this.returns.get(`${run}/${index}`));
    if (back.some((found, i) => !found || found.again || this.#repeats(p.reissues, i)))
      reasons.push("ReturnNotPending");
    const delta = [...new Set(p.days)].reduce((total, day) => {
      const book = this.days.get(day);
      return book ? total + book.total - book.paid : total;
    }, 0n);
    const again = back.reduce((total, found) => total + (found?.amount ?? 0n), 0n);
    if (delta + again + sum(p.debts) - this.owed !== p.stated) reasons.push("TotalMismatch");
    if (p.stated > this.available) reasons.push("InsufficientFunds");
    if (reasons.length > 0) return reasons;
    const paidBefore = new Map(p.days.map((day) => [day, this.days.get(day)!.paid]));
    for (const day of p.days) this.days.get(day)!.paid = this.days.get(day)!.total;
    for (const found of back) found!.again = true;
    const { number, days, reissues, lines, debts, patience } = p;
    const windowEnds = now + p.window;
    const parts = new Map([[personOf(by), roleOf(by) as string]]);
    const shape = { number, days, paidBefore, reissues, lines, debts, windowEnds, patience, parts };
    this.runs.push({ ...shape, state: "proposed", frozenAt: null, used: new Set() });
    return [];
  }

  approve(number: number, by: Official): string[] {
    const run = this.runs[number - 1];
    const reasons = this.#part(run, by, "Approver");
    if (run?.state !== "proposed") reasons.push("WrongState");
    if (run && run.frozenAt !== null) reasons.push("FrozenMismatch");
    if (reasons.length === 0) run!.state = "approved";
    return this.#acted(run, [by], reasons);
  }

  object(number: number, by: Official, signature: string, now: number): string[] {
    const run = this.runs[number - 1];
    const reasons = [...this.#part(run, by, "Auditor"), ...this.#needsLive(run)];
    if (run?.used.has(signature)) reasons.push("SignatureUsed");
    if (run && run.frozenAt !== null) reasons.push("FrozenMismatch");
    if (run && now >= run.windowEnds) reasons.push("WindowClosed");
    if (reasons.length === 0) {
      run!.frozenAt = now;
      run!.used.add(signature);
    }
    return this.#acted(run, [by], reasons);
  }

  supervise(action: "dismiss" | "void", number: number, by: [Official, Official], now: number): string[] {
    const run = this.runs[number - 1];
    const reasons = [...by.flatMap((official) => this.#part(run, official, "Supervisor")), ...this.#needsLive(run)];
    if (personOf(by[0]) === personOf(by[1])) reasons.push("SignatureUsed", "PersonActedBefore");
    if (action === "dismiss" && run?.frozenAt === null) reasons.push("FrozenMismatch");
    if (reasons.length === 0 && action === "dismiss") {
      run!.windowEnds += now - run!.frozenAt!;
      run!.frozenAt = null;
    }
    this.#acted(run, by, reasons);
    if (reasons.length === 0 && action === "void") this.#undo(run!);
    return reasons;
  }

  expire(number: number, now: number): string[] {
    const run = this.runs[number - 1];
    const reasons = this.#needsLive(run);
    if (run && now < (run.frozenAt ?? run.windowEnds) + run.patience) reasons.push("WindowOpen");
    if (reasons.length === 0) this.#undo(run!);
    return reasons;
  }

  release(number: number, now: number): string[] {
    const run = this.runs[number - 1];
    const reasons: string[] = [];
    if (run?.state !== "approved") reasons.push("WrongState");
    if (run && run.frozenAt !== null) reasons.push("FrozenMismatch");
    if (run && now < run.windowEnds) reasons.push("WindowOpen");
    if (reasons.length > 0) return reasons;
    run!.state = "released";
    this.paidOut += sum(run!.lines);
    this.debts = run!.debts;
    this.debtsRun = number;
    this.owed = sum(run!.debts);
    return [];
  }

  comeBack(number: number, index: number, honest: boolean, by: Official): string[] {
    const run = this.runs[number - 1];
    const reasons = this.#official(by, "Treasury");
    if (run?.state !== "released") reasons.push("WrongState");
    if (this.returns.has(`${number}/${index}`)) reasons.push("AlreadyRecorded");
    if (!honest || !run?.lines[index]) reasons.push("LineNotInTree");
    if (reasons.length > 0) return reasons;
    const { amount } = run!.lines[index]!;
    this.returns.set(`${number}/${index}`, { amount, again: false });
    this.cameBack += amount;
    return [];
  }

  repay(index: number, amount: bigint, by: Official): string[] {
    const line = this.debts[index];
    const reasons = this.#official(by, "Treasury");
    if (this.live) reasons.push("RunIsLive");
    if (!line) reasons.push("LineNotInTree", "InsufficientFunds");
    if (line && amount > line.amount) reasons.push("InsufficientFunds");
    if (this.repaidLines.has(`${this.debtsRun}/${index}`)) reasons.push("AlreadyRecorded");
    if (reasons.length > 0) return reasons;
    this.repaidLines.add(`${this.debtsRun}/${index}`);
    this.repaid += amount;
    this.owed -= amount;
    return [];
  }

  #official(by: Official, role: string): string[] {
    return roleOf(by) === role ? [] : ["NotOfficial"];
  }
  #part(run: RunBook | undefined, by: Official, role: string): string[] {
    const reasons = this.#official(by, role);
    const part = run?.parts.get(personOf(by));
    if (part && part !== role) reasons.push("PersonActedBefore");
    return reasons;
  }
  #acted(run: RunBook | undefined, by: Official[], reasons: string[]): string[] {
    if (run && reasons.length === 0) for (const official of by) run.parts.set(personOf(official), roleOf(official));
    return reasons;
  }
  #needsLive(run: RunBook | undefined): string[] {
    return run && (run.state === "proposed" || run.state === "approved") ? [] : ["WrongState"];
  }
  #repeats(list: [number, number][], i: number): boolean {
    return list.findIndex(([run, index]) => run === list[i]![0] && index === list[i]![1]) !== i;
  }
  #undo(run: RunBook): void {
    run.state = "void";
    for (const [day, paid] of run.paidBefore) this.days.get(day)!.paid = paid;
    for (const [number, index] of run.reissues) this.returns.get(`${number}/${index}`)!.again = false;
  }
}

/** Days are settled for all funds of a region at once. */
export class RegionModel {
  readonly revisions = new Map<number, number>();

  settle(
    day: number,
    revision: number,
    totals: Map<FundModel, bigint>,
    funds: FundModel[],
    isSealed: boolean,
  ): string[] {
    const reasons: string[] = [];
    if (!isSealed) reasons.push("DayNotSealed");
    if (revision !== (this.revisions.get(day) ?? 0) + 1) reasons.push("RevisionOutOfOrder");
    if (funds.some((fund) => fund.days.has(day) && !totals.has(fund))) reasons.push("PartMissing");
    if (reasons.length > 0) return reasons;
    this.revisions.set(day, revision);
    for (const [fund, total] of totals) fund.days.set(day, { revision, total, paid: fund.days.get(day)?.paid ?? 0n });
    return [];
  }
}
