import type { Hex } from "../../core/bytes.ts";
import type { Grant } from "../../core/keyBook.ts";
import type { Chain } from "./chain.ts";
import type { DeployedContracts } from "./client.ts";

/** Seconds that an operator has to answer a challenge. */
export const ANSWER_WINDOW = 2 * 86_400;
/** Seconds that a new registrar waits. */
export const GRANT_DELAY = 86_400;
/** Seconds that auditors have at least to object to a run; a demonstration has less time. */
export const LEAST_WINDOW = 5 * 86_400;
export const DEMO_WINDOW = 86_400;

export interface DeploymentPlan {
  ledgerId: Hex;
  simulated: boolean;
  councilMembers: Hex[];
  registrar: Hex;
  /** Keys of the registry that a lost chain held; empty for a first deployment. */
  history: Grant[];
}

/**
 * Puts the contracts on a chain. Safe to repeat: what `progress` already names and the chain holds is kept, and every
 * address is saved before the next step, so that a crash in between leaves at most one unused contract.
 */
export async function deployContracts(
  chain: Chain,
  key: Uint8Array,
  plan: DeploymentPlan,
  progress: Partial<DeployedContracts>,
  save: (contracts: Partial<DeployedContracts>) => void,
): Promise<DeployedContracts> {
  const contracts = { ...progress };
  async function step(name: keyof DeployedContracts, make: () => Promise<Hex>): Promise<Hex> {
    const known = contracts[name];
    if (known && (await chain.hasCode(known))) return known;
    const address = await make();
    contracts[name] = address;
    save(contracts);
    return address;
  }
  const council = await step("council", () => chain.deploy(key, "Council", [plan.councilMembers]));
  const authority = await step("authority", () =>
    chain.deploy(key, "KeyAuthority", [
      council,
      [plan.registrar],
      GRANT_DELAY,
      plan.history.map(({ address, ...authority }) => ({ key: address, authority })),
    ]),
  );
  const keys = await step("keys", () => registryOf(chain, authority));
  const ledger = await step("ledger", () =>
    chain.deploy(key, "RecordLedger", [plan.ledgerId, keys, plan.simulated, ANSWER_WINDOW]),
  );
  const subsidy = await step("subsidy", () =>
    chain.deploy(key, "SubsidyLedger", [ledger, keys, plan.simulated ? DEMO_WINDOW : LEAST_WINDOW]),
  );
  return { council, authority, keys, ledger, subsidy };
}

async function registryOf(chain: Chain, authority: Hex): Promise<Hex> {
  const selector = "0x7b103999"; // registry()
  const answer = await chain.provider.call({ to: authority, data: selector });
  return `0x${answer.slice(-40)}`;
}
