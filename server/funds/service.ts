import { type Balances, booksOf, type MoneyEvent, type RunStatus, runsOf } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash } from "../../core/payout.ts";
import type { ChainSettled, SubsidyContract } from "../chain/subsidy.ts";
import type { FundStore, StoredEvent } from "./store.ts";

export interface Funds {
  /** Reads what the contract reported since the last time. Rejects when the chain is down. */
  sync(): Promise<void>;
  /** Codes of a region's funds, opened on this chain or on one before it. */
  codes(region: number): string[];
  /** Whether the fund is open on the present chain. */
  isOpen(region: number, code: string): boolean;
  /** Everything that moved a fund's money or changed its runs, up to and with a moment. */
  events(region: number, code: string, until?: number): StoredEvent[];
  balances(region: number, code: string, until?: number): Balances;
  runs(region: number, code: string): Map<number, RunStatus>;
  /** Settlements as the chain holds them, newest reading. */
  settled(): readonly ChainSettled[];
  /** The block up to which the books hold everything; -1 before the first reading. */
  readUpTo(): number;
  /** Why the chain and the books differ; null when they do not. */
  problem(): string | null;
  contract: SubsidyContract;
  /** Which of the ledger's chains this is. */
  deployment: number;
  store: FundStore;
}

/** Follows SubsidyLedger: the chain's word on money, kept so that it can be told when the chain cannot be asked. */
export function openFunds(parts: { store: FundStore; contract: SubsidyContract; deployment: number }): Funds {
  const { store, contract, deployment } = parts;
  let settled: readonly ChainSettled[] = [];
  let readUpTo = -1;
  let problem: string | null = null;
  const opened = new Map<Hex, { region: number; code: string }>();
  for (const { region, fund } of store.opened(deployment)) opened.set(nameHash(fund), { region, code: fund });

  function stored(event: MoneyEvent): StoredEvent {
    if (event.name === "FundOpened")
      opened.set(event.fund, { region: Number(event.args["region"]), code: event.args["code"]! });
    const { region, code } = opened.get(event.fund)!;
    return { ...event, region, code, deployment };
  }

  async function sync(): Promise<void> {
    const found = await contract.events();
    settled = found.settled;
    const last = store.last(deployment);
    const at = last
      ? found.money.findIndex(
          ({ blockNumber, logIndex }) => blockNumber === last.blockNumber && logIndex === last.logIndex,
        )
      : -1;
    // What was read once stands in the books for ever; a chain that lacks it is not the chain that it was.
    problem = last && found.money[at]?.tx !== last.tx ? "the chain lacks what SubsidyLedger had reported" : null;
    if (problem) return;
    store.append(deployment, found.money.slice(at + 1).map(stored));
    readUpTo = found.block;
  }

  const events = (region: number, code: string, until = Number.POSITIVE_INFINITY) => {
    const all = store.events(region, code);
    if (all.length === 0) throw new Refusal("not_found", [], `no fund ${code} in region ${region}`);
    return all.filter(({ at }) => at <= until);
  };

  return {
    sync,
    codes: (region) => store.codes(region),
    isOpen: (region, code) => opened.get(nameHash(code))?.region === region,
    events,
    balances: (region, code, until) => booksOf(events(region, code, until)),
    runs: (region, code) => runsOf(events(region, code)),
    settled: () => settled,
    readUpTo: () => readUpTo,
    problem: () => problem,
    contract,
    deployment,
    store,
  };
}
