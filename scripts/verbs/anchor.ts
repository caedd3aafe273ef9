import { openAnchors } from "../../server/anchors/service.ts";
import { LedgerContracts } from "../../server/chain/client.ts";
import { deployContracts } from "../../server/chain/deploy.ts";
import type { Home } from "../../server/home.ts";
import { deploymentPlan, type Ledger } from "../../server/ledger.ts";
import { EXIT, type Verb, withExistingLedger } from "../verb.ts";

/** On an empty chain: contracts again, keys again, then every sealed day, if all receipts' heads are in the books. */
export async function replay(ledger: Ledger, home: Home): Promise<{ days: number } | { refused: string }> {
  const { chain } = ledger.contracts;
  if (!(await chain.hasCode(ledger.file.contracts.ledger))) {
    const plan = deploymentPlan(home, ledger.file, ledger.keys.all());
    const contracts = await deployContracts(chain, ledger.operatorKey, plan, {}, () => undefined);
    const replays = (ledger.file.replays ?? 0) + 1;
    const file = { ...ledger.file, contracts, replays, chainId: await chain.chainId() };
    const onNew = new LedgerContracts(chain, contracts);
    const anchors = openAnchors({
      store: ledger.anchors.store,
      seals: ledger.seals.store,
      entries: ledger.entries.store,
      contracts: onNew,
      senderOf: ledger.senderOf,
      ledgerId: file.ledgerId,
      clock: ledger.clock,
    });
    const refused = await anchors.replayable();
    if (refused) return { refused };
    home.writeLedger(file);
    return await anchors.replay();
  }
  return await ledger.anchors.replay();
}

const verb: Verb = {
  usage: "anchor [--replay]",
  summary: "anchor what waits; --replay puts all sealed days on an empty chain after the old one was lost",
  options: { replay: { type: "boolean" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger, home) => {
      if (call.values["replay"] === true) {
        const outcome = await replay(ledger, home);
        if ("refused" in outcome) {
          call.out.result(outcome, `refused: ${outcome.refused}`);
          return EXIT.refused;
        }
        call.out.result(
          outcome,
          `${outcome.days} days anchored again; verifiers see the new contracts and their later block times`,
        );
        return EXIT.ok;
      }
      const problem = await ledger.anchors.reconcile();
      if (problem) {
        call.out.result(
          { problem },
          `the chain differs from the books: ${problem.what}, region ${problem.region}, day ${problem.day}. If the chain was lost: silverledger anchor --replay`,
        );
        return EXIT.broken;
      }
      const days = await ledger.anchors.anchorDue();
      call.out.result({ days }, `${days} days anchored`);
      return EXIT.ok;
    });
  },
};
export default verb;
