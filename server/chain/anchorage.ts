import type { Hex } from "../../core/bytes.ts";
import type { Anchorage } from "../../core/verify.ts";
import { Chain } from "./chain.ts";
import { LedgerContracts } from "./client.ts";

/** What a chain node says of a ledger: the strongest thing to hold a proof against. `close` lets the connection go. */
export async function chainAnchorage(rpcUrl: string, ledgerAddress: Hex): Promise<Anchorage & { close(): void }> {
  const chain = new Chain(rpcUrl);
  const keysAddress = await LedgerContracts.keysOf(chain, ledgerAddress);
  const contracts = new LedgerContracts(chain, {
    keys: keysAddress,
    ledger: ledgerAddress,
  });
  const [ledgerId, simulated, grants] = [
    await contracts.ledgerId(),
    await contracts.simulated(),
    await contracts.grants(),
  ];
  const byAddress = new Map(grants.map((grant) => [grant.address, grant]));
  const heads = new Map<number, Promise<Map<number, Hex>>>();
  const headsOf = (region: number) => {
    const known =
      heads.get(region) ?? contracts.seals(region).then((seals) => new Map(seals.map((seal) => [seal.day, seal.head])));
    heads.set(region, known);
    return known;
  };
  return {
    source: `chain ${await chain.chainId()} at ${rpcUrl}, contract ${ledgerAddress}`,
    ledgerId,
    simulated,
    replayed: await contracts.replayed(),
    headAfter: async (region, day) => (await headsOf(region)).get(day) ?? null,
    day: (region, day) => contracts.day(region, day),
    lastDay: async (region) => {
      const state = await contracts.region(region);
      return state.started ? state.lastDay : null;
    },
    grantOf: async (address) => byAddress.get(address),
    lodged: async (region) => (await contracts.overdueLodged(region)).map(({ submission }) => submission),
    trustedOperators: [],
    close: () => chain.close(),
  };
}
