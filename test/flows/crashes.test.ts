import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Receipt } from "../../core/statement.ts";
import type { VisitBatch } from "../../server/records/schema.ts";
import {
  elderEntry,
  endDay,
  freshId,
  makeWorld,
  REGION,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "../server/world.ts";

/** SIGKILL between every two durable steps, and under a burst of submissions. */
interface Line {
  sent?: VisitBatch;
  receipt?: Receipt;
  ids?: string[];
  url?: string;
  key?: string;
  survived?: string;
}
let w: World;

function start(step: string): { child: ChildProcess; lines: Line[]; exited: Promise<unknown> } {
  const program = fileURLToPath(new URL("./crashChild.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, step, w.home.folder, String(w.clock.now()), w.carer, w.elder],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const lines: Line[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => lines.push(JSON.parse(line) as Line));
  return { child, lines, exited: once(child, "close") };
}

function standsOnce(receipt: Receipt, ids: string[]): void {
  ids.forEach((id, k) => {
    const found = w.ledger.records.store.find(REGION, id)!;
    expect(found, `acknowledged visit ${id}`).to.include({ day: receipt.day, index: receipt.firstIndex + k });
  });
}

async function isWhole(): Promise<void> {
  const report = await w.ledger.fsck({ details: true, chain: true });
  expect(report.faults.slice(0, 5)).to.deep.equal([]);
}

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: crashes", () => {
  before(async () => {
    w = await makeWorld();
  });
  after(() => w.destroy());

  describe("crashes: SIGKILL between every two durable steps", () => {
    const steps = [
      "append: before commit",
      "append: after commit, before the answer",
      "seal: after the day turned",
      "seal: inside its transaction",
      "anchor: before the transaction is sent",
      "anchor: after the block, before our own row",
      "erase: after the entry, before the key is destroyed",
    ];
    for (const step of steps) {
      it(step, async () => {
        await w.ledger.close();
        const { lines, exited } = start(step);
        await exited;
        expect(
          lines.some((line) => line.survived !== undefined),
          "the child was to be killed",
        ).to.equal(false);
        const acknowledged = lines.filter((line) => line.receipt !== undefined);
        expect(acknowledged).to.not.deep.equal([]);
        // The child may have moved its clock into the next day before it died.
        if (/seal|anchor/.test(step)) await reopenNextDay();
        else await w.restart();
        for (const { receipt, ids } of acknowledged) standsOnce(receipt!, ids!);
        // What was sent and not answered is sent again: the same submission, one receipt, nothing twice.
        for (const { sent } of lines.filter((line) => line.sent !== undefined)) {
          const { receipt } = await w.ledger.records.submit(sent!);
          standsOnce(
            receipt,
            sent!.visits.map(({ id }) => id),
          );
        }
        const before = w.ledger.entries.store.regionRow(REGION).size;
        if (!step.startsWith("erase")) {
          const next = await w.ledger.records.submit(visitBatch(w, [visit(w)]));
          expect(next.receipt.firstIndex).to.equal(before);
        } else {
          expect(
            w.ledger.db.sql
              .prepare("SELECT count(*) FROM person_key WHERE person = ?")
              .pluck()
              .get(Buffer.from(w.elder.replaceAll("-", ""), "hex")),
          ).to.equal(0);
        }
        await isWhole();
        if (step.startsWith("erase")) await newElder();
      });
    }
  });

  /** The elder was erased; the burst needs another. */
  async function newElder(): Promise<void> {
    w.elder = freshId();
    await w.ledger.registry.register(
      registryBatch(w, [elderEntry(w.elder, w.ledger.entries.store.regionRow(REGION).openDay)]),
    );
  }

  async function reopenNextDay(): Promise<void> {
    const { openLedger } = await import("../../server/ledger.ts");
    w.ledger = await openLedger({ home: w.home, clock: w.clock });
    await endDay(w);
    const last = w.ledger.seals.store.last(REGION)!;
    expect(w.ledger.anchors.store.lastDay(REGION)).to.equal(last.day);
  }

  describe("crashes: SIGKILL during a burst of submissions", () => {
    it("loses nothing that was acknowledged, doubles nothing, and the next receipt fits", async () => {
      for (let round = 0; round < 3; round++) {
        await w.ledger.close();
        const { child, lines, exited } = start("serve");
        while (!lines.some((line) => line.url)) await new Promise((resolve) => setTimeout(resolve, 20));
        const { url, key } = lines.find((line) => line.url)! as { url: string; key: string };
        const acknowledged: { receipt: Receipt; ids: string[] }[] = [];
        const batches = Array.from({ length: 120 }, () => visitBatch(w, [visit(w), visit(w), visit(w)]));
        const send = async (batch: VisitBatch) => {
          const response = await fetch(`${url}/api/v1/visits`, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
            body: JSON.stringify(batch),
          });
          const { receipt } = (await response.json()) as { receipt: Receipt };
          acknowledged.push({ receipt, ids: batch.visits.map(({ id }) => id) });
          if (acknowledged.length === 20 + round * 30) child.kill("SIGKILL");
        };
        await Promise.allSettled(batches.map(send));
        child.kill("SIGKILL");
        await exited;
        await w.restart();
        expect(acknowledged.length).to.be.greaterThan(19);
        for (const { receipt, ids } of acknowledged) standsOnce(receipt, ids);
        for (const batch of batches) await w.ledger.records.submit(batch);
        const places = w.ledger.db.sql.prepare("SELECT count(*) FROM entry WHERE region = ?").pluck().get(REGION);
        const distinct = w.ledger.db.sql
          .prepare("SELECT count(DISTINCT id) FROM entry WHERE region = ?")
          .pluck()
          .get(REGION);
        expect(places).to.equal(distinct);
        await isWhole();
      }
    });
  });
});
