import { expect } from "chai";
import { dayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import type { SigningRequest } from "../../core/request.ts";
import { acceptance, statement } from "../../scripts/dataset/demoBank.ts";
import { moneyJson, SigningRequestInput } from "../../server/payouts/schema.ts";
import { type Api, openApi, requestOf } from "./api.ts";
import {
  CARE,
  FUND_ACCOUNTS,
  freshDocument,
  INSURANCE,
  type OfficialKeys,
  openFunds,
  passWindow,
  registerMoney,
  registerOfficials,
  settleDay,
  signed,
} from "./money.ts";
import {
  freshId,
  makeWorld,
  OFFSET,
  OTHER_PROVIDER,
  PROVIDER,
  REGION,
  visit,
  visitBatch,
  type World,
} from "./world.ts";

let w: World;
let keys: OfficialKeys;
let api: Api;
interface Answer {
  status: number;
  body: { code?: string; issues?: { pointer: string; code: string }[] } & Record<string, never>;
}

async function call(method: string, path: string, key: string | null, body?: unknown): Promise<Answer> {
  const request = requestOf(method, key && api.keys[key], body, moneyJson);
  const response = await fetch(`${api.http.url}/api/v1${path}`, request);
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}
const get = (path: string, key: string | null = "officer") => call("GET", path, key);
const post = (path: string, body: unknown, key: string | null = "officer") => call("POST", path, key, body);
const code = async (answer: Promise<Answer>) => (await answer).body.code;

describe("the API of money", () => {
  let day: number;
  let paid: string;
  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
    api = await openApi(w, [
      ["provider", "provider", PROVIDER],
      ["other", "provider", OTHER_PROVIDER],
      ["importer", "importer", String(REGION)],
      ["officer", "officer", String(REGION)],
      ["officer-b", "officer", String(REGION)],
      ["auditor", "auditor", String(REGION)],
      ["elsewhere", "officer", "110101"],
    ]);
    day = dayOf(w.clock.now(), OFFSET);
    const v = visit(w);
    paid = v.id;
    await w.ledger.records.submit(visitBatch(w, [v]));
    await settleDay(w);
  });
  after(async () => {
    await api.http.stop();
    await w.destroy();
  });

  describe("money API: who may", () => {
    it("refuses an officer of another region on every act", async () => {
      const acts: [string, unknown][] = [
        [`/regions/${REGION}/days/${day}/revision`, { revision: 2 }],
        ["/entitlements", { region: REGION, month: monthOf(day) }],
        [`/funds/${CARE}/runs`, { region: REGION }],
        [`/funds/${CARE}/runs/1/release`, { region: REGION }],
        [`/funds/${CARE}/runs/1/order`, { region: REGION }],
        [`/funds/${CARE}/bank-files`, { region: REGION, xml: "<a/>" }],
        ["/requests", { action: "open", region: REGION, fund: CARE }],
        ["/accounts", { region: REGION, payee: PROVIDER, account: "6222", reason: "原账户已销" }],
        [`/accounts/${freshId()}/approval`, { region: REGION }],
      ];
      for (const [address, body] of acts)
        expect(await code(post(address, body, "elsewhere")), address).to.equal("forbidden");
    });
  });

  describe("money API: a run, from what is due to the bank", () => {
    it("tells the public roots and totals, and a provider its own line", async () => {
      const settlement = (await get(`/regions/${REGION}/days/${day}/settlement`, null)).body;
      expect(settlement).to.include({ revision: 1 });
      expect(settlement["parts"]).to.have.length(2);
      const line = await get(`/entries/${paid}/settlement?region=${REGION}`, "provider");
      expect(line.body).to.include({ status: "paid", booked: 1, evidenced: 1, priceFen: "6501" });
      expect(await code(get(`/entries/${paid}/settlement?region=${REGION}`, "other"))).to.equal("forbidden");
      expect(await code(get(`/entries/${freshId()}/settlement?region=${REGION}`))).to.equal("not_found");
    });
    it("refuses wrong amounts, actions and documents by field", async () => {
      const wrong: [unknown, string][] = [
        [
          { action: "appropriate", region: REGION, fund: CARE, amountFen: "1.5", document: freshDocument() },
          "/amountFen",
        ],
        [{ action: "appropriate", region: REGION, fund: CARE, amountFen: "5", document: "0x12" }, "/document"],
        [{ action: "approve", region: REGION, fund: "UPPER", run: 1 }, "/fund"],
        [{ action: "approve", region: REGION, fund: CARE, run: 1, more: 1 }, "/more"],
      ];
      for (const [body, pointer] of wrong) {
        const answer = await post("/requests", body);
        expect(answer.status).to.equal(422);
        expect(answer.body.issues!.map((issue) => issue.pointer)).to.include(pointer);
      }
    });
    it("prepares, hands out what is signed elsewhere, relays it, and shows the masked list meanwhile", async () => {
      const run = (await post(`/funds/${CARE}/runs`, { region: REGION })).body;
      expect(run).to.include({ number: 1, payees: 1, totalFen: "1950" });
      for (const [action, key] of [
        ["propose", keys.proposer],
        ["approve", keys.approver],
      ] as const) {
        const made = (await post("/requests", { action, region: REGION, fund: CARE, run: 1 })).body;
        const request: SigningRequest = SigningRequestInput.parse(made);
        expect(await code(post("/relays", request, "auditor"))).to.equal("signature_missing");
        expect((await post("/relays", signed(request, key), "auditor")).status).to.equal(201);
      }
      const list = await get(`/funds/${CARE}/runs/1/publicity?region=${REGION}`, null);
      expect(list.body["lines"]).to.deep.equal([{ index: 0, name: "长宁为老服务站", amountFen: "1950" }]);
      expect(await code(post(`/funds/${CARE}/runs/1/release`, { region: REGION }))).to.equal("wrong_state");
      await passWindow(w, CARE, 1);
      expect((await post(`/funds/${CARE}/runs/1/release`, { region: REGION })).status).to.equal(201);
      expect(await code(get(`/funds/${CARE}/runs/1/publicity?region=${REGION}`, null))).to.equal("not_found");
    });
    it("orders at the bank, takes its answers, and refuses what differs", async () => {
      const { files } = (await post(`/funds/${CARE}/runs/1/order`, { region: REGION })).body as unknown as {
        files: { reference: string; xml: string }[];
      };
      expect(files[0]!.xml).to.contain("<CtrlSum>19.50</CtrlSum>");
      const xml = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const take = (bytes: Uint8Array) => post(`/funds/${CARE}/bank-files`, { region: REGION, xml: xml(bytes) });
      const { reference } = files[0]!;
      expect((await take(acceptance(reference, "2026-09-01T10:00:00"))).body).to.deep.include({
        kind: "pain.002",
        counts: { accepted: 1 },
      });
      const booked = (amountFen: bigint) =>
        statement(FUND_ACCOUNTS[CARE]!, "s", "2026-09-01", [{ messageId: reference, amountFen }], []);
      const differs = await take(booked(1951n));
      expect([differs.status, differs.body.code, differs.body.issues![0]!.code]).to.deep.equal([
        409,
        "statement_differs",
        "bank_amount",
      ]);
      expect((await take(booked(1950n))).body).to.deep.include({ counts: { paid: 1 } });
      const { payments } = (await get(`/funds/${CARE}/runs/1/payments?region=${REGION}`)).body as unknown as {
        payments: object[];
      };
      expect(payments[0]).to.include({ payee: PROVIDER, amountFen: "1950", state: "paid" });
      const hostile = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&e;</Document>`;
      expect((await post(`/funds/${CARE}/bank-files`, { region: REGION, xml: hostile })).status).to.equal(422);
      expect((await post(`/funds/${CARE}/bank-files`, { region: REGION, xml: "<a/>" })).status).to.equal(422);
      expect((await get(`/funds/${CARE}/returns?region=${REGION}`)).body["returns"]).to.deep.equal([]);
    });
    it("shows books that add up, to officials with every event, to the public in sum", async () => {
      const { funds } = (await get(`/regions/${REGION}/funds`, null)).body as unknown as {
        funds: Record<string, string>[];
      };
      expect(funds.find(({ fund }) => fund === CARE)).to.include({ appropriatedFen: "10000000", releasedFen: "1950" });
      const books = (await get(`/funds/${CARE}/books?region=${REGION}`, "auditor")).body as unknown as {
        events: { name: string }[];
      };
      expect(books.events.map(({ name }) => name)).to.include.members([
        "FundOpened",
        "Appropriated",
        "PartSettled",
        "RunReleased",
      ]);
      expect(await code(get(`/funds/nowhere/books?region=${REGION}`))).to.equal("not_found");
      const { runs } = (await get(`/funds/${CARE}/runs?region=${REGION}`)).body as unknown as { runs: object[] };
      expect(runs).to.have.length(1);
    });
  });

  describe("money API: accounts, entitlements, revisions", () => {
    it("needs two officers for an account, and takes none that a bank would not", async () => {
      const ask = (account: string) =>
        post("/accounts", { region: REGION, payee: PROVIDER, account, reason: "原账户已销" });
      expect((await ask("6222 0000")).status).to.equal(422);
      const { id } = (await ask("62220000000077")).body as unknown as { id: string };
      expect(await code(post(`/accounts/${id}/approval`, { region: REGION }))).to.equal("second_person_needed");
      expect((await post(`/accounts/${id}/approval`, { region: REGION }, "officer-b")).status).to.equal(201);
    });
    it("entitles nobody where nobody is enrolled, and refuses months to come", async () => {
      const month = monthOf(dayOf(w.clock.now(), OFFSET));
      expect((await post("/entitlements", { region: REGION, month })).body).to.include({ entitled: 0, known: 0 });
      expect((await post("/entitlements", { region: REGION, month: 999_912 })).status).to.equal(422);
    });
    it("previews a revision, and settles again only what changes", async () => {
      expect((await get(`/regions/${REGION}/days/${day}/revision`)).body).to.deep.include({ revision: 2, changes: [] });
      expect(await code(post(`/regions/${REGION}/days/${day}/revision`, { revision: 2 }))).to.equal("nothing_due");
      const correction = visit(w, { replaces: paid });
      correction.details.values.circumstances!.reason = "更正";
      await w.ledger.records.submit(visitBatch(w, [correction]));
      const { endDay } = await import("./world.ts");
      await endDay(w);
      const preview = (await get(`/regions/${REGION}/days/${day}/revision`)).body as unknown as {
        changes: { after: object }[];
      };
      expect(preview.changes[0]!.after).to.deep.equal({
        status: "replaced",
        shares: { [CARE]: "0", [INSURANCE]: "0" },
      });
      expect(await code(post(`/regions/${REGION}/days/${day}/revision`, { revision: 3 }))).to.equal("already_done");
      expect((await post(`/regions/${REGION}/days/${day}/revision`, { revision: 2 })).status).to.equal(201);
      expect((await get(`/regions/${REGION}/days/${day}/settlement`, null)).body).to.include({ revision: 2 });
    });
  });
});
