import { type Balances, booksOf, conserved, type MoneyEvent, runsOf } from "./books.ts";
import { fromHex, type Hex, ZERO_HASH } from "./bytes.ts";
import { nameHash, type RunTerms, runLeaf, termsHash } from "./payout.ts";
import {
  type AsOf,
  asOfHash,
  LINE_STATUSES,
  type LineStatus,
  linesAgree,
  type SettlementLine,
  settlementLeaf,
} from "./settlement.ts";
import { verifySum } from "./sumTree.ts";

/** Amounts in a proof file are decimal text. */
export interface SumText {
  hash: Hex;
  sum: string;
}

export interface LineText {
  index: number;
  status: LineStatus;
  priceFen: string;
  shareFen: string;
  verdicts: Hex;
  payee: Hex;
}

/** How one entry was paid by one fund: its line, the run that paid the day, and the payee's line in it. */
export interface PartProof {
  fund: string;
  root: SumText;
  line: LineText;
  proof: SumText[];
  /** Null while no run has paid the day. */
  run: RunProof | null;
}

export interface RunProof {
  /** Revision of the day that the run paid. */
  revision: number;
  terms: Omit<RunTerms, "lines" | "debts"> & { lines: SumText; debts: SumText };
  /** The payee's line; null when the run owed the payee nothing. */
  line: { index: number; payee: Hex; account: Hex; amountFen: string } | null;
  proof: SumText[];
  /** What the bank said of that line, as the server has it, and the hash of the bank's file. */
  bank: { endToEndId: string; state: string; reason: string; file: Hex } | null;
}

export interface PaymentProof {
  /** Address of SubsidyLedger, as the maker states it. */
  contract: Hex;
  settlement: { revision: number; asOf: AsOf[]; ruleset: Hex; size: number };
  parts: PartProof[];
}

/** What a verifier trusts of money: SubsidyLedger's own reports and balances. */
export interface MoneyAnchorage {
  contract: Hex;
  /** What a fund's contract reported, and what it says that it holds; null for a fund that is not open there. */
  fund(code: string): Promise<{ events: readonly MoneyEvent[]; balances: Balances } | null>;
  /** What a fund's contract holds of a day: also where its settlement was reported by a chain that is lost. */
  day(code: string, day: number): Promise<{ revision: number; root: Hex; total: bigint }>;
  /** The settlement of a day that holds now; `asOf` is zero where a predecessor's was taken over. */
  settlement(region: number, day: number): Promise<{ revision: number; asOf: Hex; ruleset: Hex; size: number }>;
}

export interface PaymentFinding {
  property: "P4" | "P5";
  status: "held" | "broken" | "late" | "attested" | "not covered";
  what: string;
}

const node = ({ hash, sum }: SumText) => ({ hash: fromHex(hash), sum: BigInt(sum) });
const lineOf = ({ priceFen, shareFen, ...rest }: LineText): SettlementLine => ({
  ...rest,
  priceFen: BigInt(priceFen),
  shareFen: BigInt(shareFen),
});
const termsOf = (terms: RunProof["terms"]): RunTerms => ({
  ...terms,
  lines: { hash: terms.lines.hash, sum: BigInt(terms.lines.sum) },
  debts: { hash: terms.debts.hash, sum: BigInt(terms.debts.sum) },
});

/** One entry's place in the log, and who has to be paid for it. */
export interface PaidEntry {
  region: number;
  day: number;
  index: number;
  /** Credit code of a visit's provider, pseudonym of an allowance's elder. */
  payee: string;
}

/** Follows the money from an entry to the bank. Nothing that the proof states counts unless the contract says it too. */
export async function verifyPayment(
  entry: PaidEntry,
  payment: PaymentProof,
  money: MoneyAnchorage | null,
): Promise<PaymentFinding[]> {
  if (!money) {
    const what = "no chain here that could say what was settled and paid";
    return [
      { property: "P4", status: "not covered", what },
      { property: "P5", status: "not covered", what },
    ];
  }
  const findings: PaymentFinding[] = [];
  const broken = (property: "P4" | "P5", what: string) => findings.push({ property, status: "broken", what });
  const { settlement, parts } = payment;
  if (payment.contract !== money.contract) broken("P4", `the proof is of another contract than ${money.contract}`);
  const held = await money.settlement(entry.region, entry.day);
  const lines = parts.map(({ line }) => lineOf(line));
  if (!lines.every(({ status }) => LINE_STATUSES.includes(status))) broken("P4", "a line has no known status");
  if (lines.length > 0 && !linesAgree(lines)) broken("P4", "the funds' shares exceed the price, or disagree");
  if (lines.some(({ index }) => index !== entry.index)) broken("P4", "a line is another entry's");
  if (lines.some(({ status, payee }) => status !== "none" && payee !== nameHash(entry.payee)))
    broken("P4", "a line pays somebody else");
  if (held.revision === settlement.revision && held.asOf === ZERO_HASH && held.size === 0)
    findings.push({
      property: "P4",
      status: "attested",
      what: `revision ${held.revision} was settled on a chain that is lost, and taken over by what officials signed`,
    });
  else if (held.revision === settlement.revision) {
    if (asOfHash(settlement.asOf) !== held.asOf || settlement.ruleset !== held.ruleset || settlement.size !== held.size)
      broken("P4", "the chain holds another settlement of the day");
  } else if (settlement.revision > held.revision) broken("P4", `revision ${settlement.revision} is not on the chain`);
  else
    findings.push({
      property: "P4",
      status: "late",
      what: `the day was settled again: revision ${held.revision} holds, this is ${settlement.revision}`,
    });
  for (const [i, part] of parts.entries())
    findings.push(...(await verifyPart(entry, settlement, part, lines[i]!, money)));
  if (parts.length === 0)
    findings.push({ property: "P4", status: "not covered", what: "no fund has a part in that day" });
  return findings;
}

async function verifyPart(
  entry: PaidEntry,
  settlement: PaymentProof["settlement"],
  part: PartProof,
  line: SettlementLine,
  money: MoneyAnchorage,
): Promise<PaymentFinding[]> {
  const findings: PaymentFinding[] = [];
  const add = (property: "P4" | "P5", holds: boolean, held: string, broken: string) =>
    findings.push({ property, status: holds ? "held" : "broken", what: `${part.fund}: ${holds ? held : broken}` });
  const fund = await money.fund(part.fund);
  if (!fund) {
    add("P4", false, "", "the fund is not open on that chain");
    return findings;
  }
  const settled = fund.events.find(
    ({ name, args }) =>
      name === "PartSettled" && args["day"] === String(entry.day) && args["revision"] === String(settlement.revision),
  );
  const inherited = settled ? null : await money.day(part.fund, entry.day);
  const inTree = verifySum(node(part.root), settlement.size, line.index, settlementLeaf(line), part.proof.map(node));
  const anchored = inherited
    ? inherited.revision === settlement.revision &&
      inherited.root === part.root.hash &&
      inherited.total.toString() === part.root.sum
    : settled?.args["root"] === part.root.hash && settled.args["total"] === part.root.sum;
  add(
    "P4",
    inTree && anchored,
    `${line.status}, ${line.shareFen} of ${line.priceFen} fen, in revision ${settlement.revision} of the day`,
    anchored ? "the line is not in the settlement" : "the chain holds another settlement of this fund",
  );
  const books = booksOf(fund.events);
  const same = Object.entries(books).every(([name, fen]) => fund.balances[name as keyof Balances] === fen);
  add(
    "P5",
    conserved(books) && same,
    `appropriated ${books.appropriatedFen} − withdrawn ${books.withdrawnFen} = available ${books.availableFen} + reserved ${books.reservedFen} + released ${books.releasedFen} − returned ${books.returnedFen} − repaid ${books.repaidFen}`,
    "money is not conserved",
  );
  if (!part.run)
    findings.push({ property: "P4", status: "not covered", what: `${part.fund}: no run has paid the day yet` });
  else findings.push(...verifyRun(entry, settlement.revision, part, part.run, fund.events));
  return findings;
}

/** Runs that a fund was opened with. */
const inheritedRuns = (events: readonly MoneyEvent[]): number =>
  Number(events.find(({ name }) => name === "FundOpened")?.args["runs"] ?? 0);

function verifyRun(
  entry: PaidEntry,
  revision: number,
  { fund }: PartProof,
  run: RunProof,
  events: readonly MoneyEvent[],
): PaymentFinding[] {
  const findings: PaymentFinding[] = [];
  const terms = termsOf(run.terms);
  const status = runsOf(events).get(terms.number);
  const name = `${fund}: run ${terms.number}`;
  const broken = (property: "P4" | "P5", what: string) =>
    findings.push({ property, status: "broken", what: `${name} ${what}` });
  if (!status && terms.number <= inheritedRuns(events)) {
    findings.push({
      property: "P4",
      status: "attested",
      what: `${name} was made on a chain that is lost; the fund was opened here with its books`,
    });
    return findings;
  }
  if (!status || status.terms !== termsHash(terms)) {
    broken("P4", "is not the one on the chain");
    return findings;
  }
  if (!terms.dayList.includes(entry.day)) broken("P4", "does not pay this day");
  // What a run consumed is what was settled when it was proposed.
  const consumed = events.findLast(
    ({ name: event, args, blockNumber, logIndex }) =>
      event === "PartSettled" &&
      args["day"] === String(entry.day) &&
      (blockNumber < status.proposedIn.blockNumber ||
        (blockNumber === status.proposedIn.blockNumber && logIndex < status.proposedIn.logIndex)),
  );
  if (consumed && consumed.args["revision"] !== String(run.revision)) broken("P4", "paid another revision of the day");
  if (revision !== run.revision)
    findings.push({
      property: "P4",
      status: "late",
      what: `${name} paid revision ${run.revision}; what changed since is for a later run`,
    });
  if (status.approver !== null && status.approver === status.proposer) broken("P4", "was approved by its proposer");
  if (status.totalFen !== terms.lines.sum) broken("P5", "has another total than its lines");
  if (run.line) {
    const line = { ...run.line, amountFen: BigInt(run.line.amountFen) };
    const there = verifySum(
      { hash: fromHex(terms.lines.hash), sum: terms.lines.sum },
      terms.payees,
      line.index,
      runLeaf(line),
      run.proof.map(node),
    );
    if (!there || line.payee !== nameHash(entry.payee)) broken("P4", "has no such line for the payee");
  }
  if (findings.some((finding) => finding.status === "broken")) return findings;
  const officials = `proposed by ${status.proposer.slice(0, 10)}…, ${status.approver ? `approved by ${status.approver.slice(0, 10)}…` : "not approved yet"}`;
  const paid = run.line
    ? `line ${run.line.index}, ${run.line.amountFen} fen`
    : "the payee was due nothing after what was owed";
  findings.push({ property: "P4", status: "held", what: `${name} ${status.state}: ${paid}; ${officials}` });
  findings.push({
    property: "P5",
    status: "held",
    what: `${name}: ${status.totalFen} fen are the sum of its ${terms.payees} lines`,
  });
  if (run.bank)
    findings.push({
      property: "P4",
      status: "not covered",
      what: `${name}: ${run.bank.state} at the bank as ${run.bank.endToEndId} by the file ${run.bank.file}: ask the bank for it`,
    });
  return findings;
}
