import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { addressOfKey } from "../../core/signature.ts";
import { Chain } from "../../server/chain/chain.ts";
import { type EmbeddedChain, startEmbeddedChain } from "../../server/chain/embedded.ts";
import { Home } from "../../server/home.ts";

/** The embedded chain alone: killed at random moments under load, it keeps all that it acknowledged. */
const KILLS = 25;
const LOAD_MS = 800;
const STUCK_MS = 20_000;

interface Acknowledged {
  tx: string;
  block: string;
  events: number;
}

describe("flow: the chain is killed at random moments", () => {
  const folder = mkdtempSync(join(tmpdir(), "silverledger-kills-"));
  const key = new Home(folder).key("operator");
  const start = () =>
    startEmbeddedChain({
      folder: join(folder, "chain"),
      funded: [addressOfKey(key)],
      now: () => Math.floor(Date.now() / 1000),
    });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Makes a contract that reports each call: what it holds is read from its events, a transfer from its receipt. */
  const REPORTS = "0x6560006000a0006000526006601af3";
  let contract = "";

  /** Sends until the node dies, at a random moment after its first answer; every hash was read back from a block. */
  async function loadUntilKilled(embedded: EmbeddedChain): Promise<Acknowledged[]> {
    const chain = new Chain(embedded.rpcUrl, embedded.produce);
    const acknowledged: Acknowledged[] = [];
    contract ||= (await chain.send(key, { data: REPORTS })).contractAddress!;
    const dead = new Promise<null>((resolve) => setTimeout(resolve, STUCK_MS, null).unref());
    try {
      for (;;) {
        const call = { to: contract, gasLimit: 100_000 };
        const transfer = { to: addressOfKey(key), value: 1n };
        const sent = chain.send(key, acknowledged.length % 3 === 2 ? transfer : call).catch(() => null);
        const mined = await Promise.race([sent, dead]);
        if (!mined) return acknowledged;
        acknowledged.push({ tx: mined.hash, block: mined.blockHash, events: mined.logs.length });
        if (acknowledged.length === 1) setTimeout(() => process.kill(embedded.pid, "SIGKILL"), Math.random() * LOAD_MS);
      }
    } finally {
      chain.close();
      await embedded.stop();
    }
  }

  it(`loses no acknowledged transaction and changes no block in ${KILLS} kills`, async () => {
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const answered = await loadUntilKilled(await start());
      expect(answered, `after ${kill} kills the chain goes on`).to.not.deep.equal([]);
      acknowledged.push(...answered);
    }
    const embedded = await start();
    const chain = new Chain(embedded.rpcUrl);
    for (const { tx, block } of acknowledged)
      expect((await chain.provider.getTransactionReceipt(tx))?.blockHash, tx).to.equal(block);
    expect([...new Set(acknowledged.map(({ events }) => events))].sort()).to.deep.equal([0, 1]);
    chain.close();
    await embedded.stop();
  }).timeout(300_000);
});
