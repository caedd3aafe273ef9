import { runsOf } from "../../core/books.ts";
import { type Hex, toHex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { openBankFile } from "../payouts/bank.ts";
import { knownRun, otherBookings, readAnswer } from "../payouts/bankAnswer.ts";
import { readStatements } from "../payouts/bankXml.ts";
import type { BankFileRow, PaymentEventRow } from "../payouts/store.ts";
import type { MoneyParts } from "./fsckMoney.ts";

/** Every file again, in order, as if it came now: it must say what the books have of it. */
export class BankCheck {
  readonly #p: MoneyParts;
  readonly #files: BankFileRow[];
  /** What the files before said of each run's payments. */
  readonly #events = new Map<Hex, PaymentEventRow[]>();
  constructor(parts: MoneyParts, files: BankFileRow[]) {
    this.#p = parts;
    this.#files = files;
  }

  run(): void {
    for (const file of this.#files) {
      const stored = this.#p.payouts.eventsOfFile(this.#p.region, file.hash);
      const problem = this.#problemOf(file, stored);
      if (problem) this.#p.fault(null, null, "bank_file", `${file.kind} ${file.reference}: ${problem}`);
      for (const event of stored) this.#events.set(event.terms, [...(this.#events.get(event.terms) ?? []), event]);
    }
    this.#checkReturns();
  }

  #problemOf(file: BankFileRow, stored: PaymentEventRow[]): string | null {
    let bytes: Uint8Array;
    try {
      bytes = openBankFile(this.#p.vault, file);
    } catch {
      return "the box, or what stands beside it, was altered";
    }
    if (toHex(keccak(bytes)) !== file.hash) return "is not the file of that hash";
    if (file.kind === "card-list") return stored.length === 0 ? null : "a card list says nothing of payments";
    const said = file.kind === "pain.001" ? this.#ordered(file, bytes) : this.#answered(file, file.kind, bytes);
    if (typeof said === "string") return said;
    const text = (events: PaymentEventRow[]) =>
      events
        .map(({ terms, index, what, amountFen, reason }) => [terms, index, what, amountFen, reason].join(" "))
        .join("\n");
    return text(said) === text(stored) ? null : "says something else of the payments than payment_event";
  }

  /** A message of ours: its own lines, ordered. */
  #ordered(file: BankFileRow, bytes: Uint8Array): PaymentEventRow[] | string {
    const { payouts, region } = this.#p;
    const run = payouts.runs(region, file.fund).find(({ hash }) => file.reference.startsWith(hash.slice(2, 34)));
    if (!run) return "is the order of no run";
    const xml = new TextDecoder().decode(bytes);
    const found = [
      ...xml.matchAll(/<EndToEndId>[0-9a-f]+-(\d+)<\/EndToEndId><\/PmtId><Amt><InstdAmt Ccy="CNY">([\d.]+)</g),
    ];
    return found.map(([, index, yuan]) => ({
      terms: run.hash,
      index: Number(index),
      what: "ordered" as const,
      amountFen: BigInt(yuan!.replace(".", "")),
      reason: "",
    }));
  }

  #answered(file: BankFileRow, kind: "pain.002" | "camt.053", bytes: Uint8Array): PaymentEventRow[] | string {
    const { funds, payouts, region, pricing } = this.#p;
    const events = funds.events(region, file.fund);
    const runs = [...runsOf(events).values()]
      .filter(({ state }) => state === "released")
      .map(({ terms }) => knownRun(terms, payouts.lines(region, terms), this.#events.get(terms) ?? []));
    try {
      // The fund may have moved to another account since; each that it ever had will do.
      const stated = kind === "camt.053" ? (readStatements(bytes)[0]?.account ?? "") : "";
      const own = pricing.book(region, Number.MAX_SAFE_INTEGER).kind("Fund").get(file.fund) ?? [];
      const accounts = own.map(({ values }) => (values?.["account"] as { account: string } | undefined)?.account);
      const account = accounts.includes(stated) ? stated : "";
      return readAnswer(kind, bytes, { account, runs, others: otherBookings(events) }).events;
    } catch (error) {
      if (error instanceof Refusal)
        return `does not match the runs: ${error.issues.map(({ value }) => value).join("; ")}`;
      throw error;
    }
  }

  /** What was recorded on chain as sent back must stand in a file of the bank. */
  #checkReturns(): void {
    const { funds, region, fault } = this.#p;
    for (const code of funds.codes(region)) {
      const events = funds.events(region, code);
      const runs = runsOf(events);
      for (const { name, args } of events) {
        if (name !== "PaymentReturned") continue;
        const said = (this.#events.get(runs.get(Number(args["run"]))?.terms ?? "0x") ?? []).some(
          ({ index, what, amountFen }) =>
            index === Number(args["index"]) &&
            String(amountFen) === args["amountFen"] &&
            (what === "returned" || what === "rejected"),
        );
        if (!said)
          fault(null, null, "payment_event", `${code}: run ${args["run"]} line ${args["index"]} came back by no file`);
      }
    }
  }
}
