import { type Balances, booksOf, conserved, type MoneyEvent, type RunStatus, runsOf } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { debtLeaf, nameHash, runLeaf, termsHash } from "../../core/payout.ts";
import { changesOf, type PayeeChange, planRun } from "../../core/runPlan.ts";
import { asOfHash, linesAgree, type SettlementLine, settlementLeaf } from "../../core/settlement.ts";
import { SumFrontier, sumHex, sumRoot } from "../../core/sumTree.ts";
import { balancesOf, type ChainFund, type ChainSettled } from "../chain/subsidy.ts";
import type { Vault } from "../db/vault.ts";
import type { FundStore, StoredEvent } from "../funds/store.ts";
import { debtsAfter } from "../payouts/debts.ts";
import type { BankFileRow, PayoutStore, RunRow } from "../payouts/store.ts";
import type { SealStore } from "../seals/store.ts";
import { type Pricing, unsharedLine } from "../settlements/pricing.ts";
import { chainPartsOf, sameParts } from "../settlements/service.ts";
import type { LineRow, SettlementRow, SettlementStore } from "../settlements/store.ts";
import { BankCheck } from "./fsckBank.ts";

/** What SubsidyLedger holds, read before the books. */
export interface MoneyOnChain {
  /** Which of the ledger's chains it is. */
  deployment: number;
  /** The books held everything up to this block when the chain was read; later events are not compared. */
  block: number;
  money: readonly MoneyEvent[];
  settled: readonly ChainSettled[];
  /** By code, of the funds that are open there. */
  funds: ReadonlyMap<string, ChainFund>;
}

export interface MoneyParts {
  region: number;
  settlements: SettlementStore;
  pricing: Pricing;
  payouts: PayoutStore;
  funds: FundStore;
  seals: SealStore;
  vault: Vault;
  onChain: MoneyOnChain | null;
  /** Whether details are opened: then every settlement is computed again, and every account and bank file read. */
  withDetails: boolean;
  fault(day: number | null, index: number | null, field: string, what: string): void;
}

export interface MoneyCounts {
  settlements: number;
  runs: number;
  bankFiles: number;
}

/** Money, from the lines of settlements to the bank's word: everything is added up and computed again. */
export function checkMoney(parts: MoneyParts): MoneyCounts {
  const { region, settlements, payouts } = parts;
  const rows = attempt(parts, "settlement", () => settlements.all(region)) ?? [];
  attempt(parts, "settlement", () => checkSettlements(parts, rows));
  const runs = attempt(parts, "run.body", () => payouts.allRuns(region)) ?? [];
  for (const code of attempt(parts, "fund_event", () => fundCodes(parts, runs)) ?? [])
    attempt(parts, "fund_event", () =>
      checkFund(
        parts,
        code,
        runs.filter(({ fund }) => fund === code),
      ),
    );
  const files = attempt(parts, "bank_file", () => payouts.allFiles(region)) ?? [];
  if (parts.withDetails) attempt(parts, "bank_file", () => new BankCheck(parts, files).run());
  attempt(parts, "settlement", () => checkCounts(parts, rows, runs, files));
  return { settlements: rows.length, runs: runs.length, bankFiles: files.length };
}

// A tampered row may hold what nothing of ours ever wrote: that is a fault to report, never a reason to stop.
function attempt<T>({ fault }: MoneyParts, field: string, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    fault(null, null, field, `cannot be read: ${(error as Error).message}`);
    return null;
  }
}

const fundCodes = ({ funds, region, payouts }: MoneyParts, runs: RunRow[]): string[] => [
  ...new Set([
    ...funds.codes(region),
    ...runs.map(({ fund }) => fund),
    ...payouts.allFiles(region).map(({ fund }) => fund),
  ]),
];

// ---------------------------------------------------------------- settlements

function checkSettlements(parts: MoneyParts, rows: SettlementRow[]): void {
  const { fault, onChain, region } = parts;
  const chain = new Map(
    onChain?.settled.filter((s) => s.region === region).map((s) => [`${s.day}/${s.revision}`, s]) ?? [],
  );
  let previous: SettlementRow | null = null;
  for (const row of rows) {
    const { day, revision } = row;
    const expected: number = previous?.day === day ? previous.revision + 1 : 1;
    if (revision !== expected) fault(day, null, "settlement.revision", `revision ${revision} follows ${expected - 1}`);
    previous = row;
    attempt(parts, "settlement_line", () => checkSettlement(parts, row));
    const held = chain.get(`${day}/${revision}`);
    chain.delete(`${day}/${revision}`);
    if (held) checkAgainstChain(parts, row, held);
    else if (onChain && wasSentBefore(parts, row, onChain) && !wasElsewhere(parts, row))
      fault(day, null, "settlement", `the chain does not hold revision ${revision}, which was sent`);
  }
  for (const { day, revision } of chain.values())
    fault(day, null, "settlement", `the chain holds revision ${revision}, which is missing here`);
}

/** Whether a settlement was on the chain before the chain was read; one that was sent since is not missed. */
function wasSentBefore(
  { region, settlements }: MoneyParts,
  { day, revision }: SettlementRow,
  { deployment, block }: MoneyOnChain,
): boolean {
  const anchor = settlements.anchor(region, day, revision);
  return anchor !== null && (anchor.deployment !== deployment || anchor.blockNumber <= block);
}

/** Whether a settlement stood on a chain that is lost, by what that chain reported of each of its parts. */
function wasElsewhere({ onChain, funds, region, settlements }: MoneyParts, { day, revision }: SettlementRow): boolean {
  const where = settlements.anchor(region, day, revision)!.deployment;
  if (where >= onChain!.deployment) return false;
  return settlements.parts(region, day, revision).every(({ fund }) =>
    funds.events(region, fund).some(({ name, args, deployment }) => {
      const same = name === "PartSettled" && args["day"] === String(day) && args["revision"] === String(revision);
      return same && deployment === where;
    }),
  );
}

function checkAgainstChain({ fault, region, settlements }: MoneyParts, row: SettlementRow, held: ChainSettled): void {
  const differs = (field: string) =>
    fault(row.day, null, `settlement.${field}`, `the chain holds another ${field} for revision ${row.revision}`);
  if (held.asOf !== row.asOf) differs("as_of");
  if (held.ruleset !== row.ruleset) differs("ruleset");
  if (held.size !== row.size) differs("size");
  const own = chainPartsOf(settlements.parts(region, row.day, row.revision));
  if (!sameParts(held.parts, own))
    fault(row.day, null, "settlement_part", `the chain holds other roots or totals for revision ${row.revision}`);
}

/** Every entry's line in one part; entries that are not paid have none in the books. */
function partLines(size: number, lines: readonly LineRow[], position: number): SettlementLine[] {
  const whole = Array.from(
    { length: size },
    (_, index): SettlementLine => ({ ...unsharedLine(index), status: "none" }),
  );
  for (const { index, status, priceFen, shares, verdicts, payee } of lines)
    if (index < size) whole[index] = { index, status, priceFen, shareFen: shares[position] ?? 0n, verdicts, payee };
  return whole;
}

function checkSettlement(parts: MoneyParts, row: SettlementRow): void {
  const { region, settlements, seals, fault } = parts;
  const { day, revision, size } = row;
  const [sealed, known] = [seals.of(region, day), seals.of(region, row.asOfDay)];
  if (!sealed || sealed.size !== size) fault(day, null, "settlement.size", "is not the sealed day's");
  if (!known || asOfHash([{ region, day: row.asOfDay, head: known.head }]) !== row.asOf)
    fault(day, null, "settlement.as_of", "is not the hash of the sealed days that it names");
  const partRows = settlements.parts(region, day, revision);
  const lines = settlements.lines(region, day, revision);
  for (const line of lines) {
    const shares = partRows.map((_, i) => ({ ...line, shareFen: line.shares[i] ?? -1n }));
    if (line.index >= size || line.shares.length !== partRows.length || (shares.length > 0 && !linesAgree(shares)))
      fault(day, line.index, "settlement_line.shares", "exceed the price, or are not one for each fund");
  }
  partRows.forEach(({ fund, root }, position) => {
    const found = rootOf(partLines(size, lines, position));
    if (!found || found.hash !== root.hash || found.sum !== root.sum)
      fault(
        day,
        null,
        "settlement_part",
        `the lines of ${fund}, revision ${revision}, do not add up to its root and total`,
      );
  });
  for (const { fund, root } of partRows) {
    const kept = sumHex(sumRoot(settlements.tile(region, day, revision, fund)));
    if (kept.hash !== root.hash || kept.sum !== root.sum)
      fault(day, null, "settlement_tile.nodes", `of ${fund}, revision ${revision}, are not those of its lines`);
  }
  if (parts.withDetails) recompute(parts, row, lines);
}

function rootOf(lines: readonly SettlementLine[]): { hash: Hex; sum: bigint } | null {
  try {
    const tree = new SumFrontier();
    for (const line of lines) tree.append(settlementLeaf(line));
    return sumHex(tree.root());
  } catch {
    return null;
  }
}

const lineText = ({ status, priceFen, shares, verdicts, payee, booked, evidenced, authorised }: LineRow): string =>
  [status, priceFen, shares.join("+"), verdicts, payee, booked, evidenced, authorised].join(" ");

/** The settlement again, from the entries that it could know. Lines of erased persons cannot be computed any more. */
function recompute({ region, pricing, settlements, fault }: MoneyParts, row: SettlementRow, stored: LineRow[]): void {
  const { day, revision, asOfDay } = row;
  try {
    const book = pricing.book(region, asOfDay);
    const priced = pricing.compute(region, day, { asOfDay, revision, book });
    const computed = new Map(priced.lines.map((line) => [line.index, line]));
    if (priced.settlement.ruleset !== row.ruleset)
      fault(day, null, "settlement.ruleset", `revision ${revision} names another rule set than the day's review`);
    const erased = pricing.erasedLines(region, day, book);
    const places = new Map(stored.map((line) => [line.index, line]));
    for (const index of new Set([...places.keys(), ...computed.keys()])) {
      const [own, again] = [places.get(index), computed.get(index)];
      if (erased.has(index) || (own && again && lineText(own) === lineText(again))) continue;
      const what = `revision ${revision}: the entries give ${again ? lineText(again) : "no line"}`;
      fault(day, index, "settlement_line", what);
    }
    if (settlements.parts(region, day, revision).length === 0 && stored.some(({ shares }) => shares.length > 0))
      fault(day, null, "settlement_part", "is missing");
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof RangeError)) throw error;
    fault(day, null, "settlement", `cannot be computed again: ${error.message}`);
  }
}

// ---------------------------------------------------------------- funds and runs

const eventText = ({ name, args, tx, blockNumber, logIndex, at }: MoneyEvent): string =>
  [name, JSON.stringify(args, Object.keys(args).sort()), tx, blockNumber, logIndex, at].join(" ");

function checkFund(parts: MoneyParts, code: string, rows: RunRow[]): void {
  const { fault, funds, region, onChain } = parts;
  const events = funds.events(region, code);
  if (onChain) {
    const known = ({ blockNumber }: MoneyEvent) => blockNumber <= onChain.block;
    const own = events.filter((event) => event.deployment === onChain.deployment && known(event));
    const reported = onChain.money.filter(({ fund }) => fund === nameHash(code));
    const held = reported.filter(known);
    for (let i = 0; i < Math.max(own.length, held.length); i++) {
      if (own[i] && held[i] && eventText(own[i]!) === eventText(held[i]!)) continue;
      fault(null, null, "fund_event", `${code}: event ${i} is not what the chain reported`);
      break;
    }
    const balances = onChain.funds.get(code);
    if (balances) checkBalances(parts, code, reported, balances);
  }
  if (events.length > 0 && !conserved(booksOf(events)))
    fault(null, null, "fund_event", `${code}: money is not conserved`);
  checkRuns(parts, code, rows, events);
}

function checkBalances({ fault }: MoneyParts, code: string, events: readonly MoneyEvent[], held: ChainFund): void {
  const onChain = balancesOf(held);
  for (const [name, fen] of Object.entries(booksOf(events)) as [keyof Balances, bigint][])
    if (onChain[name] !== fen)
      fault(null, null, "fund_event", `${code}: ${name} is ${onChain[name]} on the chain, ${fen} by its events`);
}

function checkRuns(parts: MoneyParts, code: string, rows: RunRow[], events: StoredEvent[]): void {
  const { fault } = parts;
  for (const row of rows) attempt(parts, "run", () => checkRun(parts, row));
  const byTerms = new Map(rows.map((row) => [row.hash, row]));
  const paid = new Map<number, number>();
  for (const status of runsOf(events).values()) {
    const row = byTerms.get(status.terms);
    if (!row) {
      fault(null, null, "run", `run ${status.number} of ${code} stands on the chain and is missing here`);
      continue;
    }
    if (row.number !== status.number)
      fault(null, null, "run.number", `run ${status.number} of ${code} has another number here`);
    if (row.terms.lines.sum !== status.totalFen)
      fault(null, null, "run.body", `run ${status.number} of ${code} has another total on the chain`);
    if (status.state === "void") continue;
    attempt(parts, "run", () => checkPlan(parts, code, row, status, events, byTerms, paid));
  }
}

function checkRun({ fault, payouts, region }: MoneyParts, row: RunRow): void {
  const name = `run ${row.number} of ${row.fund}`;
  const { terms } = row;
  if (termsHash(terms) !== row.hash) fault(null, null, "run.body", `${name}: the terms do not hash to their name`);
  if (terms.fund !== nameHash(row.fund) || terms.number !== row.number)
    fault(null, null, "run.fund", `${name}: the terms are of another fund or number`);
  const lines = payouts.lines(region, row.hash);
  const debts = payouts.debts(region, row.hash);
  const lineTree = lines.map(({ index, payee, account, amountFen }) =>
    runLeaf({ index, payee: nameHash(payee), account, amountFen }),
  );
  const debtTree = debts.map(({ index, payee, amountFen }) => debtLeaf({ index, payee: nameHash(payee), amountFen }));
  const differs = (tree: ReturnType<typeof runLeaf>[], root: { hash: Hex; sum: bigint }, count: number) => {
    const found = sumHex(sumRoot(tree));
    return tree.length !== count || found.hash !== root.hash || found.sum !== root.sum;
  };
  if (differs(lineTree, terms.lines, terms.payees))
    fault(null, null, "run_line", `${name}: the lines do not add up to the run`);
  if (differs(debtTree, terms.debts, terms.debtors))
    fault(null, null, "debt_line", `${name}: the debts do not add up to the run`);
  const days = payouts.days(region, row.hash).map(({ day }) => day);
  if (days.join() !== terms.dayList.join())
    fault(null, null, "run_day", `${name}: the days are not those of its terms`);
}

/** What the run had to pay, from the lines of its days, what came back and what was owed. */
function checkPlan(
  parts: MoneyParts,
  code: string,
  row: RunRow,
  status: RunStatus,
  events: StoredEvent[],
  byTerms: ReadonlyMap<Hex, RunRow>,
  paid: Map<number, number>,
): void {
  const { fault, payouts, region, settlements } = parts;
  const name = `run ${row.number} of ${code}`;
  const statuses = runsOf(events);
  const lines = payouts.lines(region, row.hash);
  const days: PayeeChange[][] = [];
  for (const { day, revision, before } of payouts.days(region, row.hash)) {
    if ((paid.get(day) ?? 0) !== before)
      fault(day, null, "run_day.before", `${name}: earlier runs had paid revision ${paid.get(day) ?? 0}`);
    paid.set(day, revision);
    const size = settlements.of(region, day, revision)?.size;
    if (size === undefined) {
      fault(day, null, "run_day.revision", `${name}: there is no revision ${revision}`);
      continue;
    }
    const linesOf = (of: number) => {
      const position = settlements.parts(region, day, of).findIndex(({ fund }) => fund === code);
      return position < 0 ? null : partLines(size, settlements.lines(region, day, of), position);
    };
    days.push([...changesOf(before === 0 ? null : linesOf(before), linesOf(revision) ?? [])]);
  }
  const proposed = events.findIndex(
    ({ name: event, args }) => event === "RunProposed" && args["run"] === String(row.number),
  );
  const debtsOf = (run: number) => payouts.debts(region, statuses.get(run)?.terms ?? row.hash);
  const debts = debtsAfter(events.slice(0, proposed), debtsOf).left.map(({ payee, amountFen }) => ({
    payee: nameHash(payee),
    amountFen,
  }));
  const returns = row.terms.returnList.flatMap(({ run, index }) => {
    const earlier = byTerms.get(statuses.get(run)?.terms ?? "0x");
    const line = earlier && payouts.lines(region, earlier.hash)[index];
    return line ? [{ run, index, payee: nameHash(line.payee), amountFen: line.amountFen }] : [];
  });
  const accounts = new Map(lines.map(({ payee, account }) => [nameHash(payee), account]));
  const plan = planRun({ days, returns, debts, accountOf: (payee) => accounts.get(payee) ?? "0x00" });
  if (plan.linesRoot.hash !== row.terms.lines.hash || plan.debtsRoot.hash !== row.terms.debts.hash)
    fault(null, null, "run", `${name}: its days, returns and debts give other payments (${plan.totals.paidFen} fen)`);
  if (status.number !== row.number) return;
  if (parts.withDetails) checkAccounts(parts, name, row, lines);
}

function checkAccounts(
  { fault, pricing, region }: MoneyParts,
  name: string,
  row: RunRow,
  lines: ReturnType<PayoutStore["lines"]>,
): void {
  const book = pricing.book(region, Number.MAX_SAFE_INTEGER);
  const stated = new Map<string, { subject: string; commitment: Hex | null }>();
  for (const kind of ["Provider", "Elder", "Account"] as const)
    for (const [subject, versions] of book.kind(kind))
      for (const { day, index, fieldHash, values } of versions)
        stated.set(`${day}/${index}`, { subject, commitment: values && fieldHash("account") });
  for (const { index, payee, account, accountDay, accountIndex } of lines) {
    const entry = stated.get(`${accountDay}/${accountIndex}`);
    // Whoever was erased keeps the commitment; nobody can open it any more.
    if (entry && entry.subject === payee && (entry.commitment === null || entry.commitment === account)) continue;
    fault(
      accountDay,
      accountIndex,
      "run_line.account",
      `${name}, line ${index} of ${row.hash}: is not what that entry states of the payee`,
    );
  }
}

/** Rows that nothing above has looked at: of settlements, runs and files that there are not. */
function checkCounts(
  { region, fault, settlements, payouts, funds }: MoneyParts,
  rows: SettlementRow[],
  runs: RunRow[],
  files: BankFileRow[],
): void {
  for (const fund of funds.gaps(region)) fault(null, null, "fund_event.seq", `${fund}: the numbers have a gap`);
  for (const { table, count } of settlements.strays(region))
    if (count > 0) fault(null, null, table, `${count} rows belong to no settlement of ${rows.length}`);
  for (const { table, count } of payouts.strays(region))
    if (count > 0)
      fault(null, null, table, `${count} rows belong to none of ${runs.length} runs and ${files.length} files`);
}
