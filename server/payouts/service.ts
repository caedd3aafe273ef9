import type { Opening } from "../../core/request.ts";
import type { Recover } from "../../core/signature.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import type { Entries } from "../entries/service.ts";
import type { Funds } from "../funds/service.ts";
import type { Keys } from "../keys/service.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { Settlements } from "../settlements/service.ts";
import { type Accounts, openAccounts } from "./accounts.ts";
import { type Bank, openBank } from "./bank.ts";
import { type Officials, openOfficials } from "./officials.ts";
import { openingOf } from "./opening.ts";
import { openRuns, type Runs } from "./runs.ts";
import type { PayoutStore } from "./store.ts";

/** From settled days to money in an account, and back. Every step reads where it stands from the chain. */
export interface Payouts {
  runs: Runs;
  officials: Officials;
  accounts: Accounts;
  bank: Bank;
  /** Releases every approved run whose window has passed; returns how many. */
  releaseDue(region: number): Promise<number>;
  /** Whether somebody is paid by a run that is under way: their name and account are still needed for the bank. */
  isPaying(region: number, payee: string): boolean;
  /** What a fund of a lost chain begins with on this one; null for a new fund. */
  opening(region: number, fund: string): Opening | null;
  store: PayoutStore;
}

export function openPayouts(parts: {
  store: PayoutStore;
  registry: RegistryStore;
  entries: Entries;
  funds: Funds;
  settlements: Settlements;
  keys: Keys;
  vault: Vault;
  clock: Clock;
  recover: Recover;
  relayKey: Uint8Array;
}): Payouts {
  const { store, funds, entries } = parts;
  const runs = openRuns({ ...parts, entries: entries.store });
  const officials = openOfficials({ ...parts, runs });
  const accounts = openAccounts(parts);
  const bank = openBank({ ...parts, runs, entries: entries.store });

  async function releaseDue(region: number): Promise<number> {
    const now = await funds.contract.chain.headTime();
    let released = 0;
    for (const fund of funds.codes(region)) {
      if (!funds.isOpen(region, fund)) continue;
      for (const run of funds.runs(region, fund).values()) {
        if (run.state !== "approved" || run.frozen || Math.max(now, parts.clock.now()) < run.windowEnds) continue;
        await officials.release(region, fund, run.number);
        released++;
      }
    }
    return released;
  }

  function isPaying(region: number, payee: string): boolean {
    return funds.codes(region).some((fund) =>
      [...funds.runs(region, fund).values()].some(({ state, terms }) => {
        const line = state === "void" ? undefined : store.lines(region, terms).find((own) => own.payee === payee);
        return line !== undefined && store.lastEvent(region, terms, line.index) === null;
      }),
    );
  }

  return {
    isPaying,
    runs,
    officials,
    accounts,
    bank,
    releaseDue,
    opening: (region, fund) => openingOf({ ...parts, runs, payouts: store }, region, fund),
    store,
  };
}
