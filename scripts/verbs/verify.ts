import { existsSync, readFileSync } from "node:fs";
import type { Hex } from "../../core/bytes.ts";
import { checkpointAnchorage } from "../../core/checkpointAnchorage.ts";
import { type Anchorage, type Proof, verifyProof } from "../../core/verify.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { runningChain } from "../../server/chain/embedded.ts";
import { Home } from "../../server/home.ts";
import { type Call, EXIT, readJson, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

/** The anchorage that the caller names: a node and contract, a kept checkpoint, or this home's own chain. */
async function anchorageOf(call: Call, proof: Proof, use: (anchorage: Anchorage) => Promise<number>): Promise<number> {
  const rpc = text(call, "rpc");
  const checkpoint = text(call, "checkpoint");
  if (checkpoint) {
    const trusted = (text(call, "trust")?.toLowerCase().split(",") ?? []) as Hex[];
    const anchorage = checkpointAnchorage(readFileSync(checkpoint, "utf8"), trusted);
    if (!anchorage) throw new UsageError(`${checkpoint}: not a checkpoint signed by an operator that you trust`);
    return await use(anchorage);
  }
  if (rpc) {
    const contract = text(call, "contract") ?? proof.anchor?.contract;
    if (!contract) throw new UsageError("--contract is needed: the proof names none");
    if (!text(call, "contract"))
      call.out.line("warning: the contract's address is taken from the proof; name it by --contract to trust nobody");
    const subsidy = text(call, "subsidy") ?? proof.payment?.contract;
    if (subsidy && !text(call, "subsidy"))
      call.out.line(
        "warning: the money contract's address is taken from the proof; name it by --subsidy to trust nobody",
      );
    const subsidyAddress = subsidy ? (subsidy.toLowerCase() as Hex) : null;
    const anchorage = await chainAnchorage(rpc, contract.toLowerCase() as Hex, subsidyAddress);
    return await use(anchorage).finally(() => anchorage.close());
  }
  const home = new Home(call.config.home);
  const known = home.readLedger()?.contracts;
  if (!known) throw new UsageError("--rpc URL --contract ADDRESS, or --checkpoint FILE is needed");
  const running = call.config.chainRpcUrl ?? (await runningChain(home.path("chain")));
  if (running) {
    const anchorage = await chainAnchorage(running, known.ledger, known.subsidy);
    return await use(anchorage).finally(() => anchorage.close());
  }
  return await withExistingLedger(call, async (ledger) => {
    const anchorage = await chainAnchorage(ledger.contracts.chain.rpcUrl, known.ledger, known.subsidy);
    return await use(anchorage).finally(() => anchorage.close());
  });
}

const MARK = { held: "✓", broken: "✗", late: "!", attested: "!", simulated: "!", "not covered": "–" } as const;

const verb: Verb = {
  usage: "verify <file> [--rpc URL --contract ADDR --subsidy ADDR | --checkpoint FILE]",
  summary: "check a proof against a chain node or a kept checkpoint; believes nothing that the file states",
  options: {
    rpc: { type: "string" },
    contract: { type: "string" },
    subsidy: { type: "string" },
    checkpoint: { type: "string" },
    trust: { type: "string" },
  },
  async run(call) {
    const [file] = call.positionals;
    if (!file || !existsSync(file)) throw new UsageError("a proof file is needed");
    const proof = readJson<Proof>(file);
    return await anchorageOf(call, proof, async (anchorage) => {
      const verdict = await verifyProof(proof, anchorage);
      const lines = verdict.findings.map(
        ({ property, status, what }) => `${MARK[status]} ${property} ${status.padEnd(11)} ${what}`,
      );
      call.out.result(
        verdict,
        [
          ...lines,
          `against: ${verdict.source}`,
          `operator: ${verdict.operator ?? "none"}`,
          verdict.ok ? "有效 VALID" : "无效 BROKEN",
        ].join("\n"),
      );
      return verdict.ok ? EXIT.ok : EXIT.broken;
    });
  },
};
export default verb;
