import { expect } from "chai";
import fc from "fast-check";
import {
  type BankPayment,
  endToEndId,
  fenOf,
  messageIdOf,
  type PaymentOrder,
  paymentFiles,
  yuan,
} from "../../core/bankFile.ts";
import { type KnownRun, reconcile } from "../../core/bankStatement.ts";
import { utf8 } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash } from "../../core/payout.ts";
import { CARD_COLUMNS, cardList } from "../../server/payouts/bankCsv.ts";
import { readStatements, readStatusReport, requireValid } from "../../server/payouts/bankXml.ts";

const TERMS = nameHash("terms");
const payment = (index: number, over: Partial<BankPayment> = {}): BankPayment => ({
  index,
  amountFen: 6500n + BigInt(index),
  name: "长宁为老服务站",
  account: `62220000000${index}`,
  bank: "102290000013",
  ...over,
});
const order = (payments: BankPayment[], over: Partial<PaymentOrder> = {}): PaymentOrder => ({
  terms: TERMS,
  createdAt: "2026-09-01T10:00:00+08:00",
  payOn: "2026-09-02",
  debtor: { name: "长宁区民政局", account: "31001500000000001", bank: "" },
  purpose: "居家养老服务补贴 2026-08",
  payments,
  ...over,
});

describe("bank files: pain.001", () => {
  it("is valid by the schema of ISO 20022, with the run's count and control sum", () => {
    const [file] = paymentFiles(order([payment(0), payment(1)]));
    requireValid(utf8(file!.xml), "pain.001.001.09");
    expect(file).to.include({ messageId: TERMS.slice(2, 34), count: 2, controlSumFen: 13_001n });
    expect(file!.xml).to.contain("<NbOfTxs>2</NbOfTxs><CtrlSum>130.01</CtrlSum>");
    expect(file!.xml).to.contain(`<EndToEndId>${endToEndId(TERMS, 1)}</EndToEndId>`);
  });
  it("is valid whatever names people have", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== "");
    const given = fc.record({ name, purpose: name, amountFen: fc.bigInt({ min: 1n, max: 10n ** 15n }) });
    fc.assert(
      fc.property(given, ({ name, purpose, amountFen }) => {
        let files: ReturnType<typeof paymentFiles>;
        try {
          files = paymentFiles(order([payment(0, { name, amountFen })], { purpose }));
        } catch (error) {
          // Characters that XML cannot hold are refused by name.
          expect((error as Error).message).to.match(/^(payments\[0\]\.name|purpose): /);
          return;
        }
        requireValid(utf8(files[0]!.xml), "pain.001.001.09");
      }),
      { numRuns: 200 },
    );
  });
  it("splits a run at 10,000 payments; counts and sums add up, and each file has its own id", () => {
    const payments = Array.from({ length: 20_001 }, (_, index) => payment(index));
    const files = paymentFiles(order(payments));
    expect(files.map(({ count }) => count)).to.deep.equal([10_000, 10_000, 1]);
    expect(files.reduce((sum, { controlSumFen }) => sum + controlSumFen, 0n)).to.equal(
      payments.reduce((sum, { amountFen }) => sum + amountFen, 0n),
    );
    expect(new Set(files.map(({ messageId }) => messageId)).size).to.equal(3);
    for (const { messageId } of files) expect(messageId.length).to.be.at.most(35);
    expect(endToEndId(TERMS, 999_999).length).to.be.at.most(35);
    requireValid(utf8(files[2]!.xml), "pain.001.001.09");
  });
  it("refuses what a bank would refuse, by the name of the field, and writes nothing", () => {
    const refuses = (over: Partial<BankPayment>, reason: string) =>
      expect(() => paymentFiles(order([payment(0), payment(1, over)]))).to.throw(RangeError, reason);
    refuses({ name: " " }, "payments[1].name");
    refuses({ name: "a\u0001b" }, "payments[1].name");
    refuses({ name: "长".repeat(141) }, "payments[1].name");
    refuses({ account: "" }, "payments[1].account");
    refuses({ account: "1".repeat(35) }, "payments[1].account");
    refuses({ amountFen: 0n }, "payments[1].amountFen");
    refuses({ amountFen: -1n }, "amountFen");
    refuses({ amountFen: 10n ** 18n }, "amountFen");
    expect(() => paymentFiles(order([]))).to.throw(RangeError, "payments");
  });
  it("writes and reads fen without a float", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), (fen) => {
        expect(fenOf(yuan(fen))).to.equal(fen);
      }),
    );
    expect([fenOf("65"), fenOf("65.5"), fenOf("65.500")]).to.deep.equal([6500n, 6550n, 6550n]);
    for (const wrong of ["", "-1.00", "1,00", "65.005", "1e3", " ."]) expect(fenOf(wrong), wrong).to.equal(null);
  });
});

describe("bank files: the list of the all-in-one card", () => {
  it("has the payments of the order under the headers of the place", () => {
    const columns = [
      { header: "持卡人", field: "name" },
      { header: "社保卡号", field: "account" },
      { header: "金额(分)", field: "amountFen" },
      { header: "编号", field: "reference" },
    ] as const;
    const text = cardList(order([payment(0), payment(1, { name: '王"芳",女' })]), columns);
    expect(text).to.equal(
      `\ufeff持卡人,社保卡号,金额(分),编号\r\n长宁为老服务站,622200000000,6500,${endToEndId(TERMS, 0)}\r\n"王""芳"",女",622200000001,6501,${endToEndId(TERMS, 1)}\r\n`,
    );
    expect(cardList(order([payment(0)]))).to.contain(",65.00,");
  });
  it("refuses a mapping without name, account, reference or exactly one amount, and doubled headers", () => {
    const without = (field: string) => CARD_COLUMNS.filter((column) => column.field !== field);
    for (const field of ["name", "account", "reference", "amountYuan"])
      expect(() => cardList(order([payment(0)]), without(field))).to.throw(RangeError, "columns");
    const twice = [...CARD_COLUMNS, { header: "金额(元)", field: "purpose" as const }];
    expect(() => cardList(order([payment(0)]), twice)).to.throw(RangeError, "header");
    const both = [...CARD_COLUMNS, { header: "分", field: "amountFen" as const }];
    expect(() => cardList(order([payment(0)]), both)).to.throw(RangeError, "one amount");
  });
  it("refuses a cell that a spreadsheet would run, and a payment without name or card", () => {
    for (const name of ["=1+1", "+86", "-x", "@x", ""])
      expect(() => cardList(order([payment(0, { name })]))).to.throw(RangeError, "payments[0].name");
    expect(() => cardList(order([payment(0, { account: " " })]))).to.throw(RangeError, "payments[0].account");
  });
});

interface TestEntry {
  amount: string;
  direction?: "DBIT" | "CRDT";
  details?: string;
  status?: string;
  currency?: string;
}
const tx = (index: number, amount?: string, reason?: string, reference = endToEndId(TERMS, index)) =>
  `<TxDtls><Refs><EndToEndId>${reference}</EndToEndId></Refs>${amount ? `<Amt Ccy="CNY">${amount}</Amt>` : ""}${
    reason ? `<RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf>` : ""
  }</TxDtls>`;
const batch = (id: string) => `<Btch><MsgId>${id}</MsgId></Btch>`;
function camt(entries: TestEntry[], account = "31001500000000001"): Uint8Array {
  const body = entries.map(
    ({ amount, direction = "DBIT", details = "", status = "BOOK", currency = "CNY" }) =>
      `<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Sts><Cd>${status}</Cd></Sts><BkTxCd/>${
        details ? `<NtryDtls>${details}</NtryDtls>` : ""
      }</Ntry>`,
  );
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-09-03T00:00:00</CreDtTm></GrpHdr><Stmt><Id>2026-09-02</Id><Acct><Id><Othr><Id>${account}</Id></Othr></Id></Acct><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">0</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-02</Dt></Dt></Bal>${body.join("")}</Stmt></BkToCstmrStmt></Document>`);
}

describe("bank files: camt.053 against the run, to the fen", () => {
  const run = (over: Partial<KnownRun> = {}): KnownRun => ({
    terms: TERMS,
    lines: [0, 1, 2].map((index) => ({ index, amountFen: 6500n + BigInt(index) })),
    paid: new Set(),
    returned: new Set(),
    rejected: new Set(),
    ...over,
  });
  const OTHERS = [{ reference: "budget-1", direction: "credit", amountFen: 100_000n }] as const;
  const at = (index: number) => ({ terms: TERMS, index, amountFen: 6500n + BigInt(index) });
  const held = (entries: TestEntry[], known = run(), account?: string) =>
    reconcile(
      { account: "31001500000000001", runs: [known], others: OTHERS },
      readStatements(camt(entries, account))[0]!,
    );
  const differs = (entries: TestEntry[], known = run()) =>
    (held(entries, known) as { differences: { what: string }[] }).differences.map(({ what }) => what);
  const whole = { amount: "195.03", details: batch(messageIdOf(TERMS, 0, 1)) };

  it("takes a file that was booked as one sum, and payments that came back", () => {
    const back = { amount: "65.01", direction: "CRDT" as const, details: tx(1, "65.01", "AC04") };
    // The bank may list the return before the payment.
    expect(held([back, whole])).to.deep.equal({
      paid: [at(0), at(1), at(2)],
      returned: [{ ...at(1), reason: "AC04" }],
    });
  });
  it("takes payments that are listed one by one, over several statements", () => {
    const listed = [
      { amount: "130.01", details: tx(0, "65.00") + tx(1, "65.01") },
      { amount: "65.02", details: tx(2) },
    ];
    expect(held(listed)).to.deep.equal({ paid: [at(0), at(1), at(2)], returned: [] });
    const later = { amount: "65.02", direction: "CRDT" as const, details: tx(2, "65.02", "BE04") };
    expect(held([later], run({ paid: new Set([0, 1, 2]) }))).to.deep.equal({
      paid: [],
      returned: [{ ...at(2), reason: "BE04" }],
    });
  });
  it("takes budget and repayments by their reference, to the fen", () => {
    const budget = { amount: "1000.00", direction: "CRDT" as const, details: tx(0, "1000.00", undefined, "budget-1") };
    expect(held([budget, whole])).to.deep.equal({ paid: [at(0), at(1), at(2)], returned: [] });
    expect(differs([{ ...budget, amount: "1000.01" }])).to.deep.equal(["entry_sum", "unknown"]);
    expect(differs([{ ...budget, direction: "DBIT" as const }])).to.deep.equal(["unknown"]);
  });
  it("leaves out of a sum what the bank had rejected, and refuses to see it paid", () => {
    const known = run({ rejected: new Set([1]) });
    expect(held([{ ...whole, amount: "130.02" }], known)).to.deep.equal({ paid: [at(0), at(2)], returned: [] });
    expect(differs([whole], known)).to.deep.equal(["amount"]);
    expect(differs([{ amount: "65.01", details: tx(1) }], known)).to.deep.equal(["rejected"]);
  });
  it("counts booked entries alone", () => {
    expect(held([{ ...whole, status: "PDNG" }])).to.deep.equal({ paid: [], returned: [] });
  });
  it("refuses the whole statement and says what differs", () => {
    expect(differs([{ ...whole, amount: "195.02" }])).to.deep.equal(["amount"]);
    expect(differs([{ amount: "65.01", details: tx(0, "65.01") }])).to.deep.equal(["amount"]);
    expect(differs([{ amount: "65.02", details: tx(0, "65.00") }])).to.deep.equal(["entry_sum"]);
    expect(differs([{ amount: "65.00", details: tx(0, "65.00", undefined, "other-0") }])).to.deep.equal(["unknown"]);
    expect(differs([{ amount: "1.00", details: batch("another-run") }])).to.deep.equal(["unknown"]);
    expect(differs([{ amount: "1.00" }])).to.deep.equal(["unexplained"]);
    expect(differs([whole, { amount: "65.00", details: tx(0, "65.00") }])).to.deep.equal(["twice"]);
    expect(differs([whole], run({ paid: new Set([2]) }))).to.deep.equal(["twice"]);
    const back = { amount: "65.00", direction: "CRDT" as const, details: tx(0, "65.00", "AC04") };
    expect(differs([back])).to.deep.equal(["not_paid"]);
    expect(differs([whole, back, back])).to.deep.equal(["twice"]);
    expect(differs([whole, back], run({ returned: new Set([0]) }))).to.deep.equal(["twice"]);
    const elsewhere = held([whole], run(), "9999") as { differences: { what: string }[] };
    expect(elsewhere.differences.map(({ what }) => what)).to.deep.equal(["account"]);
  });
  it("refuses another currency and fractions of a fen", () => {
    const reads = (entry: TestEntry) => () => readStatements(camt([entry]));
    expect(reads({ ...whole, currency: "USD" })).to.throw(Refusal);
    expect(reads({ ...whole, amount: "195.035" })).to.throw(Refusal);
  });
});

describe("bank files: pain.002", () => {
  it("reads the status of the order and of each payment", () => {
    const xml = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.11"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-09-02T11:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>abc</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>abc</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>abc-1</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>账号有误</AddtlInf></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;
    expect(readStatusReport(utf8(xml))).to.deep.equal({
      id: "R1",
      messageId: "abc",
      groupStatus: "PART",
      payments: [{ endToEndId: "abc-1", status: "RJCT", reason: "AC01 账号有误" }],
    });
  });
});

describe("bank files: hostile XML is refused before anything of it counts", () => {
  const inside = (content: string) =>
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">${content}</Document>`;
  const cases: [string, string | Uint8Array][] = [
    ["an external entity", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${inside("&e;")}`],
    ["a billion laughs", `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${inside("&b;")}`],
    ["an external document type", `<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">${inside("")}`],
    ["an undefined entity", inside("&nothing;")],
    ["10,000 elements inside one another", inside("<a>".repeat(10_000) + "</a>".repeat(10_000))],
    ["text that is not XML", "MsgId,Amt\n1,2"],
    ["nothing", ""],
    ["a file that ends early", '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'],
    ["another message", paymentFiles(order([payment(0)]))[0]!.xml],
    ["another encoding", new Uint8Array(Buffer.from(`\ufeff${inside("")}`, "utf16le"))],
    ["more than 64 MiB", new Uint8Array(64 * 1024 * 1024 + 1)],
  ];
  for (const [name, content] of cases) {
    it(name, () => {
      const bytes = typeof content === "string" ? utf8(content) : content;
      expect(() => readStatements(bytes))
        .to.throw(Refusal)
        .with.property("code", "invalid_input");
    });
  }
});
