import type { Hex } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import type { Anchorage } from "../../core/verify.ts";
import type { MoneyAnchorage } from "../../core/verifyPayment.ts";
import { Chain } from "./chain.ts";
import { LedgerContracts } from "./client.ts";
import { balancesOf, SubsidyContract } from "./subsidy.ts";

/** What a chain node says of a ledger: the strongest thing to hold a proof against. `close` lets the connection go. */
export async function chainAnchorage(
  rpcUrl: string,
  ledgerAddress: Hex,
  subsidyAddress: Hex | null = null,
): Promise<Anchorage & { close(): void }> {
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
    money: subsidyAddress && (await moneyAnchorage(chain, ledgerAddress, subsidyAddress)),
    trustedOperators: [],
    close: () => chain.close(),
  };
}

/** SubsidyLedger's word; it must stand over this very RecordLedger. Throws when it does not. */
async function moneyAnchorage(chain: Chain, ledger: Hex, address: Hex): Promise<MoneyAnchorage> {
  const contract = new SubsidyContract(chain, address);
  if ((await contract.ledger()) !== ledger) throw new Error(`${address}: is no SubsidyLedger over ${ledger}`);
  return {
    contract: address,
    async fund(code) {
      const held = await contract.fundOf(code);
      if (!held.open) return null;
      const { money } = await contract.events();
      return { events: money.filter(({ fund }) => fund === nameHash(code)), balances: balancesOf(held) };
    },
    day: (code, day) => contract.dayOf(code, day),
    settlement: (region, day) => contract.settlementOf(region, day),
  };
}
