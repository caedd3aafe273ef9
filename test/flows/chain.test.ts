import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { fromHex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { firstHead, nextHead } from "../../core/seal.ts";
import { verifyProof } from "../../core/verify.ts";
import { replay } from "../../scripts/verbs/anchor.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { startEmbeddedChain } from "../../server/chain/embedded.ts";
import { openLedger } from "../../server/ledger.ts";
import { readiness } from "../../server/worker.ts";
import { endDay, makeWorld, REGION, visit, visitBatch, type World } from "../server/world.ts";

let w: World;
let sealedVisit: string;

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: the chain", () => {
  beforeEach(async () => {
    w = await makeWorld();
    const v = visit(w);
    sealedVisit = v.id;
    await w.ledger.records.submit(visitBatch(w, [v]));
    await endDay(w);
  });
  afterEach(() => w.destroy());

  const accepted = async () => (await w.ledger.records.submit(visitBatch(w, [visit(w)]))).receipt;
  /** A seal of another root, with the head that follows from it: consistent in itself, but not what receipts promised. */
  function rewritten({ ledger }: World): { root: Uint8Array; head: Uint8Array } {
    const { firstDay, offsetMinutes } = ledger.entries.store.regionRow(REGION);
    const seal = { ...ledger.seals.store.of(REGION, firstDay)!, root: `0x${"5a".repeat(32)}` as const };
    return {
      root: fromHex(seal.root),
      head: fromHex(nextHead(firstHead(ledger.file.ledgerId, REGION, firstDay, offsetMinutes), seal)),
    };
  }

  const codeOf = async (work: Promise<unknown>) =>
    await work.then(
      () => "accepted",
      (error) => (error instanceof Refusal ? error.code : String(error)),
    );

  describe("chain: restart", () => {
    it("finds its blocks, contracts and anchors again", async () => {
      const before = await w.ledger.contracts.seals(REGION);
      await w.restart();
      expect(await w.ledger.contracts.seals(REGION)).to.deep.equal(before);
      expect(await w.ledger.anchors.reconcile()).to.equal(null);
    });
    it("starts its own node when what a killed server left names one that is gone", async () => {
      const file = w.home.path("chain/running.json");
      const { genesis } = JSON.parse(readFileSync(file, "utf8")) as { genesis: string };
      await w.ledger.close();
      // The process number of a container's server comes again; only the node itself can say that it runs.
      writeFileSync(file, JSON.stringify({ pid: process.pid, rpcUrl: "http://127.0.0.1:9", genesis }));
      w.ledger = await openLedger({ home: w.home, clock: w.clock });
      expect(await w.ledger.anchors.reconcile()).to.equal(null);
    });
    it("sends one transaction for a day, whatever its size", async () => {
      const blocks = async () => await w.ledger.contracts.chain.provider.getBlockNumber();
      await w.ledger.records.submit(
        visitBatch(
          w,
          Array.from({ length: 500 }, () => visit(w)),
        ),
      );
      const before = await blocks();
      await endDay(w);
      expect((await blocks()) - before).to.equal(1);
    });
  });

  describe("chain: down", () => {
    it("goes on accepting, lets anchoring wait, and readiness says so; back up, it catches up", async () => {
      await w.ledger.close();
      const folder = w.home.path("chain");
      const external = await startEmbeddedChain({ folder, funded: [], now: () => w.clock.now() });
      w.ledger = await openLedger({ home: w.home, clock: w.clock, rpcUrl: external.rpcUrl });
      await external.stop();
      await accepted();
      await endDay(w).catch(() => undefined);
      expect(w.ledger.seals.store.last(REGION)!.day).to.be.greaterThan(w.ledger.anchors.store.lastDay(REGION)!);
      expect(await readiness(w.ledger)).to.include({ ready: false, chain: "down", unanchoredDays: 1 });
      await accepted();
      await w.restart();
      expect(await w.ledger.anchors.anchorDue()).to.equal(1);
      expect(await readiness(w.ledger)).to.include({ ready: true, unanchoredDays: 0 });
    });
  });

  describe("chain: lost", () => {
    async function loseChain(): Promise<void> {
      await w.ledger.close();
      rmSync(w.home.path("chain"), { recursive: true });
      w.ledger = await openLedger({ home: w.home, clock: w.clock });
    }
    it("sees that the chain lacks what was anchored, says so, and refuses to go on silently", async () => {
      await loseChain();
      expect(await w.ledger.anchors.reconcile()).to.include({ region: REGION, what: "missing" });
      const state = await readiness(w.ledger);
      expect(state).to.include({ ready: false, chain: "missing" });
      expect(state.note).to.contain("anchor --replay");
      await accepted();
      await endDay(w);
      expect(await w.ledger.contracts.chain.hasCode(w.ledger.file.contracts.ledger)).to.equal(false);
    });
    it("replays onto the empty chain when every receipt's head is in the books; proofs hold again and say so", async () => {
      await accepted();
      await endDay(w);
      await loseChain();
      await w.ledger.anchors.reconcile();
      expect(await replay(w.ledger, w.home)).to.deep.equal({ days: 2 });
      await w.restart();
      expect(await w.ledger.anchors.reconcile()).to.equal(null);
      const anchorage = await chainAnchorage(w.ledger.contracts.chain.rpcUrl, w.ledger.file.contracts.ledger);
      const verdict = await verifyProof(w.ledger.audits.proof(REGION, sealedVisit), anchorage).finally(() =>
        anchorage.close(),
      );
      expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
      expect(verdict.findings.some((f) => f.status === "attested" && f.what.includes("replayed"))).to.equal(true);
      expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    });
    it("refuses a replay when the books were rewritten under a receipt's head", async () => {
      await accepted();
      await loseChain();
      const { sql } = w.ledger.db;
      const trigger = sql
        .prepare("SELECT sql FROM sqlite_master WHERE name = 'seal_no_update'")
        .pluck()
        .get() as string;
      sql.exec("DROP TRIGGER seal_no_update");
      sql.prepare("UPDATE seal SET root = @root, head = @head").run(rewritten(w));
      sql.exec(trigger);
      const outcome = await replay(w.ledger, w.home);
      expect(outcome).to.have.property("refused");
      expect((outcome as { refused: string }).refused).to.contain("names a head that the books do not have");
    });
    it("refuses a replay onto a chain that is not empty", async () => {
      expect(await replay(w.ledger, w.home)).to.have.property("refused");
    });
  });

  describe("clock", () => {
    it("refuses when it runs far behind the chain", async () => {
      await w.ledger.chainTime();
      const behind = { ...w.clock, now: () => w.clock.now() - 3600 };
      await w.ledger.close();
      w.ledger = await openLedger({ home: w.home, clock: behind });
      const early = visit(w, { startedAt: w.clock.now() - 9000, endedAt: w.clock.now() - 7200 });
      expect(await codeOf(w.ledger.records.submit(visitBatch(w, [early])))).to.equal("clock_refused");
    });
    it("never gives a time of receipt before the last one when it goes back a little", async () => {
      const first = await accepted();
      await w.ledger.close();
      w.ledger = await openLedger({ home: w.home, clock: { now: () => w.clock.now() - 60 } });
      const second = await accepted();
      expect(second.receivedAt).to.be.at.least(first.receivedAt);
      expect(second.firstIndex).to.equal(first.firstIndex + 1);
    });
    it("refuses when it jumped more than 36 hours ahead, seals nothing, and goes on once somebody has looked", async () => {
      const sealed = w.ledger.seals.store.last(REGION);
      w.clock.moveTo(w.clock.now() + 3 * 86_400);
      expect(await codeOf(accepted())).to.equal("clock_refused");
      const { sealed: now, refused } = w.ledger.seals.sealDue();
      expect(now).to.deep.equal([]);
      expect(refused.map(({ region, refusal }) => [region, refusal.code])).to.deep.equal([[REGION, "clock_refused"]]);
      // Another region of the same server is not held up.
      const other = 310106;
      w.ledger.openRegion(other, "静安区", 480, {});
      w.clock.moveTo(w.clock.now() + 86_400);
      expect(w.ledger.seals.sealDue().sealed.map(({ region }) => region)).to.deep.equal([other]);
      expect(w.ledger.seals.store.last(REGION)).to.deep.equal(sealed);
      w.ledger.entries.store.acceptClock(w.clock.now());
      expect((await accepted()).receivedAt).to.equal(w.clock.now());
    });
  });

  describe("disk full", () => {
    it("refuses with storage_full, keeps nothing half done, and goes on when there is room", async () => {
      const { sql } = w.ledger.db;
      const pages = sql.pragma("page_count", { simple: true }) as number;
      sql.pragma(`max_page_count = ${pages}`);
      const before = w.ledger.entries.store.regionRow(REGION);
      const batch = visitBatch(
        w,
        Array.from({ length: 1000 }, () => visit(w)),
      );
      expect(await codeOf(w.ledger.records.submit(batch))).to.equal("storage_full");
      expect(w.ledger.entries.store.regionRow(REGION)).to.deep.equal(before);
      sql.pragma("max_page_count = 1073741823");
      expect((await w.ledger.records.submit(batch)).receipt.count).to.equal(1000);
      expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    });
  });
});
