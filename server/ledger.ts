import type { Hex } from "../core/bytes.ts";
import { dayOf } from "../core/day.ts";
import { Refusal } from "../core/errors.ts";
import { firstHead } from "../core/seal.ts";
import { domainSeparator } from "../core/typedData.ts";
import { type Anchors, openAnchors } from "./anchors/service.ts";
import { openAnchorStore } from "./anchors/store.ts";
import type { FsckReport } from "./audits/fsck.ts";
import { type Audits, openAudits } from "./audits/service.ts";
import { openAuditStore } from "./audits/store.ts";
import { Chain } from "./chain/chain.ts";
import type { LedgerContracts } from "./chain/client.ts";
import { SubsidyContract } from "./chain/subsidy.ts";
import { type CheckOptions, checkEverything } from "./checking.ts";
import type { Clock } from "./clock.ts";
import { type Database, openDatabase } from "./db/client.ts";
import { openVault } from "./db/vault.ts";
import { openExtents } from "./entries/extent.ts";
import { type Entries, openEntries } from "./entries/service.ts";
import { openEntryStore } from "./entries/store.ts";
import { type Erasures, openErasures } from "./erasures/service.ts";
import { type EvidenceStore, openEvidence } from "./evidence/service.ts";
import { type Families, openFamilies } from "./families/service.ts";
import { openFamilyStore } from "./families/store.ts";
import { type Funds, openFunds } from "./funds/service.ts";
import { openFundStore } from "./funds/store.ts";
import { type LedgerFile, readKeyFile } from "./home.ts";
import { openPeople } from "./identity/people.ts";
import { type Identity, openIdentity } from "./identity/service.ts";
import { recoverNative } from "./keys/native.ts";
import { openOperators } from "./keys/ofRegion.ts";
import { openRecoverer } from "./keys/recoverer.ts";
import { type KeyRequests, openKeyRequests } from "./keys/requests.ts";
import { type Keys, openKeys } from "./keys/service.ts";
import { contractsOf, ledgerFileOf, type OpenOptions, startChain } from "./opening.ts";
import { type Checks, openChecks } from "./overviews/check.ts";
import { type Overviews, openOverviews } from "./overviews/service.ts";
import { openOverviewStore } from "./overviews/store.ts";
import { paymentOf } from "./payouts/proofs.ts";
import { openPayouts, type Payouts } from "./payouts/service.ts";
import { openPayoutStore } from "./payouts/store.ts";
import { openReadmissions, type Readmissions } from "./records/readmissions.ts";
import { openRecords, type Records } from "./records/service.ts";
import { openRecordStore } from "./records/store.ts";
import { openSubmissions } from "./records/submissions.ts";
import { openRegisteredPeople, type RegisteredPeople } from "./registry/people.ts";
import { openRegistry, type Registry } from "./registry/service.ts";
import { openRegistryStore } from "./registry/store.ts";
import { type AcrossRegions, openAcrossRegions } from "./reviews/acrossRegions.ts";
import { type Desk, openDesk } from "./reviews/desk.ts";
import { type Explanations, openExplanations } from "./reviews/explain.ts";
import { openReviews, type Reviews } from "./reviews/service.ts";
import { openReviewStore } from "./reviews/store.ts";
import { openSeals, type Seals } from "./seals/service.ts";
import { openSealStore } from "./seals/store.ts";
import { type Entitlements, openEntitlements } from "./settlements/entitlements.ts";
import { openPricing } from "./settlements/pricing.ts";
import { openSettlements, type Settlements } from "./settlements/service.ts";
import { openSettlementStore } from "./settlements/store.ts";
import { openStatements, type Statements } from "./statements/service.ts";
import { openWorkdays, type Workdays } from "./workdays/service.ts";
import { openWorkdayStore } from "./workdays/store.ts";

export { deploymentPlan, type OpenOptions } from "./opening.ts";

/** The whole ledger of one home, opened: the server, the command line and the tests stand on it. */
export interface Ledger {
  file: LedgerFile & { contracts: NonNullable<LedgerFile["contracts"]> };
  clock: Clock;
  db: Database;
  contracts: LedgerContracts;
  keys: Keys;
  entries: Entries;
  records: Records;
  readmissions: Readmissions;
  registry: Registry;
  registered: RegisteredPeople;
  seals: Seals;
  anchors: Anchors;
  audits: Audits;
  erasures: Erasures;
  reviews: Reviews;
  desk: Desk;
  acrossRegions: AcrossRegions;
  explanations: Explanations;
  funds: Funds;
  settlements: Settlements;
  entitlements: Entitlements;
  payouts: Payouts;
  identity: Identity;
  keyRequests: KeyRequests;
  evidence: EvidenceStore;
  workdays: Workdays;
  statements: Statements;
  overviews: Overviews;
  checks: Checks;
  families: Families;
  /** The operator's key of the home; it pays for what anybody may send. */
  operatorKey: Uint8Array;
  /** Address of the key that speaks for a region. */
  operatorOf(region: number): Hex;
  /** That key, with what a transaction costs. Rejects when the chain does not answer. */
  senderOf(region: number): Promise<Uint8Array>;
  /** Opens a region's log on the day of the clock. */
  openRegion(region: number, name: string, offsetMinutes: number, policies: object): void;
  /** Recomputes everything and compares it with the chain; `contracts` null leaves the chain out. */
  fsck(options: CheckOptions): Promise<FsckReport>;
  /** How far the chain is: null when it cannot be reached. */
  chainTime(): Promise<number | null>;
  close(): Promise<void>;
}

/** A clock that runs behind the chain's newest block by more than this is wrong. */
const CLOCK_TOLERANCE_SECONDS = 300;

/** Opens a home: database, chain, contracts, services. What a crash left half done is finished by the same calls. */
export async function openLedger(options: OpenOptions): Promise<Ledger> {
  const { home, clock } = options;
  const file = ledgerFileOf(home, options.simulated ?? false);
  const db = await openDatabase(home.path("ledger.db"));
  const operatorKey = options.operatorKeyFile ? readKeyFile(options.operatorKeyFile) : home.key("operator");
  const { rpcUrl, embedded } = await startChain(options);
  const chain = new Chain(rpcUrl, embedded?.produce);
  const anchorStore = openAnchorStore(db.sql);
  const extents = openExtents(home.path("extent.json"));
  const entryStore = openEntryStore(db.sql, extents);
  const anchored = entryStore.regions().some(({ region }) => anchorStore.lastDay(region) !== null);
  const contracts = await contractsOf(chain, options, file, operatorKey, anchored);
  const domain = domainSeparator(file.ledgerId);
  const vault = openVault(db.sql, home.key("vault"));

  let chainHead: number | null = null;
  async function chainTime(): Promise<number | null> {
    chainHead = await chain.headTime().catch(() => null);
    return chainHead;
  }
  const clockProblem = () =>
    chainHead !== null && clock.now() < chainHead - CLOCK_TOLERANCE_SECONDS ? new Refusal("clock_refused") : null;

  const keys = await openKeys(db.prisma, async () => {
    // A chain without our registry knows no keys; what was known before stays.
    if (!(await chain.hasCode(contracts.addresses.keys))) throw new Error("chain: no key registry there");
    return await contracts.grants();
  });
  const { signOf, operatorOf, senderOf } = openOperators(operatorKey, keys.grantOf, (address) =>
    chain.provide(operatorKey, address),
  );
  const entries = openEntries({ store: entryStore, vault, clock, domain, signOf, clockProblem });
  const transact = db.sql.transaction((make: () => unknown) => make());
  const inTransaction = <T>(make: () => T): T => transact(make) as T;
  const recoverer = openRecoverer();
  const submissions = openSubmissions({
    entries,
    keys,
    recover: recoverer.recover,
    domain,
    clock,
    inTransaction,
  });
  const registry = openRegistry({ store: openRegistryStore(db.sql), entries, submissions, inTransaction });
  const records = openRecords({ store: openRecordStore(db.sql), entries, registry, submissions, clock });
  const readmissions = openReadmissions({
    entries,
    keys,
    recover: recoverNative,
    domain,
    clock,
    operatorOf,
    inTransaction,
    extents,
  });
  const seals = openSeals({
    store: openSealStore(db.sql),
    entries,
    clock,
    domain,
    ledgerId: file.ledgerId,
    signOf,
  });
  const anchors = openAnchors({
    store: anchorStore,
    seals: seals.store,
    entries: entryStore,
    contracts,
    senderOf,
    ledgerId: file.ledgerId,
    clock,
  });
  const funds = openFunds({
    store: openFundStore(db.sql),
    contract: new SubsidyContract(chain, file.contracts!.subsidy),
    deployment: file.replays ?? 0,
  });
  const registryStore = registry.store;
  const reviews = openReviews({
    store: openReviewStore(db.sql),
    registry: registryStore,
    entries,
    seals: seals.store,
    vault,
    vaultKey: home.key("vault"),
    scratchFolder: home.path("scratch"),
  });
  const desk = openDesk({ store: reviews.store, registry: registryStore, entries, vault, keys, clock });
  const settlementStore = openSettlementStore(db.sql);
  const settlements = openSettlements({
    store: settlementStore,
    pricing: openPricing({
      store: settlementStore,
      registry: registryStore,
      entries: entryStore,
      seals: seals.store,
      vault,
      reviews: reviews.store,
    }),
    anchors: anchorStore,
    funds,
    reviews: reviews.store,
    senderOf,
    operatorOf,
  });
  const entitlements = openEntitlements({ entries, seals: seals.store, settlements, clock });
  const payouts = openPayouts({
    store: openPayoutStore(db.sql),
    registry: registryStore,
    entries,
    funds,
    settlements,
    keys,
    vault,
    clock,
    recover: recoverNative,
    relayKey: operatorKey,
  });
  const audits = openAudits({
    store: openAuditStore(db.sql),
    entries: entryStore,
    seals,
    anchors: anchorStore,
    vault,
    ledgerId: file.ledgerId,
    simulated: file.simulated,
    payment(at, entry) {
      const { provider, elder } = entry as { provider?: string; elder?: string };
      const payee = at.kind === "Visit" ? provider : at.kind === "Entitlement" ? elder : undefined;
      if (payee === undefined) return undefined;
      const books = { settlements: settlementStore, payouts: payouts.store, runs: payouts.runs, funds };
      return paymentOf({ ...books, seals: seals.store }, { ...at, payee });
    },
  });
  const erasures = openErasures({
    prisma: db.prisma,
    entries,
    vault,
    clock,
    isPaying: payouts.isPaying,
    onErased: reviews.forget,
  });
  const people = openPeople({
    prisma: db.prisma,
    secret: home.key("sessions"),
    publicUrl: options.publicUrl ?? null,
    sso: options.sso ?? null,
  });
  const identity = openIdentity(db.prisma, clock, people, options.publicUrl ?? null);

  const keyRequests = openKeyRequests({
    prisma: db.prisma,
    contracts,
    keys,
    recover: recoverNative,
    registrarKey: () => home.key("registrar"),
    ledgerId: file.ledgerId,
    clock,
    chainTime,
  });
  const evidence = openEvidence({ prisma: db.prisma, vault, registry, entries, audits, clock });
  const { recordAccess } = erasures;
  const workdays = openWorkdays({
    store: openWorkdayStore(db.sql),
    registry: registryStore,
    entries,
    vault,
    clock,
    ledgerId: file.ledgerId,
    recordAccess,
  });
  const families = openFamilies({
    store: openFamilyStore(db.sql),
    reviews: reviews.store,
    records: records.store,
    registry: registryStore,
    entries,
    audits,
    desk,
    vault,
    clock,
    recordAccess,
  });

  const overviewStore = openOverviewStore(db.sql);

  /** A chain that holds days which the books lack tells of a restored backup when the home's own file does not. */
  async function seeRestored(): Promise<void> {
    const problem = await anchors.reconcile().catch(() => null);
    if (problem?.what === "ahead" && !entryStore.held(problem.region))
      extents.set(problem.region, { day: problem.day + 1, size: 0 });
  }

  if ((await chainTime()) !== null) await seeRestored();
  await keys.refresh();
  await erasures.enforce();
  // A chain that is down or lost leaves the books of money as they were last read.
  await funds.sync().catch(() => undefined);

  const ledger: Ledger = {
    file: file as Ledger["file"],
    clock,
    db,
    contracts,
    keys,
    entries,
    records,
    readmissions,
    registry,
    registered: openRegisteredPeople({ store: registryStore, entries, vault, clock, recordAccess }),
    seals,
    anchors,
    audits,
    erasures,
    reviews,
    desk,
    acrossRegions: openAcrossRegions({
      store: reviews.store,
      entries: entryStore,
      registry: registryStore,
      vault,
      desk,
    }),
    explanations: openExplanations({ store: reviews.store, vault, entries }),
    funds,
    settlements,
    entitlements,
    payouts,
    identity,
    keyRequests,
    evidence,
    workdays,
    statements: openStatements({
      records: records.store,
      settlements: settlementStore,
      payouts: payouts.store,
      funds,
      registry: registryStore,
      entries: entryStore,
      vault,
    }),
    families,
    overviews: openOverviews({
      store: overviewStore,
      reviews: reviews.store,
      records: records.store,
      registry: registryStore,
      settlements: settlementStore,
      payouts: payouts.store,
      funds,
      seals: seals.store,
      entries: entryStore,
      contracts,
      vault,
      clock,
    }),
    checks: openChecks({
      run: (onProgress) => ledger.fsck({ details: true, chain: true, onProgress }),
      countEntries: overviewStore.countEntries,
      clock,
    }),
    operatorKey,
    senderOf,
    operatorOf,
    openRegion(region, name, offsetMinutes, policies) {
      const head = firstHead(file.ledgerId, region, dayOf(clock.now(), offsetMinutes), offsetMinutes);
      entryStore.openRegion({
        region,
        name,
        offsetMinutes,
        lastReceivedAt: clock.now(),
        head: Buffer.from(head.slice(2), "hex"),
        policies: JSON.stringify(policies),
      });
    },
    fsck: (options) =>
      checkEverything(
        { home, db, entries: entryStore, contracts, funds, keys, domain, ledgerId: file.ledgerId },
        options,
      ),
    chainTime,
    async close() {
      extents.flush();
      reviews.close();
      await Promise.all([entries.close(), recoverer.close()]);
      chain.close();
      await embedded?.stop();
      await db.close();
    },
  };
  return ledger;
}
