import type { Hex } from "./bytes.ts";

/**
 * The order to the bank: ISO 20022 pain.001.001.09, one message for each 10,000 payments of a run. Every reference is
 * made from the hash of the run's terms, so that whatever the bank reports leads back to one line of one run.
 */
export interface BankParty {
  name: string;
  /** Account number, at most 34 characters. */
  account: string;
  /** Clearing number of the account's bank (CNAPS, 12 digits); "" where the bank finds it by the account. */
  bank: string;
}

export interface BankPayment extends BankParty {
  /** Index of the run's line. */
  index: number;
  amountFen: bigint;
}

export interface PaymentOrder {
  /** Hash of the run's terms. */
  terms: Hex;
  /** ISO 8601 with offset, and the date on which the bank is asked to pay. */
  createdAt: string;
  payOn: string;
  debtor: BankParty;
  /** What payees read, at most 140 characters. */
  purpose: string;
  payments: readonly BankPayment[];
}

export interface BankFile {
  messageId: string;
  count: number;
  controlSumFen: bigint;
  xml: string;
}

export const PAYMENTS_A_FILE = 10_000;
const MAX_FILES = 99;
const NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
// Amounts have at most 18 digits.
const MAX_FEN = 10n ** 18n - 1n;

/** The run's name at the bank: the first 128 bits of its terms' hash. */
export function messageIdOf(terms: Hex, file: number, files: number): string {
  const id = terms.slice(2, 34);
  return files === 1 ? id : `${id}-${file + 1}`;
}

/** A run's payments as its messages hold them, in order. */
export function messagesOf<P>(terms: Hex, payments: readonly P[]): { messageId: string; payments: P[] }[] {
  const files = Math.ceil(payments.length / PAYMENTS_A_FILE);
  return Array.from({ length: files }, (_, file) => ({
    messageId: messageIdOf(terms, file, files),
    payments: payments.slice(file * PAYMENTS_A_FILE, (file + 1) * PAYMENTS_A_FILE),
  }));
}

/** A payment's name at the bank: 96 bits of the terms' hash, and the line. */
export function endToEndId(terms: Hex, index: number): string {
  return `${terms.slice(2, 26)}-${index}`;
}

/** Yuan with two decimals, as bank files write fen. Throws RangeError on what does not fit their amounts. */
export function yuan(amountFen: bigint): string {
  if (amountFen < 0n || amountFen > MAX_FEN) throw new RangeError("amountFen: not an amount of a bank file");
  const digits = amountFen.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Fen of a decimal amount; null unless it has at most two decimals that count. */
export function fenOf(amount: string): bigint | null {
  const found = /^(\d{1,16})(?:\.(\d{0,2})0*)?$/.exec(amount.trim());
  return found ? BigInt(found[1]! + (found[2] ?? "").padEnd(2, "0")) : null;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
// What XML 1.0 cannot hold in any form.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

function text(value: string, limit: number, field: string): string {
  const trimmed = value.trim();
  if (trimmed === "" || [...trimmed].length > limit || FORBIDDEN.test(trimmed))
    throw new RangeError(`${field}: 1 to ${limit} characters that XML can hold`);
  return trimmed.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

const agent = ({ bank }: BankParty, field: string): string =>
  bank === ""
    ? "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"
    : `<FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId><MmbId>${text(bank, 35, `${field}.bank`)}</MmbId></ClrSysMmbId></FinInstnId>`;
const account = ({ account: number }: BankParty, field: string): string =>
  `<Id><Othr><Id>${text(number, 34, `${field}.account`)}</Id></Othr></Id>`;

function paymentXml(terms: Hex, payment: BankPayment, purpose: string): string {
  const field = `payments[${payment.index}]`;
  if (payment.amountFen === 0n) throw new RangeError(`${field}.amountFen: nothing to pay`);
  return `<CdtTrfTxInf><PmtId><EndToEndId>${endToEndId(terms, payment.index)}</EndToEndId></PmtId><Amt><InstdAmt Ccy="CNY">${yuan(payment.amountFen)}</InstdAmt></Amt><CdtrAgt>${agent(payment, field)}</CdtrAgt><Cdtr><Nm>${text(payment.name, 140, `${field}.name`)}</Nm></Cdtr><CdtrAcct>${account(payment, field)}</CdtrAcct><RmtInf><Ustrd>${text(purpose, 140, "purpose")}</Ustrd></RmtInf></CdtTrfTxInf>`;
}

/**
 * The files of a run, in the order of its lines; their counts and control sums add up to the run's. Throws RangeError
 * that names the field on anything that a bank would refuse, and then there is no file at all.
 */
export function paymentFiles(order: PaymentOrder): BankFile[] {
  const { terms, payments, debtor, purpose } = order;
  const messages = messagesOf(terms, payments);
  if (messages.length === 0 || messages.length > MAX_FILES)
    throw new RangeError(`payments: 1 to ${MAX_FILES * PAYMENTS_A_FILE}`);
  return messages.map(({ messageId, payments: own }) => {
    const controlSumFen = own.reduce((sum, { amountFen }) => sum + amountFen, 0n);
    const totals = `<NbOfTxs>${own.length}</NbOfTxs><CtrlSum>${yuan(controlSumFen)}</CtrlSum>`;
    const name = `<Nm>${text(debtor.name, 140, "debtor.name")}</Nm>`;
    const header = `<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>${text(order.createdAt, 35, "createdAt")}</CreDtTm>${totals}<InitgPty>${name}</InitgPty></GrpHdr>`;
    const payer = `<Dbtr>${name}</Dbtr><DbtrAcct>${account(debtor, "debtor")}</DbtrAcct><DbtrAgt>${agent(debtor, "debtor")}</DbtrAgt>`;
    const date = `<ReqdExctnDt><Dt>${text(order.payOn, 10, "payOn")}</Dt></ReqdExctnDt>`;
    const body = own.map((payment) => paymentXml(terms, payment, purpose)).join("\n");
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="${NAMESPACE}"><CstmrCdtTrfInitn>${header}
<PmtInf><PmtInfId>${messageId}</PmtInfId><PmtMtd>TRF</PmtMtd>${totals}${date}${payer}
${body}
</PmtInf></CstmrCdtTrfInitn></Document>
`;
    return { messageId, count: own.length, controlSumFen, xml };
  });
}
