import { endToEndId, messagesOf } from "./bankFile.ts";
import type { Hex } from "./bytes.ts";

/** What a bank reported, freed from its XML: pain.002 (status of an order) and camt.053 (the account's statement). */
export interface StatusReport {
  /** The report's own name. */
  id: string;
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
  /** The bank's or the customer's own reference of the entry; "" without one. */
  reference: string;
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
  what: "unknown" | "amount" | "twice" | "not_paid" | "unexplained" | "entry_sum" | "account" | "rejected";
  expectedFen: bigint | null;
  statedFen: bigint | null;
}

/** One payment of one run. */
export interface PaymentRef {
  terms: Hex;
  index: number;
}

export interface Reconciled {
  /** Lines that left the account with this statement, by run and place. */
  paid: (PaymentRef & { amountFen: bigint })[];
  returned: (PaymentRef & { amountFen: bigint; reason: string })[];
}

/** What is known of a run before the statement. */
export interface KnownRun {
  terms: Hex;
  lines: readonly { index: number; amountFen: bigint }[];
  /** Indexes that earlier statements paid, and those that they sent back. */
  paid: ReadonlySet<number>;
  returned: ReadonlySet<number>;
  /** Indexes that the bank refused to pay: they never leave the account. */
  rejected: ReadonlySet<number>;
}

/** An account with everything that may pass over it. */
export interface KnownAccount {
  account: string;
  runs: readonly KnownRun[];
  /** Budget that came or went, debts that were paid: by the reference under which the bank books them. */
  others: readonly { reference: string; direction: "debit" | "credit"; amountFen: bigint }[];
}

interface Line extends PaymentRef {
  amountFen: bigint;
  run: KnownRun;
}

class Matching {
  readonly differences: Difference[] = [];
  readonly paid = new Map<string, Line>();
  readonly returned = new Map<string, Line & { reason: string }>();
  readonly #others: KnownAccount["others"];
  readonly #lineOf = new Map<string, Line>();
  readonly #batches = new Map<string, Line[]>();

  constructor({ runs, others }: KnownAccount) {
    this.#others = others;
    for (const run of runs) {
      const lines = run.lines.map((line): Line => ({ ...line, terms: run.terms, run }));
      for (const line of lines) this.#lineOf.set(endToEndId(run.terms, line.index), line);
      for (const { messageId, payments } of messagesOf(run.terms, lines))
        this.#batches.set(
          messageId,
          payments.filter(({ index }) => !run.rejected.has(index)),
        );
    }
  }

  differs(reference: string, what: Difference["what"], expectedFen: bigint | null, statedFen: bigint | null): void {
    this.differences.push({ reference, what, expectedFen, statedFen });
  }

  #isPaid(reference: string, { index, run }: Line): boolean {
    return this.paid.has(reference) || run.paid.has(index);
  }

  #pay(reference: string, line: Line): void {
    if (this.#isPaid(reference, line)) return void this.differs(reference, "twice", line.amountFen, line.amountFen);
    if (line.run.rejected.has(line.index))
      return void this.differs(reference, "rejected", line.amountFen, line.amountFen);
    this.paid.set(reference, line);
  }

  /** Whether an entry is budget or a repayment, to the fen. */
  #isOther({ amountFen, direction, batch, payments, reference }: StatementEntry): boolean {
    const names = [reference, batch, ...payments.map((payment) => payment.endToEndId)];
    return this.#others.some(
      (other) => other.direction === direction && other.amountFen === amountFen && names.includes(other.reference),
    );
  }

  #batch(reference: string, amountFen: bigint): void {
    const lines = this.#batches.get(reference);
    if (!lines) return void this.differs(reference, "unknown", null, amountFen);
    const expected = lines.reduce((sum, line) => sum + line.amountFen, 0n);
    if (expected !== amountFen) return void this.differs(reference, "amount", expected, amountFen);
    for (const line of lines) this.#pay(endToEndId(line.terms, line.index), line);
  }

  entry(entry: StatementEntry): void {
    const { amountFen, direction, batch, payments } = entry;
    if (this.#isOther(entry)) return;
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

  #return(reference: string, line: Line, reason: string): void {
    const { index, amountFen, run } = line;
    if (!this.#isPaid(reference, line)) return void this.differs(reference, "not_paid", amountFen, amountFen);
    if (this.returned.has(reference) || run.returned.has(index))
      return void this.differs(reference, "twice", amountFen, amountFen);
    this.returned.set(reference, { ...line, reason });
  }
}

/**
 * Holds a statement of an account against the runs that are paid from it, to the fen. Debits are looked at before credits, whatever
 * their order in the file. What does not match is named, and then nothing of the statement counts.
 */
export function reconcile(known: KnownAccount, statement: Statement): Reconciled | { differences: Difference[] } {
  const matching = new Matching(known);
  if (statement.account !== known.account) matching.differs(statement.account, "account", null, null);
  for (const direction of ["debit", "credit"] as const)
    for (const entry of statement.entries) if (entry.direction === direction) matching.entry(entry);
  if (matching.differences.length > 0) return { differences: matching.differences };
  const byPlace = (a: PaymentRef, b: PaymentRef) =>
    a.terms === b.terms ? a.index - b.index : a.terms < b.terms ? -1 : 1;
  const paid = [...matching.paid.values()].map(({ terms, index, amountFen }) => ({ terms, index, amountFen }));
  const returned = [...matching.returned.values()].map(({ terms, index, amountFen, reason }) => ({
    terms,
    index,
    amountFen,
    reason,
  }));
  return { paid: paid.sort(byPlace), returned: returned.sort(byPlace) };
}
