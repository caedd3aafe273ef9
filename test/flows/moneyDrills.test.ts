import { expect } from "chai";
import type { Hex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { nameHash, runLeaf, termsHash } from "../../core/payout.ts";
import { addressOfKey } from "../../core/signature.ts";
import { sumHex, sumParent } from "../../core/sumTree.ts";
import { verifyProof } from "../../core/verify.ts";
import type { Fault } from "../../server/audits/fsck.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { ContractRefusal } from "../../server/chain/chain.ts";
import {
  CARE,
  freshDocument,
  INSURANCE,
  type OfficialKeys,
  openFunds,
  playMoney,
  registerMoney,
  registerOfficials,
  settleDay,
  signed,
} from "../server/money.ts";
import { endDay, makeWorld, OFFSET, REGION, visit, visitBatch, type World } from "../server/world.ts";

/** Somebody with the database in hands, or with the operator's key at the contract: fsck, verify or the contract see it. */
let w: World;
let keys: OfficialKeys;
let played: Awaited<ReturnType<typeof playMoney>>;
type Row = Record<string, Buffer | number | string | null>;
const sql = () => w.ledger.db.sql;
const check = async (): Promise<Fault[]> => (await w.ledger.fsck({ details: true, chain: true })).faults;

const COLUMNS: Record<string, { columns: string[]; named: RegExp }> = {
  entitlement: {
    columns: ["region", "day", "idx", "programme", "elder", "month", "details"],
    named: /^(entitlement|entry|detail|close)/,
  },
  settlement: { columns: ["region", "day", "revision", "as_of_day", "as_of", "ruleset", "size"], named: /^settlement/ },
  settlement_part: { columns: ["region", "day", "revision", "fund", "root", "total_fen"], named: /^settlement/ },
  settlement_line: {
    columns: [
      "region",
      "day",
      "revision",
      "idx",
      "status",
      "price_fen",
      "shares",
      "verdicts",
      "payee",
      "booked",
      "evidenced",
      "authorised",
    ],
    named: /^settlement/,
  },
  run: { columns: ["region", "terms", "fund", "number", "body"], named: /^run/ },
  run_day: { columns: ["region", "terms", "day", "revision", "before"], named: /^run/ },
  run_line: {
    columns: ["region", "terms", "idx", "payee", "account", "account_day", "account_idx", "amount_fen"],
    named: /^run/,
  },
  debt_line: { columns: ["region", "terms", "idx", "payee", "amount_fen"], named: /^(debt_line|run)/ },
  bank_file: {
    columns: ["region", "hash", "kind", "fund", "reference", "taken_at", "taken_by", "box"],
    named: /^(bank_file|payment_event)/,
  },
  payment_event: {
    columns: ["region", "file", "seq", "terms", "idx", "what", "amount_fen", "reason"],
    named: /^(bank_file|payment_event)/,
  },
  fund_event: {
    columns: ["region", "fund", "seq", "name", "args", "deployment", "tx", "block_number", "log_index", "at"],
    named: /^(fund_event|run)/,
  },
};

/** Another value of the same type that the column could hold. */
function changed(column: string, value: Row[string]): Row[string] {
  if (column === "shares")
    return JSON.stringify((JSON.parse(value as string) as number[]).map((fen, i) => (i === 0 ? fen + 1 : fen)));
  if (column === "body") return (value as string).replace(/"window":\d+/, '"window":1');
  if (column === "args") return (value as string).replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
  if (column === "what") return value === "ordered" ? "paid" : "ordered";
  if (typeof value === "number") return column === "status" ? (value + 1) % 6 : value + 1000;
  if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("X") ? "Y" : "X"}`;
  if (value === null) return Buffer.alloc(32, 7);
  const copy = Buffer.from(value);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Edits inside a transaction that is rolled back after the look. */
async function drill(edit: () => void): Promise<Fault[]> {
  sql().exec("BEGIN");
  try {
    edit();
    return await check();
  } finally {
    sql().exec("ROLLBACK");
  }
}

describe("flow: drills of money", () => {
  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
    played = await playMoney(w, keys);
    expect(await check()).to.deep.equal([]);
  });
  after(() => w.destroy());

  describe("drills of money: the database refuses by itself", () => {
    for (const table of Object.keys(COLUMNS)) {
      it(`refuses UPDATE and DELETE on ${table}`, () => {
        expect(() => sql().prepare(`UPDATE ${table} SET region = region`).run()).to.throw(`append-only: ${table}`);
        expect(() => sql().prepare(`DELETE FROM ${table}`).run()).to.throw(`append-only: ${table}`);
      });
    }
  });

  describe("drills of money: one column of one row is changed", () => {
    let triggers: { name: string; sql: string }[];
    before(() => {
      triggers = sql().prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as typeof triggers;
      for (const { name } of triggers) sql().exec(`DROP TRIGGER "${name}"`);
    });
    after(() => {
      for (const trigger of triggers) sql().exec(trigger.sql);
    });
    for (const [table, { columns, named }] of Object.entries(COLUMNS)) {
      it(`covers every column of ${table}`, () => {
        const found = sql().prepare(`PRAGMA table_info("${table}")`).all() as { name: string }[];
        expect(columns).to.have.members(found.map(({ name }) => name));
      });
      for (const column of columns) {
        it(`finds a changed ${table}.${column}, in every row`, async () => {
          const rows = sql().prepare(`SELECT rowid AS rowid_, * FROM "${table}" WHERE region = ?`).all(REGION) as Row[];
          expect(rows).to.not.deep.equal([]);
          // The first, the last and one between: what stands in them differs.
          const chosen = new Set([rows[0]!, rows[Math.floor(rows.length / 2)]!, rows.at(-1)!]);
          for (const row of chosen) {
            const set = sql().prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`);
            const faults = await drill(() => set.run(changed(column, row[column]!), row["rowid_"]));
            const where = column === "region" ? /^region/ : named;
            expect(
              faults.some(({ field }) => where.test(field) || named.test(field)),
              `${JSON.stringify(row)}: ${JSON.stringify(faults)}`,
            ).to.equal(true);
          }
        });
      }
      it(`finds a deleted row of ${table}`, async () => {
        const faults = await drill(() =>
          sql()
            .prepare(`DELETE FROM "${table}" WHERE rowid = (SELECT min(rowid) FROM "${table}" WHERE region = ?)`)
            .run(REGION),
        );
        expect(faults).to.not.deep.equal([]);
      });
    }
  });

  it("finds altered tiles, out of which proofs are made", async () => {
    const tile = sql().prepare("SELECT rowid, nodes FROM settlement_tile LIMIT 1").get() as {
      rowid: number;
      nodes: Buffer;
    };
    const nodes = Buffer.from(tile.nodes);
    nodes[3]! ^= 1;
    const faults = await drill(() =>
      sql().prepare("UPDATE settlement_tile SET nodes = ? WHERE rowid = ?").run(nodes, tile.rowid),
    );
    expect(faults.map(({ field }) => field)).to.include("settlement_tile.nodes");
  });

  describe("drills of money: calls that the contract refuses", () => {
    const contract = () => w.ledger.funds.contract;
    const refusal = async (work: Promise<unknown>): Promise<string> =>
      await work.then(
        () => "accepted",
        (error: unknown) => {
          if (error instanceof ContractRefusal) return error.reason;
          throw error;
        },
      );
    const settle = (day: number, revision: number, size: number) =>
      contract().send(w.ledger.operatorKey, "settle", [
        REGION,
        day,
        { revision, asOf: freshDocument(), ruleset: freshDocument(), size },
        [],
      ]);

    it("refuses a settlement of a day that is not sealed, another size, a stale revision, a fund left out", async () => {
      const today = dayOf(w.clock.now(), OFFSET);
      expect(await refusal(settle(today, 1, 0))).to.equal("DayNotSealed");
      const row = w.ledger.settlements.store.latest(REGION, played.day)!;
      expect(await refusal(settle(played.day, row.revision + 1, row.size + 1))).to.equal("SizeMismatch");
      expect(await refusal(settle(played.day, row.revision, row.size))).to.equal("RevisionOutOfOrder");
      expect(await refusal(settle(played.day, row.revision + 1, row.size))).to.equal("PartMissing");
    });
    it("refuses a settlement by anybody but the operator", async () => {
      const row = w.ledger.settlements.store.latest(REGION, played.day)!;
      const sent = contract().send(w.home.key("registrar"), "settle", [
        REGION,
        played.day,
        { revision: row.revision + 1, asOf: freshDocument(), ruleset: freshDocument(), size: row.size },
        [],
      ]);
      expect(await refusal(sent)).to.equal("NotOperator");
    });
    it("refuses a run whose total is one fen off, and a day that is paid twice", async () => {
      const { officials, runs } = w.ledger.payouts;
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      await settleDay(w);
      const run = await runs.prepare(REGION, INSURANCE);
      const request = await officials.runRequest(REGION, INSURANCE, run.number, "propose");
      const propose = async (terms: typeof run.terms) => {
        const message = {
          ...request.message,
          totalFen: terms.lines.sum,
          terms: termsHash(terms),
          firstDay: terms.dayList[0]!,
          lastDay: terms.dayList.at(-1)!,
        };
        const { signature } = signed({ ...request, message, terms }, keys.proposer).signatures[0]!;
        return await refusal(
          contract().send(w.ledger.operatorKey, "propose", [terms, { deadline: message.deadline, signature }]),
        );
      };
      const lines = { ...run.terms.lines, sum: run.terms.lines.sum + 1n };
      expect(await propose({ ...run.terms, lines })).to.equal("TotalMismatch");
      expect(await propose({ ...run.terms, dayList: [...run.terms.dayList, run.terms.dayList.at(-1)!] })).to.equal(
        "ListOutOfOrder",
      );
      // The care fund has paid its first day already: its change is zero, whatever somebody claims.
      const paid = w.ledger.payouts.runs.find(REGION, CARE, 1).terms;
      const again = { ...paid, number: (await contract().fundOf(CARE)).runs + 1 };
      const care = {
        ...request,
        message: {
          ...request.message,
          fund: CARE,
          run: again.number,
          payees: again.payees,
          totalFen: again.lines.sum,
          terms: termsHash(again),
          firstDay: again.dayList[0]!,
          lastDay: again.dayList.at(-1)!,
        },
        terms: again,
      };
      const { signature } = signed(care, keys.proposer).signatures[0]!;
      const sent = contract().send(w.ledger.operatorKey, "propose", [
        again,
        { deadline: care.message.deadline, signature },
      ]);
      expect(await refusal(sent)).to.equal("TotalMismatch");
    });
    it("refuses an expired signature, a replayed one, and one whose role was revoked in between", async () => {
      const { officials } = w.ledger.payouts;
      const budget = async () => await officials.budgetRequest(REGION, CARE, "appropriate", 5n, freshDocument());
      const old = await budget();
      const expired = signed({ ...old, message: { ...old.message, deadline: w.clock.now() - 1 } }, keys.treasury);
      await officials.relay(expired).then(
        () => expect.fail("accepted"),
        (error: Error) => expect(error.message).to.contain("SignatureExpired"),
      );
      const order = signed(await budget(), keys.treasury);
      await officials.relay(order);
      await officials.relay(order).then(
        () => expect.fail("accepted"),
        (error: { code: string }) => expect(error.code).to.equal("already_done"),
      );
      const signedBefore = signed(await budget(), keys.treasury);
      await w.ledger.contracts.revoke(w.home.key("registrar"), addressOfKey(keys.treasury));
      const { message, signatures } = signedBefore;
      const args = [
        nameHash(CARE),
        message.amountFen,
        message.document,
        { deadline: message.deadline, signature: signatures[0]!.signature },
      ];
      expect(await refusal(contract().send(w.ledger.operatorKey, "appropriate", args))).to.equal("NotOfficial");
      w.clock.moveTo(w.clock.now() + 60);
      await officials.relay(signedBefore).then(
        () => expect.fail("accepted"),
        (error: { code: string }) => expect(error.code).to.equal("key_ended"),
      );
    });
  });

  describe("drills of money: what the contract cannot see, fsck and verify do", () => {
    const verify = async (id: string) => {
      const { rpcUrl } = w.ledger.funds.contract.chain;
      const { ledger, subsidy } = w.ledger.file.contracts;
      const anchorage = await chainAnchorage(rpcUrl, ledger, subsidy);
      return await verifyProof(w.ledger.audits.proof(REGION, id), anchorage).finally(() => anchorage.close());
    };
    it("holds an honest payment, from the visit to the bank", async () => {
      const verdict = await verify(played.visits[0]!);
      expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
      const held = verdict.findings.filter(({ status }) => status === "held").map(({ property }) => property);
      expect(held.filter((property) => property === "P4")).to.have.length.of.at.least(3);
      expect(held).to.include("P5");
    });
    it("breaks when any part of a payment is altered", async () => {
      const { rpcUrl } = w.ledger.funds.contract.chain;
      const { ledger, subsidy } = w.ledger.file.contracts;
      const anchorage = await chainAnchorage(rpcUrl, ledger, subsidy);
      const proof = w.ledger.audits.proof(REGION, played.visits[0]!);
      type Payment = NonNullable<typeof proof.payment>;
      const flip = (hex: Hex) => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}` as Hex;
      const care = (p: Payment) => p.parts.find(({ fund }) => fund === CARE)!;
      const edits: [string, (p: Payment) => void][] = [
        ["contract", (p) => (p.contract = flip(p.contract))],
        ["revision", (p) => (p.settlement.revision += 1)],
        ["size", (p) => (p.settlement.size += 1)],
        ["ruleset", (p) => (p.settlement.ruleset = flip(p.settlement.ruleset))],
        ["asOf", (p) => (p.settlement.asOf[0]!.head = flip(p.settlement.asOf[0]!.head))],
        ["root", (p) => (care(p).root.hash = flip(care(p).root.hash))],
        ["total", (p) => (care(p).root.sum += "0")],
        ["share", (p) => (care(p).line.shareFen = "1951")],
        ["payee", (p) => (care(p).line.payee = flip(care(p).line.payee))],
        ["index", (p) => (care(p).line.index += 1)],
        ["proof", (p) => (care(p).proof[0]!.sum += "1")],
        ["fund", (p) => (care(p).fund = "another")],
        ["run total", (p) => (care(p).run!.terms.lines.sum += "0")],
        ["run days", (p) => care(p).run!.terms.dayList.pop()],
        ["run line", (p) => (care(p).run!.line!.amountFen += "0")],
        ["run account", (p) => (care(p).run!.line!.account = flip(care(p).run!.line!.account))],
        ["run revision", (p) => (care(p).run!.revision += 1)],
      ];
      for (const [name, edit] of edits) {
        const bad = structuredClone(proof);
        edit(bad.payment!);
        expect((await verifyProof(bad, anchorage)).ok, name).to.equal(false);
      }
      anchorage.close();
    });
    it("names shares above the price, though the contract took the settlement", async () => {
      const id = visit(w);
      await w.ledger.records.submit(visitBatch(w, [id]));
      const day = dayOf(w.clock.now(), OFFSET);
      await endDay(w);
      const { settlements } = w.ledger;
      const computed = settlements.compute(REGION, day);
      const { settlementLeaf } = await import("../../core/settlement.ts");
      const { sumChunks, sumRoot } = await import("../../core/sumTree.ts");
      for (const part of computed.parts) {
        for (const line of part.lines) if (line.status === "paid") line.shareFen = line.priceFen;
        part.chunks = sumChunks(part.lines.map(settlementLeaf));
        part.root = sumHex(sumRoot(part.chunks));
      }
      for (const line of computed.lines) if (line.status === "paid") line.shares = line.shares.map(() => line.priceFen);
      await settlements.settle(computed);
      const faults = await check();
      expect(
        faults.some(({ field, day: where }) => field === "settlement_line.shares" && where === day),
        JSON.stringify(faults),
      ).to.equal(true);
      expect(faults.some(({ field }) => field === "settlement_line")).to.equal(true);
      const verdict = await verify(id.id);
      expect(verdict.findings.filter(({ status }) => status === "broken").map(({ property }) => property)).to.include(
        "P4",
      );
      // The honest settlement replaces it as the next revision.
      await settlements.settle(settlements.compute(REGION, day));
    });
    it("names a line tree whose inner sum is false, though the run's total is right", async () => {
      const { runs, store, officials } = w.ledger.payouts;
      const honest = await runs.prepare(REGION, INSURANCE);
      const [line] = store.lines(REGION, honest.hash);
      const asLeaf = { ...line!, payee: nameHash(line!.payee) };
      const half = line!.amountFen / 2n;
      // Two lines that pay more than the root says: the parent's sum is set by hand.
      const [a, b] = [
        runLeaf({ ...asLeaf, amountFen: line!.amountFen }),
        runLeaf({ ...asLeaf, index: 1, amountFen: half }),
      ];
      const parent = sumParent({ ...a, sum: line!.amountFen - half }, b);
      const terms = { ...honest.terms, payees: 2, lines: sumHex(parent) };
      expect(terms.lines.sum).to.equal(honest.terms.lines.sum);
      const hash = termsHash(terms);
      const days = store.days(REGION, honest.hash);
      store.saveRun({ ...honest, hash, terms }, days, [line!, { ...line!, index: 1, amountFen: half }], []);
      const request = await officials.runRequest(REGION, INSURANCE, honest.number, "propose");
      expect(request.message.terms).to.equal(hash);
      await officials.relay(signed(request, keys.proposer));
      const faults = await check();
      expect(
        faults.some(({ field }) => field === "run_line"),
        JSON.stringify(faults),
      ).to.equal(true);
      const verdict = await verify(played.visits[0]!);
      expect(
        verdict.findings.some(({ status, what }) => status === "broken" && what.includes(INSURANCE)),
        JSON.stringify(verdict.findings),
      ).to.equal(true);
    });
  });
});
