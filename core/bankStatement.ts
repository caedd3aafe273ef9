import { endToEndId, messagesOf } from "./bankFile.ts";
import type { Hex } from "./bytes.ts";

/** What a bank reported, freed from its XML: pain.002 (status of an order) and camt.053 (the account's statement). */
export interface StatusReport {
  /** Message that the report is about. */
  messageId: string;
  /** Status of the whole message, for example ACCP or RJCT; null when only single payments are reported. */
  groupStatus: string | null;
  payments: { endToEndId: string; status: string; reason: string }[];
}

export interface StatementEntry {
  amountFen: bigint;
  /** From the account's side: debit is money that left. */
  direction: "debit" | "credit";
  /** Message whose payments were booked as one sum; null when payments are listed. */
  batch: string | null;
  payments: { endToEndId: string; amountFen: bigint | null; returnReason: string | null }[];
}

export interface Statement {
  id: string;
  account: string;
  entries: StatementEntry[];
}

/** One thing in which the statement and the run differ; the statement is refused as a whole. */
export interface Difference {
  reference: string;
  what: "unknown" | "amount" | "twice" | "not_paid" | "unexplained" | "entry_sum" | "account";
  expectedFen: bigint | null;
  statedFen: bigint | null;
}

export interface Reconciled {
  /** Indexes of lines that left the account with this statement. */
  paid: number[];
  returned: { index: number; amountFen: bigint; reason: string }[];
}

/** What is known of a run before the statement. */
export interface KnownRun {
  terms: Hex;
  account: string;
  lines: readonly { index: number; amountFen: bigint }[];
  /** Indexes that earlier statements paid, and those that they sent back. */
  paid: ReadonlySet<number>;
  returned: ReadonlySet<number>;
}

class Matching {
  readonly differences: Difference[] = [];
  readonly paid = new Set<number>();
  readonly returned = new Map<number, { amountFen: bigint; reason: string }>();
  readonly #run: KnownRun;
  readonly #lineOf: Map<string, { index: number; amountFen: bigint }>;
  readonly #batches: Map<string, { index: number; amountFen: bigint }[]>;

  constructor(run: KnownRun) {
    this.#run = run;
    this.#lineOf = new Map(run.lines.map((line) => [endToEndId(run.terms, line.index), line]));
    this.#batches = new Map(messagesOf(run.terms, run.lines).map(({ messageId, payments }) => [messageId, payments]));
  }

  differs(reference: string, what: Difference["what"], expectedFen: bigint | null, statedFen: bigint | null): void {
    this.differences.push({ reference, what, expectedFen, statedFen });
  }

  isPaid(index: number): boolean {
    return this.paid.has(index) || this.#run.paid.has(index);
  }

  #pay(reference: string, line: { index: number; amountFen: bigint }): void {
    if (this.isPaid(line.index)) return void this.differs(reference, "twice", line.amountFen, line.amountFen);
    this.paid.add(line.index);
  }

  #batch(reference: string, amountFen: bigint): void {
    const lines = this.#batches.get(reference);
    if (!lines) return void this.differs(reference, "unknown", null, amountFen);
    const expected = lines.reduce((sum, line) => sum + line.amountFen, 0n);
    if (expected !== amountFen) return void this.differs(reference, "amount", expected, amountFen);
    for (const line of lines) this.#pay(endToEndId(this.#run.terms, line.index), line);
  }

  entry(entry: StatementEntry): void {
    const { amountFen, direction, batch, payments } = entry;
    if (payments.length === 0) {
      if (batch && direction === "debit") return void this.#batch(batch, amountFen);
      return void this.differs(batch ?? "", "unexplained", null, amountFen);
    }
    // A single payment may leave its amount to the entry.
    const amounts = payments.map((payment) => payment.amountFen ?? (payments.length === 1 ? amountFen : null));
    const sum = amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);
    if (sum !== amountFen) this.differs(payments[0]!.endToEndId, "entry_sum", sum, amountFen);
    payments.forEach((payment, i) => {
      const { endToEndId: reference, returnReason } = payment;
      const line = this.#lineOf.get(reference);
      if (!line) this.differs(reference, "unknown", null, amounts[i]!);
      else if (line.amountFen !== amounts[i]) this.differs(reference, "amount", line.amountFen, amounts[i]!);
      else if (direction === "debit") this.#pay(reference, line);
      else this.#return(reference, line, returnReason ?? "");
    });
  }

  #return(reference: string, line: { index: number; amountFen: bigint }, reason: string): void {
    const { index, amountFen } = line;
    if (!this.isPaid(index)) return void this.differs(reference, "not_paid", amountFen, amountFen);
    if (this.returned.has(index) || this.#run.returned.has(index))
      return void this.differs(reference, "twice", amountFen, amountFen);
    this.returned.set(index, { amountFen, reason });
  }
}

/**
 * Holds a statement of the run's account against the run, to the fen. Debits are looked at before credits, whatever
 * their order in the file. What does not match is named, and then nothing of the statement counts.
 */
export function reconcile(run: KnownRun, statement: Statement): Reconciled | { differences: Difference[] } {
  const matching = new Matching(run);
  if (statement.account !== run.account) matching.differs(statement.account, "account", null, null);
  for (const direction of ["debit", "credit"] as const)
    for (const entry of statement.entries) if (entry.direction === direction) matching.entry(entry);
  if (matching.differences.length > 0) return { differences: matching.differences };
  return {
    paid: [...matching.paid].sort((a, b) => a - b),
    returned: [...matching.returned].map(([index, found]) => ({ index, ...found })),
  };
}
