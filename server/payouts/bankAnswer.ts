import { endToEndId, messagesOf } from "../../core/bankFile.ts";
import {
  type Difference,
  type KnownAccount,
  type KnownRun,
  reconcile,
  type Statement,
} from "../../core/bankStatement.ts";
import type { MoneyEvent } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { type IssueCode, Refusal } from "../../core/errors.ts";
import { readStatements, readStatusReport } from "./bankXml.ts";
import type { PaymentEventRow, PaymentState } from "./store.ts";

/** What a bank's file says of payments, held against what was ordered. The same file and books give the same answer. */
export interface Answer {
  /** The file's own name. */
  reference: string;
  events: PaymentEventRow[];
}

const ISSUE_OF: Record<Difference["what"], IssueCode> = {
  unknown: "bank_unknown",
  amount: "bank_amount",
  twice: "bank_twice",
  not_paid: "bank_not_paid",
  unexplained: "bank_unexplained",
  entry_sum: "bank_entry_sum",
  account: "bank_account",
  rejected: "bank_rejected",
};

/** The name under which a bank books a budget order or a repayment: the first 128 bits of its document's hash. */
export const bookingReference = (document: string): string => document.slice(2, 34);

/** A run as the bank's files so far have it. */
export function knownRun(terms: Hex, lines: KnownRun["lines"], events: readonly PaymentEventRow[]): KnownRun {
  const those = (what: PaymentState) => new Set(events.filter((e) => e.what === what).map(({ index }) => index));
  return { terms, lines, paid: those("paid"), returned: those("returned"), rejected: those("rejected") };
}

/** What else passes over a fund's account: budget that came and went, debts that were paid. */
export function otherBookings(events: readonly MoneyEvent[]): KnownAccount["others"] {
  return events.flatMap(({ name, args }) => {
    if (name !== "Appropriated" && name !== "Withdrawn" && name !== "DebtRepaid") return [];
    const direction = name === "Withdrawn" ? ("debit" as const) : ("credit" as const);
    return [{ reference: bookingReference(args["document"]!), direction, amountFen: BigInt(args["amountFen"]!) }];
  });
}

function statusEvents(bytes: Uint8Array, { runs }: KnownAccount): Answer {
  const report = readStatusReport(bytes);
  const differs = (value: string, code: IssueCode) => new Refusal("statement_differs", [{ pointer: "", code, value }]);
  const run = runs.find(({ terms, lines }) =>
    messagesOf(terms, lines).some(({ messageId }) => messageId === report.messageId),
  );
  if (!run) throw differs(report.messageId, "bank_unknown");
  const own = messagesOf(run.terms, run.lines).find(({ messageId }) => messageId === report.messageId)!.payments;
  const byReference = new Map(own.map((line) => [endToEndId(run.terms, line.index), line]));
  const whatOf = (status: string): PaymentState | null =>
    status === "RJCT" ? "rejected" : status.startsWith("AC") ? "accepted" : null;
  const found = new Map<number, PaymentEventRow>();
  const note = (line: { index: number; amountFen: bigint }, what: PaymentState | null, reason: string) => {
    if (what === "rejected" && (run.paid.has(line.index) || run.rejected.has(line.index)))
      throw differs(endToEndId(run.terms, line.index), "bank_twice");
    if (what) found.set(line.index, { terms: run.terms, index: line.index, what, amountFen: line.amountFen, reason });
  };
  for (const line of own) note(line, whatOf(report.groupStatus ?? ""), "");
  for (const { endToEndId: reference, status, reason } of report.payments) {
    const line = byReference.get(reference);
    if (!line) throw differs(reference, "bank_unknown");
    note(line, whatOf(status), reason);
  }
  return { reference: report.id, events: [...found.values()] };
}

function statementEvents(bytes: Uint8Array, known: KnownAccount): Answer {
  const statements = readStatements(bytes);
  const { account } = known;
  // Several statements of one file are one account's days: they are held against the runs together.
  const whole: Statement = { id: "", account, entries: statements.flatMap((statement) => statement.entries) };
  const stranger = statements.find((statement) => statement.account !== account);
  const result = reconcile(known, stranger ?? whole);
  if ("differences" in result) {
    throw new Refusal(
      "statement_differs",
      result.differences.map(({ reference, what, expectedFen, statedFen }) => ({
        pointer: `/${reference}`,
        code: ISSUE_OF[what],
        value: `${reference} expected ${expectedFen ?? "-"} stated ${statedFen ?? "-"}`,
      })),
    );
  }
  const paid = result.paid.map((payment): PaymentEventRow => ({ ...payment, what: "paid", reason: "" }));
  const returned = result.returned.map((payment): PaymentEventRow => ({ ...payment, what: "returned" }));
  return {
    reference: statements
      .map(({ id }) => id)
      .join("+")
      .slice(0, 200),
    events: [...paid, ...returned],
  };
}

/** Which message a file claims to be; its schema decides whether it is. */
export function answerKind(bytes: Uint8Array): "pain.002" | "camt.053" {
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  const found = /urn:iso:std:iso:20022:tech:xsd:(pain\.002|camt\.053)\./.exec(start)?.[1];
  if (!found)
    throw new Refusal("invalid_input", [{ pointer: "", code: "invalid_value" }], "neither a pain.002 nor a camt.053");
  return found as "pain.002" | "camt.053";
}

/** Reads a bank's file. Throws Refusal invalid_input or statement_differs; then nothing of it counts. */
export function readAnswer(kind: "pain.002" | "camt.053", bytes: Uint8Array, known: KnownAccount): Answer {
  return kind === "pain.002" ? statusEvents(bytes, known) : statementEvents(bytes, known);
}
