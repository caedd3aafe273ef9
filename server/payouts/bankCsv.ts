import { stringify } from "csv-stringify/sync";
import { type BankPayment, endToEndId, type PaymentOrder, yuan } from "../../core/bankFile.ts";

/**
 * The list that many places hand to the bank of the all-in-one card (一卡通) instead of a payment message: their own
 * headers, in their own order, over the same payments as the order.
 */
export const CARD_FIELDS = [
  "number",
  "name",
  "account",
  "bank",
  "amountYuan",
  "amountFen",
  "purpose",
  "reference",
] as const;
export type CardField = (typeof CARD_FIELDS)[number];
export interface CardColumn {
  header: string;
  field: CardField;
}

/** The form that the demonstration uses. */
export const CARD_COLUMNS: readonly CardColumn[] = [
  { header: "序号", field: "number" },
  { header: "姓名", field: "name" },
  { header: "卡号", field: "account" },
  { header: "金额(元)", field: "amountYuan" },
  { header: "摘要", field: "purpose" },
  { header: "流水号", field: "reference" },
];
const NEEDED: readonly CardField[] = ["name", "account", "reference"];

// A cell that begins so is a formula to a spreadsheet: whoever opens the list would run it.
const FORMULA = /^[=+\-@\t\r]/;

function cell({ terms, purpose }: PaymentOrder, payment: BankPayment, place: number, field: CardField): string {
  const values: Record<CardField, string> = {
    number: String(place + 1),
    name: payment.name.trim(),
    account: payment.account.trim(),
    bank: payment.bank,
    amountYuan: yuan(payment.amountFen),
    amountFen: String(payment.amountFen),
    purpose,
    reference: endToEndId(terms, payment.index),
  };
  const value = values[field];
  if (FORMULA.test(value)) throw new RangeError(`payments[${payment.index}].${field}: begins like a formula`);
  if (NEEDED.includes(field) && value === "") throw new RangeError(`payments[${payment.index}].${field}: is missing`);
  return value;
}

/**
 * The list as CSV (RFC 4180, UTF-8 with a byte-order mark, for spreadsheets). Throws RangeError on a mapping without a
 * name, an account, one amount or the reference, and on a cell that nobody could pay by.
 */
export function cardList(order: PaymentOrder, columns: readonly CardColumn[] = CARD_COLUMNS): string {
  const fields = columns.map(({ field }) => field);
  const missing = NEEDED.filter((field) => !fields.includes(field));
  const amounts = fields.filter((field) => field.startsWith("amount"));
  const headers = columns.map(({ header }) => header);
  if (missing.length > 0) throw new RangeError(`columns: ${missing.join(", ")} missing`);
  if (amounts.length !== 1) throw new RangeError("columns: exactly one amount");
  if (new Set(headers).size < headers.length || headers.some((header) => header.trim() === ""))
    throw new RangeError("columns: every header once, none empty");
  const rows = order.payments.map((payment, place) => fields.map((field) => cell(order, payment, place, field)));
  return stringify([headers, ...rows], { bom: true, record_delimiter: "\r\n" });
}
