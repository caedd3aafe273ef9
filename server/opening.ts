import { randomBytes } from "node:crypto";
import { toHex } from "../core/bytes.ts";
import type { Grant } from "../core/keyBook.ts";
import type { Chain } from "./chain/chain.ts";
import { type DeployedContracts, LedgerContracts } from "./chain/client.ts";
import { type DeploymentPlan, deployContracts } from "./chain/deploy.ts";
import { type EmbeddedChain, runningChain, startEmbeddedChain } from "./chain/embedded.ts";
import type { Clock } from "./clock.ts";
import type { Home, LedgerFile } from "./home.ts";
import type { SingleSignOn } from "./identity/sso.ts";

export interface OpenOptions {
  home: Home;
  clock: Clock;
  /** Only `demo` and `evaluate`: the ledger is marked as simulated for ever. */
  simulated?: boolean;
  /** An external node; otherwise the embedded chain is started. */
  rpcUrl?: string | undefined;
  operatorKeyFile?: string | undefined;
  /** Where browsers find the server, when a proxy ends TLS before it. */
  publicUrl?: string | undefined;
  /** A government's single sign-on. */
  sso?: SingleSignOn | null;
  onChainExit?: (why: string) => void;
}

export function ledgerFileOf(home: Home, simulated: boolean): LedgerFile {
  const known = home.readLedger();
  if (known) return known;
  const fresh: LedgerFile = { ledgerId: toHex(new Uint8Array(randomBytes(32))), simulated };
  home.writeLedger(fresh);
  return fresh;
}

export async function startChain(options: OpenOptions): Promise<{ rpcUrl: string; embedded: EmbeddedChain | null }> {
  if (options.rpcUrl) return { rpcUrl: options.rpcUrl, embedded: null };
  const { home, clock } = options;
  const running = await runningChain(home.path("chain"));
  if (running) return { rpcUrl: running, embedded: null };
  const funded = [
    home.address("operator"),
    home.address("registrar"),
    home.address("council-a"),
    home.address("council-b"),
  ];
  const embedded = await startEmbeddedChain({
    folder: home.path("chain"),
    funded,
    now: () => clock.now(),
    ...(options.onChainExit && { onExit: options.onChainExit }),
  });
  return { rpcUrl: embedded.rpcUrl, embedded };
}

/** What a home's contracts are deployed with; `history` holds a lost chain's keys. */
export function deploymentPlan(home: Home, { ledgerId, simulated }: LedgerFile, history: Grant[]): DeploymentPlan {
  const councilMembers = [home.address("council-a"), home.address("council-b")];
  return { ledgerId, simulated, councilMembers, registrar: home.address("registrar"), history };
}

async function lacksSubsidy(chain: Chain, contracts: Partial<DeployedContracts>): Promise<boolean> {
  return !contracts.subsidy && (await chain.hasCode(contracts.ledger!));
}

/** Deploys what is missing, unless something was anchored: then a missing contract is for a person to decide on. */
export async function contractsOf(
  chain: Chain,
  options: OpenOptions,
  file: LedgerFile,
  operatorKey: Uint8Array,
  anchored: boolean,
): Promise<LedgerContracts> {
  const { home } = options;
  // What stands on the chain stays; a contract that came with a later version of the server is added.
  if (file.contracts && anchored && !(await lacksSubsidy(chain, file.contracts)))
    return new LedgerContracts(chain, file.contracts);
  const plan = deploymentPlan(home, file, []);
  const contracts = await deployContracts(chain, operatorKey, plan, file.contracts ?? {}, (progress) => {
    home.writeLedger({ ...file, contracts: progress as NonNullable<LedgerFile["contracts"]> });
  });
  file.contracts = contracts;
  file.chainId = await chain.chainId();
  home.writeLedger(file);
  return new LedgerContracts(chain, contracts);
}
