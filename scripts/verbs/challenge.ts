import { readFileSync } from "node:fs";
import type { Hex } from "../../core/bytes.ts";
import { readNote } from "../../core/note.ts";
import type { Receipt } from "../../core/statement.ts";
import { Chain } from "../../server/chain/chain.ts";
import { LedgerContracts } from "../../server/chain/client.ts";
import { readPrivateKey } from "../privateKey.ts";
import { type Call, EXIT, need, readJson, text, UsageError, type Verb } from "../verb.ts";

const STATES = ["none", "open", "answered", "broken"];

async function contradict(call: Call, contracts: LedgerContracts, key: Uint8Array): Promise<number> {
  const notes = need(call, "contradict")
    .split(",")
    .map((file) => readNote(readFileSync(file, "utf8")));
  const [a, b] = notes;
  if (!a || !b) throw new UsageError("--contradict: two checkpoint files, separated by a comma");
  await contracts.contradictCheckpoints(key, a.checkpoint, a.signature, b.checkpoint, b.signature);
  call.out.result({ convicted: true }, "convicted: two signed checkpoints of one size with different roots");
  return EXIT.ok;
}

const verb: Verb = {
  usage: "challenge --receipt FILE --leaf K --rpc URL --contract ADDR --key FILE",
  summary:
    "demand on chain that the operator shows a receipted record (also --status ID, --expire ID, --contradict A,B, --lodge HASH --region CODE)",
  options: {
    receipt: { type: "string" },
    leaf: { type: "string" },
    rpc: { type: "string" },
    contract: { type: "string" },
    key: { type: "string" },
    expire: { type: "string" },
    status: { type: "string" },
    contradict: { type: "string" },
    lodge: { type: "string" },
    region: { type: "string" },
    "passphrase-file": { type: "string" },
  },
  async run(call) {
    const chain = new Chain(need(call, "rpc"));
    const contracts = new LedgerContracts(chain, {
      keys: `0x${"00".repeat(20)}`,
      ledger: need(call, "contract") as Hex,
    });
    try {
      const status = text(call, "status") as Hex | undefined;
      if (status) {
        const state = await contracts.challengeOf(status);
        call.out.result(state, `${STATES[state.status]}; deadline ${new Date(state.deadline * 1000).toISOString()}`);
        return state.status === 3 ? EXIT.broken : EXIT.ok;
      }
      const key = await readPrivateKey(need(call, "key"), text(call, "passphrase-file"));
      if (text(call, "contradict")) return await contradict(call, contracts, key);
      const lodge = text(call, "lodge") as Hex | undefined;
      if (lodge) {
        const mined = await contracts.lodge(key, Number(need(call, "region")), lodge);
        call.out.result(mined, `lodged: every verifier lists ${lodge} unless it is sealed within two days`);
        return EXIT.ok;
      }
      const expire = text(call, "expire") as Hex | undefined;
      if (expire) {
        await contracts.expire(key, expire);
        call.out.result({ id: expire, status: "broken" }, `recorded for ever: the promise ${expire} was broken`);
        return EXIT.ok;
      }
      const { receipt, signature } = readJson<{ receipt: Receipt; signature: Hex }>(need(call, "receipt"));
      const id = await contracts.challenge(key, receipt, signature, Number(need(call, "leaf")));
      call.out.result(
        { id },
        `challenge ${id}: the operator has until ${new Date((await contracts.challengeOf(id)).deadline * 1000).toISOString()}`,
      );
      return EXIT.ok;
    } finally {
      chain.close();
    }
  },
};
export default verb;
