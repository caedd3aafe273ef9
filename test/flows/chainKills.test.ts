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

  /** Sends until the node dies, at a random moment after its first answer; every hash was read back from a block. */
  async function loadUntilKilled(embedded: EmbeddedChain): Promise<{ tx: string; block: string }[]> {
    const chain = new Chain(embedded.rpcUrl);
    const acknowledged: { tx: string; block: string }[] = [];
    const dead = new Promise<null>((resolve) => setTimeout(resolve, STUCK_MS, null).unref());
    try {
      for (;;) {
        const sent = chain.send(key, { to: addressOfKey(key), value: 1n }).catch(() => null);
        const mined = await Promise.race([sent, dead]);
        if (!mined) return acknowledged;
        acknowledged.push({ tx: mined.hash, block: mined.blockHash });
        if (acknowledged.length === 1) setTimeout(() => process.kill(embedded.pid, "SIGKILL"), Math.random() * LOAD_MS);
      }
    } finally {
      chain.close();
      await embedded.stop();
    }
  }

  it(`loses no acknowledged transaction and changes no block in ${KILLS} kills`, async () => {
    const acknowledged: { tx: string; block: string }[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const answered = await loadUntilKilled(await start());
      expect(answered, `after ${kill} kills the chain goes on`).to.not.deep.equal([]);
      acknowledged.push(...answered);
    }
    const embedded = await start();
    const chain = new Chain(embedded.rpcUrl);
    for (const { tx, block } of acknowledged)
      expect((await chain.provider.getTransactionReceipt(tx))?.blockHash, tx).to.equal(block);
    chain.close();
    await embedded.stop();
  }).timeout(300_000);
});
