import type { RunStatus } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { type ProblemCode, Refusal } from "../../core/errors.ts";
import { maskName } from "../../core/mask.ts";
import { nameHash, type RunTerms, termsHash } from "../../core/payout.ts";
import { AccountMissing, type PayeeChange, planRun, type ReturnedPayment, type RunPlan } from "../../core/runPlan.ts";
import type { Clock } from "../clock.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Funds } from "../funds/service.ts";
import type { Payee, PayeeAccount } from "../registry/book.ts";
import type { Settlements } from "../settlements/service.ts";
import { type DebtState, debtsAfter } from "./debts.ts";
import type { DebtRow, PayoutStore, RunDayRow, RunRow } from "./store.ts";

/** Seconds after which anyone may void a run that nobody resolved, unless the proposer asks otherwise. */
export const DEFAULT_PATIENCE = 30 * 86_400;

const PUBLISHED_LISTS = 50;

export interface PrepareOptions {
  /** Last day to pay; all settled days up to it are. */
  untilDay?: number | undefined;
  window?: number | undefined;
  patience?: number | undefined;
}

export interface Due {
  days: number;
  payees: number;
  /** Newly settled, less what was settled too much before. */
  settledFen: bigint;
  returns: number;
  returnsFen: bigint;
  owedFen: bigint;
  problem: ProblemCode | null;
}

export interface PublicityLine {
  index: number;
  /** Masked for persons, in full for organisations. */
  name: string;
  amountFen: bigint;
}

export interface Runs {
  /**
   * What a fund owes now, as a run that can be proposed: writes it down and sends nothing. Throws Refusal fund_not_open,
   * revision_due, books_differ, wrong_state (a run is live), account_missing, nothing_due, insufficient_funds.
   */
  prepare(region: number, fund: string, options?: PrepareOptions): Promise<RunRow>;
  /** What a fund owes now, without writing anything down; `problem` says why no run could be prepared. */
  due(region: number, fund: string): Promise<Due>;
  /** The run with this number that the chain knows, or the newest that was prepared under it. */
  find(region: number, fund: string, number: number): RunRow;
  status(region: number, fund: string, number: number): RunStatus | null;
  /** The legal publicity list of a proposed run. Throws Refusal not_found before it is proposed and after it is over. */
  publicityList(region: number, fund: string, number: number): { status: RunStatus; lines: PublicityLine[] };
  /** Revision of each day that runs have paid. */
  paidRevisions(region: number, fund: string): Map<number, number>;
  /** Payments that came back and were not issued again. */
  pendingReturns(region: number, fund: string): ReturnedPayment[];
  /** The lines of the debts tree that the contract holds now. */
  debtTree(region: number, fund: string): DebtRow[];
  /** What payees owe, by their credit code or pseudonym. */
  debtors(region: number, fund: string): DebtRow[];
  /** What payees owe, by the hash of the payee. */
  debts(region: number, fund: string): { payee: Hex; amountFen: bigint }[];
}

export function openRuns(parts: {
  store: PayoutStore;
  funds: Funds;
  settlements: Settlements;
  entries: EntryStore;
  clock: Clock;
}): Runs {
  const { store, funds, settlements, entries, clock } = parts;

  /** Runs that the chain holds and that were not voided, with their rows, by number. */
  function standing(region: number, fund: string): { status: RunStatus; row: RunRow }[] {
    const found = [...funds.runs(region, fund).values()].filter(({ state }) => state !== "void");
    return found.map((status) => {
      const row = store.run(region, status.terms);
      // Without its lines nobody can say what was paid: somebody proposed it past this server.
      if (!row) throw new Refusal("books_differ", [], `run ${status.number} of ${fund} is not in the books`);
      return { status, row };
    });
  }

  function paidRevisions(region: number, fund: string): Map<number, number> {
    const paid = new Map<number, number>();
    for (const { row } of standing(region, fund))
      for (const { day, revision } of store.days(region, row.hash)) paid.set(day, revision);
    return paid;
  }

  function pendingReturns(region: number, fund: string): ReturnedPayment[] {
    const runs = standing(region, fund);
    const again = new Set(runs.flatMap(({ row }) => row.terms.returnList.map(({ run, index }) => `${run}/${index}`)));
    const rows = new Map(runs.map(({ status, row }) => [status.number, row]));
    return funds
      .events(region, fund)
      .filter(({ name }) => name === "PaymentReturned")
      .map(({ args }) => ({
        run: Number(args["run"]),
        index: Number(args["index"]),
        amountFen: BigInt(args["amountFen"]!),
      }))
      .filter(({ run, index }) => !again.has(`${run}/${index}`))
      .map(({ run, index, amountFen }) => {
        const line = store.lines(region, rows.get(run)!.hash)[index]!;
        return { run, index, payee: nameHash(line.payee), amountFen };
      });
  }

  function debtState(region: number, fund: string): DebtState {
    const known = funds.runs(region, fund);
    return debtsAfter(funds.events(region, fund), (run) => store.debts(region, known.get(run)!.terms));
  }

  function debts(region: number, fund: string): { payee: Hex; amountFen: bigint }[] {
    return debtState(region, fund).left.map(({ payee, amountFen }) => ({ payee: nameHash(payee), amountFen }));
  }

  /** What one day's newest settlement changes for each payee against the revision that was paid. */
  function* changes(region: number, fund: string, { day, revision, before }: RunDayRow): Generator<PayeeChange> {
    const amounts = (of: number): Map<Hex, bigint> => {
      const position = of === 0 ? -1 : settlements.store.parts(region, day, of).findIndex((part) => part.fund === fund);
      return position < 0 ? new Map() : settlements.store.byPayee(region, day, of, position);
    };
    const [old, now] = [amounts(before), amounts(revision)];
    for (const payee of new Set([...old.keys(), ...now.keys()])) {
      const deltaFen = (now.get(payee) ?? 0n) - (old.get(payee) ?? 0n);
      if (deltaFen !== 0n) yield { payee, deltaFen };
    }
  }

  /** Days whose newest settlement differs from what was paid of them; the contract must say the same of each. */
  async function dueDays(
    region: number,
    fund: string,
    untilDay: number,
  ): Promise<{ row: RunDayRow; changes: PayeeChange[] }[]> {
    const paid = paidRevisions(region, fund);
    const latest = new Map(settlements.store.all(region).map((row) => [row.day, row]));
    const due: { row: RunDayRow; changes: PayeeChange[] }[] = [];
    for (const { day, revision } of latest.values()) {
      const before = paid.get(day) ?? 0;
      const part = settlements.store.parts(region, day, revision).find((p) => p.fund === fund);
      if (!part || day > untilDay || before === revision) continue;
      if (!settlements.store.anchor(region, day, revision)) continue;
      const row = { day, revision, before };
      const list = [...changes(region, fund, row)];
      if (list.length === 0) continue;
      const consumed =
        before === 0 ? 0n : settlements.store.parts(region, day, before).find((p) => p.fund === fund)!.root.sum;
      const onChain = await funds.contract.dayOf(fund, day);
      if (onChain.consumed !== consumed || onChain.revision !== revision || onChain.root !== part.root.hash)
        throw new Refusal("books_differ", [], `fund ${fund}, day ${day}: the chain holds another settlement`);
      due.push({ row, changes: list });
    }
    return due;
  }

  function plan(
    region: number,
    fund: string,
    due: { changes: PayeeChange[] }[],
  ): {
    plan: RunPlan;
    returns: ReturnedPayment[];
    accounts: Map<Hex, { payee: Payee; account: PayeeAccount }>;
    payees: ReadonlyMap<Hex, Payee>;
  } {
    const { openDay, offsetMinutes } = entries.regionRow(region);
    const book = settlements.book(region, openDay);
    const payees = book.payees();
    const today = dayOf(clock.now(), offsetMinutes);
    const accounts = new Map<Hex, { payee: Payee; account: PayeeAccount }>();
    const accountOf = (hash: Hex): Hex | null => {
      const payee = payees.get(hash);
      const account = payee && book.account(payee, today);
      if (payee && account) accounts.set(hash, { payee, account });
      return account?.commitment ?? null;
    };
    const rows = new Map(standing(region, fund).map(({ status, row }) => [status.number, row]));
    // A payment that came back is tried again once the payee is paid elsewhere: the same account would fail again.
    const returns = pendingReturns(region, fund).filter(({ run, index, payee }) => {
      const failed = store.lines(region, rows.get(run)!.hash)[index]!.account;
      const now = accountOf(payee);
      return now !== null && now !== failed;
    });
    try {
      const days = due.map((day) => day.changes);
      return { plan: planRun({ days, returns, debts: debts(region, fund), accountOf }), returns, accounts, payees };
    } catch (error) {
      if (!(error instanceof AccountMissing)) throw error;
      const subjects = error.payees.map((hash) => payees.get(hash)?.subject ?? hash);
      throw new Refusal(
        "account_missing",
        subjects.map((value) => ({ pointer: "/payee", code: "no_account", value })),
      );
    }
  }

  async function prepare(region: number, fund: string, options: PrepareOptions = {}): Promise<RunRow> {
    await funds.sync();
    if (funds.problem()) throw new Refusal("books_differ", [], funds.problem()!);
    if (!funds.isOpen(region, fund)) throw new Refusal("fund_not_open");
    if (settlements.revisionsDue(region).length > 0) throw new Refusal("revision_due");
    const onChain = await funds.contract.fundOf(fund);
    if (onChain.live !== 0) throw new Refusal("wrong_state", [], `run ${onChain.live} of ${fund} is live`);
    const due = await dueDays(region, fund, options.untilDay ?? Number.POSITIVE_INFINITY);
    const { plan: made, returns, accounts, payees } = plan(region, fund, due);
    if (due.length === 0 && returns.length === 0) throw new Refusal("nothing_due");
    if (made.totals.owedBeforeFen !== onChain.owed)
      throw new Refusal("books_differ", [], `fund ${fund}: the chain holds other debts`);
    if (made.totals.paidFen > onChain.available) throw new Refusal("insufficient_funds");
    const terms: RunTerms = {
      fund: nameHash(fund),
      number: onChain.runs + 1,
      dayList: due.map(({ row }) => row.day),
      returnList: returns.map(({ run, index }) => ({ run, index })).sort((a, b) => a.run - b.run || a.index - b.index),
      lines: made.linesRoot,
      payees: made.lines.length,
      debts: made.debtsRoot,
      debtors: made.debts.length,
      window: options.window ?? (await funds.contract.leastWindow()),
      patience: options.patience ?? DEFAULT_PATIENCE,
    };
    const hash = termsHash(terms);
    const row = { region, hash, fund, number: terms.number, terms };
    const lineRows = made.lines.map(({ index, payee, amountFen }) => {
      const { payee: who, account } = accounts.get(payee)!;
      const place = { account: account.commitment, accountDay: account.day, accountIndex: account.index };
      return { index, payee: who.subject, ...place, amountFen };
    });
    const debtRows = made.debts.map(({ index, payee, amountFen }) => ({
      index,
      payee: payees.get(payee)!.subject,
      amountFen,
    }));
    store.saveRun(
      row,
      due.map((day) => day.row),
      lineRows,
      debtRows,
    );
    return store.run(region, hash)!;
  }

  function status(region: number, fund: string, number: number): RunStatus | null {
    return funds.runs(region, fund).get(number) ?? null;
  }

  function find(region: number, fund: string, number: number): RunRow {
    const known = status(region, fund, number);
    const row = known
      ? store.run(region, known.terms)
      : (store.runs(region, fund).findLast((run) => run.number === number) ?? null);
    if (!row) throw new Refusal("not_found");
    return row;
  }

  // Anybody may ask for a list: the names of a run are looked up once, and only masked ones are kept.
  const published = new Map<Hex, PublicityLine[]>();
  function publicLines(region: number, terms: Hex): PublicityLine[] {
    const known = published.get(terms);
    if (known) return known;
    const payees = settlements.book(region, entries.regionRow(region).openDay).payees();
    const lines = store.lines(region, terms).map(({ index, payee, amountFen }) => {
      const who = payees.get(nameHash(payee));
      const name = who?.kind === "Provider" ? (who.name ?? payee) : maskName(who?.name ?? "");
      return { index, name, amountFen };
    });
    if (published.size >= PUBLISHED_LISTS) published.clear();
    published.set(terms, lines);
    return lines;
  }

  async function due(region: number, fund: string): Promise<Due> {
    await funds.sync();
    const returned = pendingReturns(region, fund);
    const owedFen = debts(region, fund).reduce((sum, { amountFen }) => sum + amountFen, 0n);
    const base = {
      returns: returned.length,
      returnsFen: returned.reduce((sum, one) => sum + one.amountFen, 0n),
      owedFen,
    };
    try {
      if (funds.problem()) throw new Refusal("books_differ");
      if (!funds.isOpen(region, fund)) throw new Refusal("fund_not_open");
      const days = await dueDays(region, fund, Number.POSITIVE_INFINITY);
      const changed = days.flatMap(({ changes: list }) => list);
      const live = (await funds.contract.fundOf(fund)).live !== 0;
      const revise = settlements.revisionsDue(region).length > 0;
      const nothing = days.length === 0 && returned.length === 0;
      return {
        ...base,
        days: days.length,
        payees: new Set(changed.map(({ payee }) => payee)).size,
        settledFen: changed.reduce((sum, { deltaFen }) => sum + deltaFen, 0n),
        problem: live ? "wrong_state" : revise ? "revision_due" : nothing ? "nothing_due" : null,
      };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...base, days: 0, payees: 0, settledFen: 0n, problem: error.code };
    }
  }

  return {
    due,
    debtors: (region, fund) => debtState(region, fund).left,
    prepare,
    find,
    status,
    publicityList(region, fund, number) {
      const found = status(region, fund, number);
      if (!found || (found.state !== "proposed" && found.state !== "approved")) throw new Refusal("not_found");
      return { status: found, lines: publicLines(region, found.terms) };
    },
    paidRevisions,
    pendingReturns,
    debtTree: (region, fund) => debtState(region, fund).tree,
    debts,
  };
}
