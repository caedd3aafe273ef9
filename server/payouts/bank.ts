import { messagesOf, type PaymentOrder, paymentFiles } from "../../core/bankFile.ts";
import type { KnownAccount, KnownRun } from "../../core/bankStatement.ts";
import { type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { nameHash } from "../../core/payout.ts";
import { versionOn } from "../../core/validity.ts";
import type { Clock } from "../clock.ts";
import { REGION_PERSON, type Vault } from "../db/vault.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Funds } from "../funds/service.ts";
import { type RegistryBook, statedAccount } from "../registry/book.ts";
import type { Settlements } from "../settlements/service.ts";
import { answerKind, knownRun, otherBookings, readAnswer } from "./bankAnswer.ts";
import { type CardColumn, cardList } from "./bankCsv.ts";
import { requireValid } from "./bankXml.ts";
import type { Runs } from "./runs.ts";
import type { BankFileKind, BankFileRow, PaymentEventRow, PaymentState, PayoutStore, RunRow } from "./store.ts";

export interface BankFileOut {
  hash: Hex;
  kind: BankFileKind;
  reference: string;
  bytes: Uint8Array;
}

export interface PaymentStatus {
  index: number;
  payee: string;
  amountFen: bigint;
  /** Null before it was ordered. */
  state: PaymentState | null;
  reason: string;
}

export interface Taken {
  hash: Hex;
  kind: BankFileKind;
  /** True when this very file was taken before. */
  repeated: boolean;
  counts: Partial<Record<PaymentState, number>>;
}

export interface ReturnToRecord {
  run: number;
  index: number;
  payee: string;
  amountFen: bigint;
  reason: string;
  /** Hash of the bank's file that says so. */
  document: Hex;
}

export interface Bank {
  /** The payment messages of a released run: made once, and the same ever after. Throws Refusal wrong_state, erased. */
  order(
    region: number,
    fund: string,
    run: number,
    options: { by: string; payOn?: string; purpose?: string },
  ): BankFileOut[];
  /** The same payments as a card list (一卡通). */
  card(
    region: number,
    fund: string,
    run: number,
    options: { by: string; columns?: readonly CardColumn[] },
  ): BankFileOut;
  /** Takes a pain.002 or camt.053 whole, or refuses it whole with what differs. */
  take(region: number, fund: string, bytes: Uint8Array, by: string): Taken;
  status(region: number, fund: string, run: number): PaymentStatus[];
  /** What came back by the bank's word and is not on chain yet. */
  returnsToRecord(region: number, fund: string): ReturnToRecord[];
  /** A stored file's bytes. Throws Refusal not_found. */
  bytes(region: number, hash: Hex): Uint8Array;
}

/** Everything that is stored about a file is bound to its box: whoever changes one cannot open the other. */
const filePlace = ({ region, hash, kind, fund, reference, takenAt, takenBy }: Omit<BankFileRow, "box">) =>
  [region, "bank-file", hash, kind, fund, reference, takenAt, takenBy].join("/");

/** A stored file's bytes. Throws when the file, or anything that stands beside it, was altered. */
export function openBankFile(vault: Vault, file: BankFileRow): Uint8Array {
  const text = vault.open(file.region, Buffer.alloc(16), filePlace(file), file.box);
  return new Uint8Array(Buffer.from(text!.toString(), "base64"));
}
export function openBank(parts: {
  store: PayoutStore;
  runs: Runs;
  funds: Funds;
  settlements: Settlements;
  entries: EntryStore;
  vault: Vault;
  clock: Clock;
}): Bank {
  const { store, runs, funds, settlements, entries, vault, clock } = parts;

  const bookOf = (region: number) => settlements.book(region, entries.regionRow(region).openDay);
  const todayOf = (region: number) => dayOf(clock.now(), entries.regionRow(region).offsetMinutes);

  function row(
    region: number,
    kind: BankFileKind,
    fund: string,
    reference: string,
    bytes: Uint8Array,
    by: string,
  ): BankFileRow {
    const hash = toHex(keccak(bytes));
    const text = Buffer.from(bytes).toString("base64");
    const plain = { region, hash, kind, fund, reference, takenAt: clock.now(), takenBy: by };
    return { ...plain, box: vault.seal(region, REGION_PERSON, filePlace(plain), text) };
  }

  function fundAccount(
    book: RegistryBook,
    region: number,
    fund: string,
  ): { name: string; account: string; bank: string } {
    const values = versionOn(book.kind("Fund").get(fund) ?? [], todayOf(region))?.values;
    const account = values?.["account"] as { name: string; account: string; bank: string } | undefined;
    if (!account) throw new Refusal("account_missing", [{ pointer: "/fund", code: "no_account", value: fund }]);
    return account;
  }

  /** The account that each line names by its commitment, out of the entry that stated it. */
  function accountsOf(book: RegistryBook): Map<string, string> {
    const found = new Map<string, string>();
    for (const kind of ["Provider", "Elder", "Account"] as const) {
      for (const versions of book.kind(kind).values()) {
        for (const { day, index, values } of versions) {
          const account = statedAccount(values);
          if (account) found.set(`${day}/${index}`, account);
        }
      }
    }
    return found;
  }

  function orderOf(
    region: number,
    fund: string,
    run: RunRow,
    options: { payOn?: string; purpose?: string },
  ): PaymentOrder {
    const book = bookOf(region);
    const accounts = accountsOf(book);
    const payees = book.payees();
    const { offsetMinutes } = entries.regionRow(region);
    const payments = store.lines(region, run.hash).map(({ index, payee, accountDay, accountIndex, amountFen }) => {
      const account = accounts.get(`${accountDay}/${accountIndex}`);
      const name = payees.get(nameHash(payee))?.name;
      if (!account || !name) throw new Refusal("erased", [{ pointer: `/lines/${index}`, code: "no_account" }]);
      return { index, amountFen, name, account, bank: "" };
    });
    const names = versionOn(book.kind("Fund").get(fund) ?? [], todayOf(region))?.values?.["names"] as { zh: string };
    return {
      terms: run.hash,
      createdAt: localTime(clock.now(), offsetMinutes),
      payOn: options.payOn ?? dateOfDay(todayOf(region)),
      debtor: fundAccount(book, region, fund),
      purpose: options.purpose ?? `${names.zh} ${run.number}`,
      payments,
    };
  }

  function releasedRun(region: number, fund: string, number: number): RunRow {
    if (runs.status(region, fund, number)?.state !== "released") throw new Refusal("wrong_state");
    return runs.find(region, fund, number);
  }

  const out = (file: BankFileRow): BankFileOut => ({
    hash: file.hash,
    kind: file.kind,
    reference: file.reference,
    bytes: openBankFile(vault, file),
  });

  function order(
    region: number,
    fund: string,
    number: number,
    options: { by: string; payOn?: string; purpose?: string },
  ) {
    const run = releasedRun(region, fund, number);
    const messages = messagesOf(run.hash, store.lines(region, run.hash));
    const known = messages.map(({ messageId }) => store.fileNamed(region, "pain.001", fund, messageId));
    if (known.length > 0 && known.every((file) => file !== null)) return known.map(out);
    const made = refusing(() => paymentFiles(orderOf(region, fund, run, options)));
    const rows = made.map(({ messageId, xml }, i) => {
      const bytes = utf8(xml);
      requireValid(bytes, "pain.001.001.09");
      const events = messages[i]!.payments.map(
        ({ index, amountFen }): PaymentEventRow => ({ terms: run.hash, index, what: "ordered", amountFen, reason: "" }),
      );
      return { file: row(region, "pain.001", fund, messageId, bytes, options.by), events };
    });
    store.saveFiles(rows);
    return rows.map(({ file }) => out(file));
  }

  function card(
    region: number,
    fund: string,
    number: number,
    options: { by: string; columns?: readonly CardColumn[] },
  ) {
    const run = releasedRun(region, fund, number);
    const bytes = utf8(refusing(() => cardList(orderOf(region, fund, run, {}), options.columns)));
    const file = row(
      region,
      "card-list",
      fund,
      `${run.hash.slice(2, 34)}-${toHex(keccak(bytes)).slice(2, 18)}`,
      bytes,
      options.by,
    );
    if (!store.file(region, file.hash)) store.saveFiles([{ file, events: [] }]);
    return out(store.file(region, file.hash)!);
  }

  /** A fund's released runs with what is known of their payments. */
  function knownRuns(region: number, fund: string): KnownRun[] {
    return [...funds.runs(region, fund).values()]
      .filter(({ state }) => state === "released")
      .map(({ terms }) => knownRun(terms, store.lines(region, terms), store.events(region, terms)));
  }

  function knownAccount(region: number, fund: string): KnownAccount {
    const { account } = fundAccount(bookOf(region), region, fund);
    return { account, runs: knownRuns(region, fund), others: otherBookings(funds.events(region, fund)) };
  }

  function take(region: number, fund: string, bytes: Uint8Array, by: string): Taken {
    const kind = answerKind(bytes);
    const hash = toHex(keccak(bytes));
    const counted = (events: PaymentEventRow[]) => {
      const counts: Taken["counts"] = {};
      for (const { what } of events) counts[what] = (counts[what] ?? 0) + 1;
      return counts;
    };
    if (store.file(region, hash))
      return { hash, kind, repeated: true, counts: counted(store.eventsOfFile(region, hash)) };
    const { reference, events } = readAnswer(kind, bytes, knownAccount(region, fund));
    if (store.fileNamed(region, kind, fund, reference)) throw new Refusal("id_conflict");
    store.saveFiles([{ file: row(region, kind, fund, reference, bytes, by), events }]);
    return { hash, kind, repeated: false, counts: counted(events) };
  }

  function status(region: number, fund: string, number: number): PaymentStatus[] {
    const run = runs.find(region, fund, number);
    const last = new Map(store.events(region, run.hash).map((event) => [event.index, event]));
    return store.lines(region, run.hash).map(({ index, payee, amountFen }) => {
      const event = last.get(index);
      return { index, payee, amountFen, state: event?.what ?? null, reason: event?.reason ?? "" };
    });
  }

  function returnsToRecord(region: number, fund: string): ReturnToRecord[] {
    const recorded = new Set(
      funds
        .events(region, fund)
        .filter(({ name }) => name === "PaymentReturned")
        .map(({ args }) => `${args["run"]}/${args["index"]}`),
    );
    const numbers = new Map([...funds.runs(region, fund).values()].map(({ terms, number }) => [terms, number]));
    return store.files(region, fund).flatMap((file) =>
      store
        .eventsOfFile(region, file.hash)
        .filter(({ what }) => what === "returned" || what === "rejected")
        .map(({ terms, index, amountFen, reason }): ReturnToRecord => {
          const { payee } = store.lines(region, terms)[index]!;
          return { run: numbers.get(terms)!, index, payee, amountFen, reason, document: file.hash };
        })
        .filter(({ run, index }) => !recorded.has(`${run}/${index}`)),
    );
  }

  return {
    order,
    card,
    take,
    status,
    returnsToRecord,
    bytes(region, hash) {
      const file = store.file(region, hash);
      if (!file) throw new Refusal("not_found");
      return openBankFile(vault, file);
    },
  };
}

/** What a payment could not be made of is an input's fault, with the field that the message names. */
function refusing<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [field = ""] = error.message.split(":");
    throw new Refusal("invalid_input", [{ pointer: `/${field}`, code: "invalid_value" }], error.message);
  }
}

/** ISO 8601 with the region's offset. */
function localTime(unixSeconds: number, offsetMinutes: number): string {
  const local = new Date((unixSeconds + offsetMinutes * 60) * 1000).toISOString().slice(0, 19);
  const [sign, minutes] = [offsetMinutes < 0 ? "-" : "+", Math.abs(offsetMinutes)];
  const two = (value: number) => String(value).padStart(2, "0");
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
