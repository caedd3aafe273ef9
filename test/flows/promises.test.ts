import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { type Hex, toHex } from "../../core/bytes.ts";
import { checkpointAnchorage } from "../../core/checkpointAnchorage.ts";
import { Refusal } from "../../core/errors.ts";
import { readNote, writeNote } from "../../core/note.ts";
import { addressOfKey } from "../../core/signature.ts";
import { SUBMISSION, type Submission } from "../../core/statement.ts";
import { domainSeparator } from "../../core/typedData.ts";
import { verifyProof } from "../../core/verify.ts";
import { look } from "../../scripts/follower.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { ANSWER_WINDOW } from "../../server/chain/deploy.ts";
import { openVault } from "../../server/db/vault.ts";
import { openEntries } from "../../server/entries/service.ts";
import { signerOf } from "../../server/keys/native.ts";
import { openSeals } from "../../server/seals/service.ts";
import { type Running, serve } from "../../server/serve.ts";
import { startWorker } from "../../server/worker.ts";
import { endDay, makeWorld, REGION, visit, visitBatch, type World } from "../server/world.ts";

/** An operator who cheats, and how each is caught from outside. */
let w: World;
// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: promises", () => {
  beforeEach(async () => {
    w = await makeWorld();
  });
  afterEach(() => w.destroy());
  const silent = pino({ level: "silent" });
  const operatorKey = () => w.home.key("operator");

  /** Raw SQL as a thief or the operator himself would use it. */
  function withoutTriggers(work: () => void): void {
    const { sql } = w.ledger.db;
    const triggers = sql.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as {
      name: string;
      sql: string;
    }[];
    for (const { name } of triggers) sql.exec(`DROP TRIGGER "${name}"`);
    work();
    for (const trigger of triggers) sql.exec(trigger.sql);
  }

  describe("promises: the receipt against the operator, on chain", () => {
    it("is answered by the server itself when the record stands where it was promised", async () => {
      const { receipt, signature } = await w.ledger.records.submit(visitBatch(w, [visit(w), visit(w)]));
      await endDay(w);
      w.clock.moveTo(w.clock.now() + 2 * 86_400);
      const id = await w.ledger.contracts.challenge(operatorKey(), receipt, signature, 1);
      w.ledger.entries.store.acceptClock(w.clock.now());
      const worker = startWorker(w.ledger, silent);
      for (let tries = 0; tries < 100 && (await w.ledger.contracts.challengeOf(id)).status === 1; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      await worker.stop();
      expect((await w.ledger.contracts.challengeOf(id)).status).to.equal(2);
    });
    for (const [crime, edit] of [
      ["dropped", "DELETE FROM {t} WHERE day = @day AND idx = @index"],
      [
        "swapped",
        "UPDATE {t} SET idx = CASE idx WHEN @index THEN @index + 1 WHEN @index + 1 THEN @index END WHERE day = @day AND idx IN (@index, @index + 1)",
      ],
    ] as const) {
      it(`convicts an operator who ${crime} a receipted record before sealing`, async () => {
        const { receipt, signature } = await w.ledger.records.submit(visitBatch(w, [visit(w), visit(w)]));
        const at = { day: receipt.day, index: receipt.firstIndex };
        withoutTriggers(() => {
          const { sql } = w.ledger.db;
          if (crime === "dropped") {
            // The last record goes, so that the day still seals without a gap.
            at.index += 1;
            for (const table of ["visit", "entry"]) sql.prepare(edit.replace("{t}", table)).run(at);
          } else {
            for (const table of ["entry", "visit"]) {
              sql.prepare(`UPDATE ${table} SET idx = 9999 WHERE day = @day AND idx = @index`).run(at);
              sql.prepare(`UPDATE ${table} SET idx = @index WHERE day = @day AND idx = @index + 1`).run(at);
              sql
                .prepare(`UPDATE ${table} SET idx = @index + 1 WHERE day = @day AND idx = 9999`)
                .run({ day: at.day, index: at.index });
            }
          }
        });
        await endDay(w);
        w.clock.moveTo(w.clock.now() + 2 * 86_400);
        const stranger = w.home.key("registrar");
        const k = at.index - receipt.firstIndex;
        const id = await w.ledger.contracts.challenge(stranger, receipt, signature, k);
        // He tries: whatever stands there now is not what was promised.
        const found = w.ledger.audits.answer(REGION, at.day, at.index);
        if (found) {
          const refusal = await w.ledger.contracts
            .answer(operatorKey(), receipt, k, found.submission, found.digest, found.submissionProof, found.dayProof)
            .then(
              () => "answered",
              (error: Error) => error.message,
            );
          expect(refusal).to.match(/NotInSubmission|NotInDay/);
        }
        w.clock.moveTo(w.clock.now() + ANSWER_WINDOW + 60);
        await w.ledger.contracts.expire(stranger, id);
        expect((await w.ledger.contracts.challengeOf(id)).status).to.equal(3);
        expect(await w.ledger.contracts.convictionsOf(REGION)).to.equal(1);
      });
    }
    it("convicts an operator who withholds the day: never sealed is never answered", async () => {
      const { receipt, signature } = await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      w.clock.moveTo(w.clock.now() + 3 * 86_400);
      const id = await w.ledger.contracts.challenge(w.home.key("registrar"), receipt, signature, 0);
      w.clock.moveTo(w.clock.now() + ANSWER_WINDOW + 60);
      await w.ledger.contracts.expire(w.home.key("registrar"), id);
      expect(await w.ledger.contracts.convictionsOf(REGION)).to.equal(1);
    });
  });

  describe("promises: two heads", () => {
    let http: Running;
    let copy: string;
    beforeEach(async () => {
      http = await serve(w.ledger, silent, { host: "127.0.0.1", port: 0, rateLimit: 10_000, worker: false });
      copy = mkdtempSync(join(tmpdir(), "follow-"));
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
    });
    afterEach(() => http.stop());
    const see = () =>
      look(http.url, REGION, copy, w.home.address("operator")).then(
        (line) => line,
        (error: Error) => `CRY ${error.message}`,
      );

    it("follows an honest operator through a growing day and into the next", async () => {
      expect(await see()).to.contain("size 7");
      await w.ledger.records.submit(visitBatch(w, [visit(w), visit(w)]));
      expect(await see()).to.contain("size 9");
      await endDay(w);
      expect(await see()).to.contain("size 0");
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      await endDay(w);
      expect(await see()).to.not.contain("CRY");
    });
    it("cries out when the day shrinks, and when it no longer begins with what was seen", async () => {
      await see();
      const file = join(copy, `${REGION}.checkpoint`);
      const note = readNote(readFileSync(file, "utf8"))!;
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      withoutTriggers(() => {
        w.ledger.db.sql
          .prepare("UPDATE entry SET digest = randomblob(32) WHERE day = ? AND idx = 0")
          .run(note.checkpoint.day);
      });
      await http.stop();
      await w.restart();
      http = await serve(w.ledger, silent, { host: "127.0.0.1", port: 0, rateLimit: 10_000, worker: false });
      expect(await see())
        .to.contain("CRY")
        .and.to.contain("no longer begins with what was seen");
    });
    it("convicts on chain with the two files that the follower kept", async () => {
      await see();
      const file = join(copy, `${REGION}.checkpoint`);
      const kept = readNote(readFileSync(file, "utf8"))!;
      // The operator shows another auditor another tree of the same size.
      const { db, clock, file: ledgerFile } = w.ledger;
      const domain = domainSeparator(ledgerFile.ledgerId);
      withoutTriggers(() =>
        db.sql.prepare("UPDATE entry SET digest = randomblob(32) WHERE day = ? AND idx = 0").run(kept.checkpoint.day),
      );
      const entries = openEntries({
        store: w.ledger.entries.store,
        vault: openVault(db.sql, randomBytes(32)),
        clock,
        domain,
        signOf: () => signerOf(operatorKey()),
      });
      const seals = openSeals({
        store: w.ledger.seals.store,
        entries,
        clock,
        domain,
        ledgerId: ledgerFile.ledgerId,
        signOf: () => signerOf(operatorKey()),
      });
      const other = seals.checkpoint(REGION);
      expect(other.checkpoint.size).to.equal(kept.checkpoint.size);
      writeFileSync(join(copy, "other"), writeNote({ ledgerId: ledgerFile.ledgerId, ...other }));
      await w.ledger.contracts.contradictCheckpoints(
        w.home.key("registrar"),
        kept.checkpoint,
        kept.signature,
        other.checkpoint,
        other.signature,
      );
      expect(await w.ledger.contracts.convictionsOf(REGION)).to.equal(1);
    });
  });

  describe("promises: a submission that is not answered", () => {
    it("is lodged on chain by its provider, and after two days fsck and every verifier name it", async () => {
      const kept = visit(w);
      const answered = await w.ledger.records.submit(visitBatch(w, [kept]));
      const silent = visitBatch(w, [visit(w)]);
      const hash = toHex(SUBMISSION.hash(silent.submission as Submission));
      const gas = { to: addressOfKey(w.providerKey), value: 10n ** 18n };
      await w.ledger.contracts.chain.send(operatorKey(), gas);
      await w.ledger.contracts.lodge(w.providerKey, REGION, hash);
      await w.ledger.contracts.lodge(w.providerKey, REGION, answered.receipt.submission);
      await endDay(w);
      const named = async () => {
        const { faults } = await w.ledger.fsck({ details: false, chain: true });
        const anchorage = await chainAnchorage(w.ledger.contracts.chain.rpcUrl, w.ledger.file.contracts.ledger);
        const verdict = await verifyProof(w.ledger.audits.proof(REGION, kept.id), anchorage);
        anchorage.close();
        expect(verdict.ok).to.equal(true);
        return [faults.map(({ what }) => what).join(), verdict.findings.map(({ what }) => what).join()];
      };
      for (const text of await named()) expect(text).to.not.contain(hash);
      await endDay(w);
      await endDay(w);
      const [fsck, verify] = await named();
      expect(fsck).to.contain(`${hash} was lodged on chain`).and.not.contain(answered.receipt.submission);
      expect(verify).to.contain(hash).and.not.contain(answered.receipt.submission);
    });
  });

  describe("promises: a day that waits for its seal", () => {
    it("states nothing of the next day, so that an honest operator never contradicts himself", async () => {
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      const { openDay, size } = w.ledger.entries.store.regionRow(REGION);
      w.clock.moveTo(w.clock.now() + 86_400);
      const { receipt } = await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      expect(receipt.day).to.equal(openDay + 1);
      const stated = () => w.ledger.seals.checkpoint(REGION).checkpoint;
      expect(stated).to.throw(Refusal).with.property("code", "not_sealed");
      expect(w.ledger.seals.checkpoint(REGION, openDay).checkpoint.size).to.equal(size);
      const [sealed] = w.ledger.seals.sealRegion(REGION);
      expect(stated()).to.include({ day: openDay + 1, size: 1, head: sealed!.head });
    });
  });

  describe("promises: offline", () => {
    it("verifies a proof against a kept checkpoint alone, and refuses a stranger's checkpoint", async () => {
      const v = visit(w);
      await w.ledger.records.submit(visitBatch(w, [v]));
      await endDay(w);
      const proof = w.ledger.audits.proof(REGION, v.id);
      const note = writeNote({ ledgerId: w.ledger.file.ledgerId, ...w.ledger.seals.checkpoint(REGION) });
      const operator = w.home.address("operator");
      const verdict = await verifyProof(proof, checkpointAnchorage(note, [operator])!);
      expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
      expect(verdict.source).to.contain("named by you");
      expect(checkpointAnchorage(note, [`0x${"11".repeat(20)}` as Hex])).to.equal(null);
      expect(checkpointAnchorage(note.replace("day ", "day 1"), [operator])).to.equal(null);
      const moved = structuredClone(proof);
      moved.seals[0]!.size += 1;
      expect((await verifyProof(moved, checkpointAnchorage(note, [operator])!)).ok).to.equal(false);
    });
  });
});
