import type { Hex } from "./bytes.ts";

/**
 * A fund's books out of what SubsidyLedger reported, added up without asking it for a balance: whoever has the events
 * has the books of any day. Amounts are fen.
 */
export const MONEY_EVENTS = [
  "FundOpened",
  "Appropriated",
  "Withdrawn",
  "PartSettled",
  "RunProposed",
  "RunApproved",
  "RunObjected",
  "ObjectionDismissed",
  "RunReleased",
  "RunVoided",
  "PaymentReturned",
  "DebtRepaid",
] as const;
export type MoneyEventName = (typeof MONEY_EVENTS)[number];

/** One report of the contract about one fund, in the order of the chain. */
export interface MoneyEvent {
  name: MoneyEventName;
  /** nameHash of the fund's code. */
  fund: Hex;
  /** Numbers and amounts are decimal strings, hashes and codes texts; an opening's figures stand beside the others. */
  args: Record<string, string>;
  tx: Hex;
  blockNumber: number;
  logIndex: number;
  /** Unix seconds of the block. */
  at: number;
}

export interface Balances {
  appropriatedFen: bigint;
  withdrawnFen: bigint;
  availableFen: bigint;
  reservedFen: bigint;
  releasedFen: bigint;
  returnedFen: bigint;
  repaidFen: bigint;
  /** What payees owe the fund; not money that it has. */
  owedFen: bigint;
}

export const NO_BALANCES: Balances = {
  appropriatedFen: 0n,
  withdrawnFen: 0n,
  availableFen: 0n,
  reservedFen: 0n,
  releasedFen: 0n,
  returnedFen: 0n,
  repaidFen: 0n,
  owedFen: 0n,
};

/** appropriated − withdrawn = available + reserved + released − returned − repaid, and nothing below zero (P5). */
export function conserved(b: Balances): boolean {
  const left = b.appropriatedFen - b.withdrawnFen;
  const right = b.availableFen + b.reservedFen + b.releasedFen - b.returnedFen - b.repaidFen;
  return left === right && Object.values(b).every((amount: bigint) => amount >= 0n);
}

/** What an event changes; an event that moves no money changes nothing. */
function changeOf(event: MoneyEvent, totals: ReadonlyMap<string, bigint>, owedFen: bigint): Partial<Balances> {
  const amount = (name: string) => BigInt(event.args[name] ?? "0");
  switch (event.name) {
    case "FundOpened": {
      const opening = {
        appropriatedFen: amount("appropriated"),
        withdrawnFen: amount("withdrawn"),
        releasedFen: amount("released"),
        returnedFen: amount("returned"),
        repaidFen: amount("repaid"),
      };
      const { appropriatedFen, withdrawnFen, releasedFen, returnedFen, repaidFen } = opening;
      const availableFen = appropriatedFen + returnedFen + repaidFen - withdrawnFen - releasedFen;
      return { ...opening, availableFen, owedFen: amount("owed") };
    }
    case "Appropriated":
      return { appropriatedFen: amount("amountFen"), availableFen: amount("amountFen") };
    case "Withdrawn":
      return { withdrawnFen: amount("amountFen"), availableFen: -amount("amountFen") };
    case "RunProposed":
      return { reservedFen: amount("total"), availableFen: -amount("total") };
    case "RunVoided": {
      const total = totals.get(event.args["run"]!) ?? 0n;
      return { reservedFen: -total, availableFen: total };
    }
    case "RunReleased":
      return { reservedFen: -amount("total"), releasedFen: amount("total"), owedFen: amount("owed") - owedFen };
    case "PaymentReturned":
      return { returnedFen: amount("amountFen"), availableFen: amount("amountFen") };
    case "DebtRepaid":
      return { repaidFen: amount("amountFen"), availableFen: amount("amountFen"), owedFen: -amount("amountFen") };
    default:
      return {};
  }
}

/** The balances after each of one fund's events, in their order. */
export function* balancesAfter(events: Iterable<MoneyEvent>): Generator<{ event: MoneyEvent; balances: Balances }> {
  let balances = NO_BALANCES;
  const totals = new Map<string, bigint>();
  for (const event of events) {
    if (event.name === "RunProposed") totals.set(event.args["run"]!, BigInt(event.args["total"]!));
    // A successor contract opens with everything that its predecessor's events had added up to.
    const next = event.name === "FundOpened" ? { ...NO_BALANCES } : { ...balances };
    for (const [name, change] of Object.entries(changeOf(event, totals, balances.owedFen)) as [
      keyof Balances,
      bigint,
    ][])
      next[name] += change;
    balances = next;
    yield { event, balances };
  }
}

/** What one fund's events add up to. */
export function booksOf(events: Iterable<MoneyEvent>): Balances {
  let balances = NO_BALANCES;
  for (const step of balancesAfter(events)) balances = step.balances;
  return balances;
}

export const RUN_STATES = ["proposed", "approved", "released", "void"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Where a run stands by its fund's events. */
export interface RunStatus {
  number: number;
  terms: Hex;
  totalFen: bigint;
  state: RunState;
  /** An objection stands: nothing moves until it is dismissed or the run is void. */
  frozen: boolean;
  /** Unix seconds from which it may be released. */
  windowEnds: number;
  proposer: Hex;
  approver: Hex | null;
  /** Block of the proposal: the settlements up to it are those that it consumed. */
  proposedIn: { blockNumber: number; logIndex: number };
}

/** All runs of one fund's events, by number. */
export function runsOf(events: Iterable<MoneyEvent>): Map<number, RunStatus> {
  const runs = new Map<number, RunStatus>();
  for (const { name, args, blockNumber, logIndex } of events) {
    const number = Number(args["run"]);
    // A run that was live on a chain that is lost was never paid: its successor's opening does not know it.
    if (name === "FundOpened")
      for (const run of runs.values())
        if (run.state !== "released") Object.assign(run, { state: "void", frozen: false });
    if (name === "RunProposed") {
      runs.set(number, {
        number,
        terms: args["termsHash"] as Hex,
        totalFen: BigInt(args["total"]!),
        state: "proposed",
        frozen: false,
        windowEnds: Number(args["windowEnds"]),
        proposer: args["person"] as Hex,
        approver: null,
        proposedIn: { blockNumber, logIndex },
      });
      continue;
    }
    const run = runs.get(number);
    if (!run) continue;
    if (name === "RunApproved") Object.assign(run, { state: "approved", approver: args["person"] as Hex });
    if (name === "RunObjected") run.frozen = true;
    if (name === "ObjectionDismissed") Object.assign(run, { frozen: false, windowEnds: Number(args["windowEnds"]) });
    if (name === "RunReleased") run.state = "released";
    if (name === "RunVoided") Object.assign(run, { state: "void", frozen: false });
  }
  return runs;
}
