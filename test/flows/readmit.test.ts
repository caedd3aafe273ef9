import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { RECEIPT } from "../../core/statement.ts";
import { domainSeparator, typedDigest } from "../../core/typedData.ts";
import { type Proof, verifyProof } from "../../core/verify.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import type { Receipted } from "../../server/entries/store.ts";
import { signerOf } from "../../server/keys/native.ts";
import { openLedger } from "../../server/ledger.ts";
import type { ReturnedBatch, VisitBatch } from "../../server/records/schema.ts";
import type { RegistryBatch } from "../../server/registry/schema.ts";
import { readiness } from "../../server/worker.ts";
import { openApi, requestOf } from "../server/api.ts";
import {
  elderEntry,
  endDay,
  freshId,
  makeWorld,
  OFFSET,
  OTHER_PROVIDER,
  PROVIDER,
  REGION,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "../server/world.ts";

/** A backup is restored: what was receipted since comes back to its promised place, before anything new is taken. */
let w: World;
const returned = (given: Receipted, batch: VisitBatch | RegistryBatch): ReturnedBatch =>
  structuredClone({ ...batch, receipt: given.receipt, receiptSignature: given.signature }) as ReturnedBatch;
const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code, ...error.issues.map(({ pointer, code }) => `${pointer} ${code}`)].join(" ");
  }
  return "taken";
};

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: a restored backup", () => {
  beforeEach(async () => {
    w = await makeWorld();
  });
  afterEach(() => w.destroy());

  const database = () => w.home.path("ledger.db");
  const submit = async (count = 1) => {
    const batch = visitBatch(
      w,
      Array.from({ length: count }, () => visit(w)),
    );
    return { batch, given: await w.ledger.records.submit(batch) };
  };
  const open = async () => {
    w.ledger = await openLedger({ home: w.home, clock: w.clock });
  };
  async function backUp(): Promise<void> {
    await w.ledger.close();
    copyFileSync(database(), `${database()}.backup`);
    await open();
  }
  /** The disk was lost; last night's copy takes its place. `all`: what lies beside the database went with it. */
  async function restore(all = false): Promise<void> {
    await w.ledger.close();
    for (const end of ["-wal", "-shm"]) rmSync(`${database()}${end}`, { force: true });
    copyFileSync(`${database()}.backup`, database());
    if (all) rmSync(w.home.path("extent.json"));
    await open();
  }
  async function verified(proof: Proof) {
    const { chain, addresses } = w.ledger.contracts;
    const anchorage = await chainAnchorage(chain.rpcUrl, addresses.ledger);
    return await verifyProof(proof, anchorage).finally(() => anchorage.close());
  }
  const readmit = (one: ReturnedBatch) => w.ledger.readmissions.readmit(one);
  const stands = (given: Receipted, batch: VisitBatch) =>
    batch.visits.forEach(({ id }, k) => {
      expect(w.ledger.records.store.find(REGION, id), id).to.include({
        day: given.receipt.day,
        index: given.receipt.firstIndex + k,
      });
    });

  it("is seen at the start, and nothing is taken, sealed or stated until the receipts are back", async () => {
    await submit();
    await backUp();
    const lost = await submit(2);
    await restore();
    const state = w.ledger.readmissions.stateOf(REGION)!;
    expect(state).to.deep.include({ readmitted: 0, reachedSize: state.size + 2 });
    expect(await readiness(w.ledger)).to.deep.include({ ready: false, restoredRegions: [REGION] });
    expect(await codeOf(() => submit())).to.equal("restored");
    expect(await codeOf(() => w.ledger.seals.checkpoint(REGION))).to.equal("restored");
    w.clock.moveTo(w.clock.now() + 86_400);
    const { sealed, refused } = w.ledger.seals.sealDue();
    expect([sealed, refused.map(({ refusal }) => refusal.code)]).to.deep.equal([[], ["restored"]]);
    await readmit(returned(lost.given, lost.batch));
    expect(w.ledger.readmissions.close(REGION)).to.deep.equal([]);
    expect(await readiness(w.ledger)).to.deep.include({ ready: true, restoredRegions: [] });
    expect(w.ledger.seals.sealDue().refused).to.deep.equal([]);
  });

  it("puts everything back in any order, as the same tree with the same receipts", async () => {
    await backUp();
    const first = await submit(3);
    const elder = freshId();
    const registered = registryBatch(w, [elderEntry(elder, dayOf(w.clock.now(), OFFSET))]);
    const second = await w.ledger.registry.register(registered);
    w.elder = elder;
    const third = await submit(2);
    const before = w.ledger.seals.checkpoint(REGION).checkpoint;
    await restore();
    // The elder of the third is not in the backup: the promise stands all the same.
    for (const one of [
      returned(third.given, third.batch),
      returned(first.given, first.batch),
      returned(second, registered),
    ]) {
      const answer = await readmit(one);
      expect(answer.receipt).to.deep.equal(one.receipt);
      expect((await readmit(one)).repeated).to.equal(true);
    }
    expect(w.ledger.readmissions.close(REGION)).to.deep.equal([]);
    expect(w.ledger.seals.checkpoint(REGION).checkpoint).to.deep.equal(before);
    for (const { batch, given } of [first, third]) {
      stands(given, batch);
      // Whoever sends it once more gets the receipt of then.
      const again = await w.ledger.records.submit(batch);
      expect(again).to.deep.equal({ receipt: given.receipt, signature: given.signature, repeated: true });
    }
    const next = await submit();
    expect(next.given.receipt.firstIndex).to.equal(before.size);
    await endDay(w);
    expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    const proof = w.ledger.audits.proof(REGION, third.batch.visits[1]!.id);
    expect((await verified(proof)).ok).to.equal(true);
    expect(proof.index).to.equal(third.given.receipt.firstIndex + 1);
  });

  it("leaves a Gap for what nobody returned, which is proven like any entry", async () => {
    await backUp();
    const first = await submit();
    const never = await submit(2);
    const last = await submit();
    await restore();
    await readmit(returned(last.given, last.batch));
    await readmit(returned(first.given, first.batch));
    const { firstIndex } = never.given.receipt;
    expect(w.ledger.readmissions.close(REGION)).to.deep.equal([firstIndex, firstIndex + 1]);
    // Its sender comes too late for the old place, and submits it anew.
    expect(await codeOf(() => readmit(returned(never.given, never.batch)))).to.equal("not_restored");
    const anew = await w.ledger.records.submit(never.batch);
    expect(anew.receipt.firstIndex).to.equal(last.given.receipt.firstIndex + 1);
    await endDay(w);
    expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    const id = w.ledger.db.sql.prepare("SELECT lower(hex(id)) FROM entry WHERE idx = ? AND kind = 22").pluck();
    const hex = id.get(firstIndex) as string;
    const uuid = [8, 12, 16, 20, 32].map((end, i, all) => hex.slice(i ? all[i - 1] : 0, end)).join("-");
    const proof = w.ledger.audits.proof(REGION, uuid);
    expect(proof.kind).to.equal("Gap");
    expect((await verified(proof)).ok).to.equal(true);
  });

  it("refuses what the operator did not promise, and takes nothing of it", async () => {
    await backUp();
    const { batch, given } = await submit(2);
    const other = await submit();
    await restore();
    const good = returned(given, batch);
    const size = () => w.ledger.db.sql.prepare("SELECT count(*) FROM entry").pluck().get();
    const before = size();
    const domain = domainSeparator(w.ledger.file.ledgerId);
    const signed = (receipt: Receipted["receipt"], key: Uint8Array) =>
      signerOf(key)(typedDigest(domain, RECEIPT, receipt));
    const operator = w.home.key("operator");
    const change = async (edit: (one: ReturnedBatch) => void): Promise<string> => {
      const one = structuredClone(good);
      edit(one);
      return await codeOf(() => readmit(one));
    };
    expect(await change((one) => one.receipt.firstIndex++)).to.equal("receipt_invalid");
    expect(await change((one) => (one.receiptSignature = signed(given.receipt, w.providerKey)))).to.equal(
      "receipt_invalid",
    );
    expect(await change((one) => Object.assign(one, returned(other.given, batch), { visits: batch.visits }))).to.equal(
      "receipt_invalid",
    );
    expect(await change((one) => one.visits![0]!.endedAt++)).to.equal("root_mismatch");
    expect(await change((one) => one.visits!.pop())).to.equal("count_mismatch");
    expect(await change((one) => (one.visits![1]!.region = 310106))).to.equal(
      "invalid_input /visits/1/region other_region",
    );
    expect(await change((one) => (one.signature = signed(given.receipt, w.otherKey)))).to.equal("key_unknown");
    const resign = (edit: (receipt: ReturnedBatch["receipt"]) => void) =>
      change((one) => {
        edit(one.receipt);
        one.receiptSignature = signed(one.receipt as Receipted["receipt"], operator);
      });
    expect(
      await resign((receipt) => {
        receipt.day++;
        receipt.receivedAt += 86_400;
      }),
    ).to.equal("invalid_input /receipt/day other_day");
    expect(await resign((receipt) => (receipt.head = `0x${"ab".repeat(32)}`))).to.equal(
      "invalid_input /receipt/head other_day",
    );
    expect(await resign((receipt) => (receipt.receivedAt += 86_400))).to.equal("receipt_invalid");
    expect(await resign((receipt) => (receipt.firstIndex = 0))).to.equal(
      "invalid_input /receipt/firstIndex place_taken",
    );
    expect(size()).to.equal(before);
    expect(await codeOf(() => readmit(good))).to.equal("taken");
  });

  it("takes nothing back where nothing was lost", async () => {
    const { batch, given } = await submit();
    expect((await readmit(returned(given, batch))).repeated).to.equal(true);
    expect(await codeOf(() => w.ledger.readmissions.close(REGION))).to.equal("not_restored");
    const strange = returned(given, visitBatch(w, [visit(w)]));
    expect(await codeOf(() => readmit(strange))).to.equal("not_restored");
  });

  it("can be held by hand where the home cannot see it, also beyond what is known", async () => {
    await backUp();
    const { batch, given } = await submit(2);
    await restore(true);
    expect(w.ledger.readmissions.stateOf(REGION)).to.equal(null);
    w.ledger.readmissions.hold(REGION);
    await w.restart();
    expect(await codeOf(() => submit())).to.equal("restored");
    await readmit(returned(given, batch));
    expect(w.ledger.readmissions.close(REGION)).to.deep.equal([]);
    stands(given, batch);
    const next = await submit();
    expect(next.given.receipt.firstIndex).to.equal(given.receipt.firstIndex + 2);
    await w.restart();
    expect(w.ledger.readmissions.stateOf(REGION)).to.equal(null);
  });

  it("refuses what stands in the log already with other content, and an unreadable note of how far it came says nothing", async () => {
    const before = await submit();
    await backUp();
    const twin = visit(w, { id: freshId(w.clock.now()) });
    const batch = visitBatch(w, [visit(w), twin]);
    const given = await w.ledger.records.submit(batch);
    await restore();
    // An operator who restored and let the same id in again has promised it twice.
    const { sql } = w.ledger.db;
    sql.exec('DROP TRIGGER "entry_no_update"');
    const hex = Buffer.from(twin.id.replaceAll("-", ""), "hex");
    const { day, firstIndex } = before.given.receipt;
    sql.prepare("UPDATE entry SET id = ? WHERE day = ? AND idx = ?").run(hex, day, firstIndex);
    expect(await codeOf(() => readmit(returned(given, batch)))).to.equal("id_conflict /visits/1/id id_taken");
    await w.ledger.close();
    writeFileSync(w.home.path("extent.json"), "{");
    await open();
    expect(w.ledger.readmissions.stateOf(REGION)).to.equal(null);
  });

  it("survives a crash between two returns, and another process that ends it", async () => {
    await backUp();
    const [first, second] = [await submit(), await submit()];
    await restore();
    await readmit(returned(second.given, second.batch));
    await w.restart();
    expect(w.ledger.readmissions.stateOf(REGION)).to.include({ readmitted: 1 });
    const server = w.ledger;
    await readmit(returned(first.given, first.batch));
    const cli = await openLedger({ home: w.home, clock: w.clock });
    cli.readmissions.close(REGION);
    expect(server.readmissions.stateOf(REGION)).to.equal(null);
    await cli.close();
    expect(await codeOf(() => submit())).to.equal("taken");
  });

  it("does not go on from a backup that is older than the last seal: the chain tells", async () => {
    await backUp();
    const { batch, given } = await submit();
    await endDay(w);
    await submit();
    await restore(true);
    expect(w.ledger.anchors.problem()).to.include({ what: "ahead" });
    expect(await codeOf(() => submit())).to.equal("restored");
    await readmit(returned(given, batch));
    expect(await codeOf(() => w.ledger.readmissions.close(REGION))).to.equal("backup_too_old");
    expect(w.ledger.seals.sealDue().refused.map(({ refusal }) => refusal.code)).to.deep.equal(["restored"]);
  });

  it("is returned over HTTP by whom it belongs to, and by nobody else", async () => {
    await backUp();
    const { batch, given } = await submit();
    await restore();
    const api = await openApi(w, [
      ["provider", "provider", PROVIDER],
      ["other", "provider", OTHER_PROVIDER],
      ["auditor", "auditor", String(REGION)],
    ]);
    const call = async (method: string, path: string, caller: string | null, body?: unknown) => {
      const key = caller && api.keys[caller];
      const response = await fetch(`${api.http.url}/api/v1${path}`, requestOf(method, key, body));
      return (await response.json()) as Record<string, unknown> & { issues?: { pointer: string; code: string }[] };
    };
    const send = async (caller: string, body: object) => {
      const { code, issues } = await call("POST", "/readmissions", caller, body);
      return [code, ...(issues ?? []).map((issue) => `${issue.pointer} ${issue.code}`)].join(" ");
    };
    const body = returned(given, batch);
    const none = { ...body, visits: undefined };
    const state = `/regions/${REGION}/readmission`;
    expect(await call("GET", state, null)).to.include({ held: true, readmitted: 0 });
    expect(await send("other", body)).to.equal("forbidden");
    expect(await send("auditor", body)).to.equal("forbidden");
    expect(await send("provider", none)).to.equal("invalid_input /visits missing_field");
    const entries = registryBatch(w, [elderEntry(freshId(), given.receipt.day)]).entries;
    expect(await send("provider", { ...body, entries })).to.equal("invalid_input /entries unknown_field");
    expect(await send("provider", { ...body, receipt: { ...body.receipt, firstIndex: -1 } })).to.equal(
      "invalid_input /receipt/firstIndex too_short",
    );
    expect(await call("POST", "/visits", "provider", visitBatch(w, [visit(w)]))).to.include({ code: "restored" });
    expect(await call("POST", "/readmissions", "provider", body)).to.deep.include({
      receipt: given.receipt,
      signature: given.signature,
    });
    expect(await call("GET", state, null)).to.include({ held: true, readmitted: 1 });
    w.ledger.readmissions.close(REGION);
    expect(await call("GET", state, null)).to.include({ held: false });
    await api.http.stop();
  });

  it("is told and ended on the command line, out of the files that submit keeps", async () => {
    const cli = (...args: string[]) => {
      const program = fileURLToPath(new URL("../../scripts/cli.ts", import.meta.url));
      const env = { ...process.env, SILVERLEDGER_HOME: w.home.folder };
      try {
        const out = execFileSync(
          process.execPath,
          ["--disable-warning=ExperimentalWarning", program, ...args, "--json"],
          {
            env,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
          },
        );
        return { code: 0, value: JSON.parse(out) as Record<string, unknown> };
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
        return { code: status, value: JSON.parse(stdout || "{}") as Record<string, unknown>, stderr };
      }
    };
    const backup = w.home.path("night.db");
    // Beside a server that goes on.
    expect(cli("backup", "--out", backup).value).to.deep.include({ file: backup });
    expect(cli("backup", "--out", backup).code).to.equal(2);
    const [first, second] = [await submit(2), await submit()];
    const inUse = cli("restore", backup);
    expect(inUse.code).to.equal(2);
    expect(inUse.stderr).to.contain("stop it first");
    await w.ledger.close();
    writeFileSync(w.home.path("other.db"), "not a database");
    expect(cli("restore", w.home.path("other.db"))).to.deep.include({ code: 4 });
    expect(existsSync(database())).to.equal(true);
    const other = await makeWorld();
    await other.ledger.close();
    expect(cli("restore", other.home.path("ledger.db")).value).to.deep.equal({
      refused: `its region ${REGION} is another ledger's`,
    });
    rmSync(other.home.folder, { recursive: true });
    const { kept: before } = cli("restore", backup).value as { kept: string };
    expect(existsSync(before)).to.equal(true);
    expect(cli("readmit").value).to.include({ held: true, missing: 3, readmitted: 0 });
    const file = w.home.path("visits.csv.receipts.json");
    const kept = ({ batch, given }: typeof first) => ({
      receipt: given.receipt,
      signature: given.signature,
      sent: batch,
    });
    const forged = structuredClone(kept(second));
    forged.sent.visits[0]!.endedAt++;
    writeFileSync(file, JSON.stringify([kept(first), forged]));
    const refused = cli("readmit", file);
    expect([refused.code, refused.value]).to.deep.equal([4, { back: 1, refused: 1 }]);
    expect(refused.stderr).to.contain("receipt 2: root_mismatch");
    expect(cli("readmit", "--close").value).to.deep.equal({ lost: [second.given.receipt.firstIndex] });
    expect(cli("readmit").value).to.deep.equal({ held: false });
    await open();
    stands(first.given, first.batch);
  });
});
