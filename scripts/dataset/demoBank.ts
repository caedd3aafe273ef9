import { endToEndId, yuan } from "../../core/bankFile.ts";
import { type Hex, utf8 } from "../../core/bytes.ts";

/** What the demonstration's bank answers: the two messages that real banks send, out of what was ordered. */
export interface BookedBatch {
  messageId: string;
  amountFen: bigint;
}

export interface SentBack {
  terms: Hex;
  index: number;
  amountFen: bigint;
  /** ISO 20022 return reason, for example AC04: account closed. */
  reason: string;
}

const DOCUMENT = "urn:iso:std:iso:20022:tech:xsd";

/** A pain.002 that accepts a whole message. */
export function acceptance(messageId: string, at: string): Uint8Array {
  return utf8(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${DOCUMENT}:pain.002.001.11"><CstmrPmtStsRpt><GrpHdr><MsgId>A-${messageId.slice(0, 30)}</MsgId><CreDtTm>${at}</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${messageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>\n`,
  );
}

const entry = (fen: bigint, direction: "DBIT" | "CRDT", details: string) =>
  `<Ntry><Amt Ccy="CNY">${yuan(fen)}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BkTxCd><Prtry><Cd>PAYM</Cd></Prtry></BkTxCd><NtryDtls>${details}</NtryDtls></Ntry>`;

/** A camt.053 of one account: messages that were booked as one sum, and payments that came back. */
export function statement(
  account: string,
  id: string,
  date: string,
  booked: readonly BookedBatch[],
  sentBack: readonly SentBack[],
): Uint8Array {
  const debits = booked.map(({ messageId, amountFen }) =>
    entry(amountFen, "DBIT", `<Btch><MsgId>${messageId}</MsgId></Btch>`),
  );
  const credits = sentBack.map(({ terms, index, amountFen, reason }) =>
    entry(
      amountFen,
      "CRDT",
      `<TxDtls><Refs><EndToEndId>${endToEndId(terms, index)}</EndToEndId></Refs><Amt Ccy="CNY">${yuan(amountFen)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf></TxDtls>`,
    ),
  );
  const balance = `<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>${date}</Dt></Dt></Bal>`;
  return utf8(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${DOCUMENT}:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>${id}</MsgId><CreDtTm>${date}T23:00:00</CreDtTm></GrpHdr><Stmt><Id>${id}</Id><Acct><Id><Othr><Id>${account}</Id></Othr></Id></Acct>${balance}${[...debits, ...credits].join("")}</Stmt></BkToCstmrStmt></Document>\n`,
  );
}
