import { readFileSync } from "node:fs";
import { ParseOption, XmlDocument, type XmlElement, XsdValidator } from "libxml2-wasm";
import { fenOf } from "../../core/bankFile.ts";
import type { Statement, StatementEntry, StatusReport } from "../../core/bankStatement.ts";
import { Refusal } from "../../core/errors.ts";

/**
 * Bank files at the door: every file, ours and theirs, is held against its ISO 20022 schema by libxml2 before anything
 * of it counts. Document types are refused whole, so that no entity is ever defined or fetched; size and depth are bounded.
 */
export const MESSAGES = ["pain.001.001.09", "pain.002.001.11", "camt.053.001.08"] as const;
export type Message = (typeof MESSAGES)[number];

const MAX_BYTES = 64 * 1024 * 1024;
const OPTIONS = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NOCDATA;

const validators = new Map<Message, XsdValidator>();
function validatorOf(message: Message): XsdValidator {
  const known = validators.get(message);
  if (known) return known;
  const schema = XmlDocument.fromBuffer(readFileSync(new URL(`./schemas/${message}.xsd`, import.meta.url)));
  const validator = XsdValidator.fromDoc(schema);
  validators.set(message, validator);
  return validator;
}

function refused(code: "invalid_value" | "too_long", detail: string): Refusal {
  return new Refusal("invalid_input", [{ pointer: "", code, value: detail.trim().slice(0, 200) }]);
}

/** Reads a file that must be one of this message, and hands its root on. Throws Refusal with the parser's own words. */
function withDocument<T>(bytes: Uint8Array, message: Message, use: (root: XmlElement) => T): T {
  if (bytes.length > MAX_BYTES) throw refused("too_long", `more than ${MAX_BYTES} bytes`);
  // UTF-8 alone: in another encoding a document type could hide from the next line.
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused("invalid_value", "the file is not UTF-8");
  }
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw refused("invalid_value", "document types are not taken");
  let document: XmlDocument | null = null;
  try {
    document = XmlDocument.fromString(text.replace(/^<\?xml[^>]*\?>/, ""), { option: OPTIONS });
    validatorOf(message).validate(document);
    return use(document.root);
  } catch (error) {
    throw error instanceof Refusal ? error : refused("invalid_value", `${message}: ${(error as Error).message}`);
  } finally {
    document?.dispose();
  }
}

/** Throws Refusal unless the file is a valid message of that kind. */
export function requireValid(bytes: Uint8Array, message: Message): void {
  withDocument(bytes, message, () => undefined);
}

type Find = { all(path: string): XmlElement[]; text(path: string): string | null };
function reader(root: XmlElement): (element: XmlElement) => Find {
  const namespaces = { m: root.namespaceUri };
  // Paths are our own words; each step is one name of the message.
  const steps = (path: string) => path.split("/").map((step) => (step === "." ? step : `m:${step}`));
  return (element) => {
    const all = (path: string) => element.find(steps(path).join("/"), namespaces) as XmlElement[];
    return { all, text: (path) => all(path)[0]?.content.trim() ?? null };
  };
}

function amountOf(element: XmlElement | undefined, where: string): bigint | null {
  if (!element) return null;
  const fen = fenOf(element.content);
  if (element.attr("Ccy")?.content !== "CNY" || fen === null)
    throw refused("invalid_value", `${where}: amounts are yuan (CNY) with two decimals`);
  return fen;
}

/** Reads a pain.002: what became of the payments of one order. */
export function readStatusReport(bytes: Uint8Array): StatusReport {
  return withDocument(bytes, "pain.002.001.11", (root) => {
    const at = reader(root);
    const [report] = at(root).all("CstmrPmtStsRpt");
    const payments = at(report!)
      .all("OrgnlPmtInfAndSts/TxInfAndSts")
      .map((tx) => {
        const found = at(tx);
        const reason = found.text("StsRsnInf/Rsn/Cd") ?? found.text("StsRsnInf/Rsn/Prtry");
        return {
          endToEndId: found.text("OrgnlEndToEndId") ?? "",
          status: found.text("TxSts") ?? "",
          reason: [reason, found.text("StsRsnInf/AddtlInf")].filter(Boolean).join(" "),
        };
      });
    return {
      id: at(report!).text("GrpHdr/MsgId")!,
      messageId: at(report!).text("OrgnlGrpInfAndSts/OrgnlMsgId")!,
      groupStatus: at(report!).text("OrgnlGrpInfAndSts/GrpSts"),
      payments,
    };
  });
}

/** Reads a camt.053. Only booked entries count; a file with several statements has one account each. */
export function readStatements(bytes: Uint8Array): Statement[] {
  return withDocument(bytes, "camt.053.001.08", (root) => {
    const at = reader(root);
    const entryOf = (entry: XmlElement): StatementEntry => {
      const found = at(entry);
      const where = found.text("NtryRef") ?? "an entry";
      return {
        amountFen: amountOf(found.all("Amt")[0], where)!,
        direction: found.text("CdtDbtInd") === "DBIT" ? "debit" : "credit",
        reference: found.text("NtryRef") ?? found.text("AcctSvcrRef") ?? "",
        batch: found.text("NtryDtls/Btch/MsgId"),
        payments: found.all("NtryDtls/TxDtls").map((tx) => {
          const own = at(tx);
          return {
            endToEndId: own.text("Refs/EndToEndId") ?? "",
            amountFen: amountOf(own.all("Amt")[0], where),
            returnReason: own.text("RtrInf/Rsn/Cd") ?? own.text("RtrInf/Rsn/Prtry"),
          };
        }),
      };
    };
    return at(root)
      .all("BkToCstmrStmt/Stmt")
      .map((statement) => {
        const found = at(statement);
        const booked = found.all("Ntry").filter((entry) => at(entry).text("Sts/Cd") === "BOOK");
        return {
          id: found.text("Id")!,
          account: found.text("Acct/Id/Othr/Id") ?? found.text("Acct/Id/IBAN")!,
          entries: booked.map(entryOf),
        };
      });
  });
}
