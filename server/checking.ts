import type { Hex } from "../core/bytes.ts";
import { type FsckReport, fsck, type OnChain } from "./audits/fsck.ts";
import { checkMoney, type MoneyOnChain } from "./audits/fsckMoney.ts";
import { openFsckStore } from "./audits/fsckStore.ts";
import type { LedgerContracts } from "./chain/client.ts";
import type { ChainFund } from "./chain/subsidy.ts";
import { type Database, openSql, WALK_CACHE_KIB } from "./db/client.ts";
import { openVault } from "./db/vault.ts";
import { type EntryStore, openEntryStore } from "./entries/store.ts";
import type { Funds } from "./funds/service.ts";
import { openFundStore } from "./funds/store.ts";
import type { Home } from "./home.ts";
import { recoverNative } from "./keys/native.ts";
import type { Keys } from "./keys/service.ts";
import { openPayoutStore } from "./payouts/store.ts";
import { openRegistryStore } from "./registry/store.ts";
import { openReviewStore } from "./reviews/store.ts";
import { openSealStore } from "./seals/store.ts";
import { openPricing } from "./settlements/pricing.ts";
import { openSettlementStore } from "./settlements/store.ts";

export interface CheckOptions {
  details: boolean;
  /** False leaves the chain out. */
  chain: boolean;
  onProgress?: (entries: number) => void;
}

export interface CheckParts {
  home: Home;
  db: Database;
  entries: EntryStore;
  contracts: LedgerContracts;
  funds: Funds;
  keys: Keys;
  domain: Uint8Array;
  ledgerId: Hex;
}

/** Recomputes everything that the books of a home hold, and compares it with the chain. */
export async function checkEverything(
  { home, db, entries, contracts, funds, keys, domain, ledgerId }: CheckParts,
  { details, chain: withChain, onProgress }: CheckOptions,
): Promise<FsckReport> {
  // The chain is read before the books: what is anchored meanwhile stands in the books already.
  const regions = withChain ? entries.regions() : [];
  const anchored = new Map<number, OnChain>();
  for (const { region } of regions)
    anchored.set(region, {
      seals: await contracts.seals(region),
      lodged: await contracts.overdueLodged(region),
    });
  const moneyOnChain = withChain ? await readMoney(funds, regions) : null;
  // One moment of the books, on a connection of its own, while the server goes on writing. A drill's own
  // uncommitted changes are seen on the connection that made them alone.
  const sql = db.sql.inTransaction ? db.sql : openSql(home.path("ledger.db"), WALK_CACHE_KIB);
  if (sql !== db.sql) sql.exec("BEGIN");
  try {
    const snapshot = {
      seals: openSealStore(sql),
      entries: openEntryStore(sql),
      vault: openVault(sql, home.key("vault")),
    };
    const settlementStore = openSettlementStore(sql);
    const registry = openRegistryStore(sql);
    const reviewStore = openReviewStore(sql);
    const pricing = openPricing({
      ...snapshot,
      store: settlementStore,
      registry,
      reviews: reviewStore,
      keepOpened: true,
    });
    const money = { pricing, payouts: openPayoutStore(sql), funds: openFundStore(sql), onChain: moneyOnChain };
    return await fsck({
      ...snapshot,
      store: openFsckStore(sql),
      keys,
      anchored: withChain ? anchored : null,
      recover: recoverNative,
      domain,
      ledgerId: ledgerId,
      withDetails: details,
      access: { file: home.path("ledger.db"), vaultKey: home.key("vault") },
      checkMoney: (region, fault) =>
        checkMoney({ ...snapshot, ...money, settlements: settlementStore, region, withDetails: details, fault }),
      ...(onProgress && { onProgress }),
    });
  } finally {
    if (sql !== db.sql) sql.close();
  }
}

/** What SubsidyLedger holds, for fsck. */
async function readMoney(funds: Funds, regions: { region: number }[]): Promise<MoneyOnChain> {
  const { contract } = funds;
  // What comes after this block may or may not stand in the books when they are looked at.
  const block = funds.readUpTo();
  const open = regions.flatMap(({ region }) => funds.codes(region).filter((code) => funds.isOpen(region, code)));
  const balances = new Map<string, ChainFund>();
  // Balances first: what happens meanwhile is in the events that are read after them, and then the two are read again.
  for (;;) {
    for (const code of open) balances.set(code, await contract.fundOf(code));
    const before = await contract.events();
    const settledFunds = await Promise.all(open.map((code) => contract.fundOf(code)));
    const same = settledFunds.every(
      (fund, i) => JSON.stringify(plainFund(fund)) === JSON.stringify(plainFund(balances.get(open[i]!)!)),
    );
    if (same) return { deployment: funds.deployment, ...before, block, funds: balances };
  }
}
const plainFund = (fund: ChainFund) => Object.values(fund).map(String);
