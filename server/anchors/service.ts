import type { Hex } from "../../core/bytes.ts";
import { headsAfter } from "../../core/seal.ts";
import type { LedgerContracts } from "../chain/client.ts";
import type { Clock } from "../clock.ts";
import type { EntryStore } from "../entries/store.ts";
import type { SealedDay, SealStore } from "../seals/store.ts";
import type { Anchor, AnchorStore } from "./store.ts";

/** Why the chain and the books differ; anchoring stops until a person has decided. */
export interface ChainProblem {
  region: number;
  day: number;
  /**
   * `missing`: the chain lacks what was anchored. `other_root`: it holds another day in its place. `ahead`: it holds days
   * that the books lack, because these were restored from a backup that is older.
   */
  what: "missing" | "other_root" | "other_ledger" | "ahead";
}

export interface Anchors {
  /** Anchors every seal that waits, oldest first; returns how many days. Rejects when the chain is down. */
  anchorDue(): Promise<number>;
  /** Reads the heads back from the chain and compares: at start and every hour. Never trusts that it once was there. */
  reconcile(): Promise<ChainProblem | null>;
  /** Why a replay would be refused, or null. */
  replayable(): Promise<string | null>;
  /** Puts all sealed days on an empty chain again, after every stored receipt's head was found in them. */
  replay(): Promise<{ days: number } | { refused: string }>;
  problem(): ChainProblem | null;
  store: AnchorStore;
}

/** Days in one transaction when catching up; bounds its gas. */
const DAYS_A_TRANSACTION = 60;

export function openAnchors(parts: {
  store: AnchorStore;
  seals: SealStore;
  entries: EntryStore;
  contracts: LedgerContracts;
  /** The key of a region's operator, with what a transaction costs. */
  senderOf: (region: number) => Promise<Uint8Array>;
  ledgerId: Hex;
  clock: Clock;
}): Anchors {
  const { store, seals, entries, contracts } = parts;
  let problem: ChainProblem | null = null;

  async function anchorsOf(region: number, days: SealedDay[]): Promise<Anchor[]> {
    const chainId = await contracts.chain.chainId();
    const onChain = new Map((await contracts.seals(region)).map((seal) => [seal.day, seal]));
    return days.flatMap((day) => {
      const seal = onChain.get(day.day);
      if (!seal || seal.root !== day.root) return [];
      const { tx, blockNumber, blockHash } = seal;
      return [
        {
          region,
          day: day.day,
          chainId,
          contract: contracts.addresses.ledger,
          tx,
          blockNumber,
          blockHash,
          anchoredAt: parts.clock.now(),
        },
      ];
    });
  }

  async function anchorRegion(region: number, offset: number): Promise<number> {
    const from = (store.lastDay(region) ?? -1) + 1;
    const waiting = seals.list(region, from, DAYS_A_TRANSACTION);
    if (waiting.length === 0) return 0;
    // A crash after the transaction and before our own row leaves the day on the chain: it is found here, not sent again.
    const state = await contracts.region(region);
    const missing = state.started ? waiting.filter((day) => day.day > state.lastDay) : waiting;
    if (missing.length > 0) {
      await contracts.seal(
        await parts.senderOf(region),
        region,
        offset,
        missing[0]!.day,
        missing.map(({ size, root }) => ({ size, root })),
      );
    }
    const anchors = await anchorsOf(region, waiting);
    store.save(anchors);
    if (anchors.length < waiting.length) {
      problem = {
        region,
        day: waiting.find((day) => !anchors.some((anchor) => anchor.day === day.day))!.day,
        what: "other_root",
      };
    }
    return anchors.length;
  }

  async function anchorDue(): Promise<number> {
    if (problem) return 0;
    let total = 0;
    for (const { region, offsetMinutes } of entries.regions()) {
      for (let done = 1; done > 0 && !problem; total += done) done = await anchorRegion(region, offsetMinutes);
    }
    return total;
  }

  const sealedUpTo = (region: number) => seals.last(region)?.day ?? entries.regionRow(region).firstDay - 1;

  async function problemOf(region: number): Promise<ChainProblem | null> {
    const last = store.lastDay(region);
    const state = await contracts.region(region);
    if (state.started && state.lastDay > sealedUpTo(region)) {
      return { region, day: state.lastDay, what: "ahead" };
    }
    if (last === null) return null;
    if (!state.started || state.lastDay < last) return { region, day: last, what: "missing" };
    const head = seals.of(region, state.lastDay)?.head;
    return head === state.head ? null : { region, day: state.lastDay, what: "other_root" };
  }

  async function reconcile(): Promise<ChainProblem | null> {
    problem = null;
    if (!(await contracts.chain.hasCode(contracts.addresses.ledger))) {
      const first = entries.regions().find(({ region }) => store.lastDay(region) !== null);
      problem = first ? { region: first.region, day: store.lastDay(first.region)!, what: "missing" } : null;
      return problem;
    }
    if ((await contracts.ledgerId()) !== parts.ledgerId) problem = { region: 0, day: 0, what: "other_ledger" };
    for (const { region } of entries.regions()) problem ??= await problemOf(region);
    return problem;
  }

  /** Heads recomputed from the seals must be those in the books and in every stored receipt; else they were rewritten. */
  function brokenReceipt(region: number): string | null {
    const sealed = seals.list(region, 0, Number.MAX_SAFE_INTEGER);
    const heads = headsAfter(parts.ledgerId, entries.regionRow(region), sealed);
    if (!heads) return `region ${region}: a day between the first and the last has no seal`;
    const rewritten = sealed.find((seal) => heads.get(seal.day) !== seal.head);
    if (rewritten) return `region ${region}: the head of day ${rewritten.day} does not follow from the seals`;
    const dayOfHead = new Map([...heads].map(([day, head]) => [head, day]));
    for (const receipt of store.receiptHeads(region)) {
      const sealedDay = dayOfHead.get(receipt.head);
      if (sealedDay === undefined || sealedDay >= receipt.day) {
        return `region ${region}: a receipt of day ${receipt.day} names a head that the books do not have`;
      }
    }
    return null;
  }

  async function replayable(): Promise<string | null> {
    for (const { region } of entries.regions()) {
      const state = await contracts.region(region);
      if (state.started) return `region ${region}: the chain is not empty`;
      const broken = brokenReceipt(region);
      if (broken) return broken;
    }
    return null;
  }

  async function replay(): Promise<{ days: number } | { refused: string }> {
    const refused = await replayable();
    if (refused) return { refused };
    for (const { region } of entries.regions()) store.forget(region);
    problem = null;
    return { days: await anchorDue() };
  }

  return { anchorDue, reconcile, replayable, replay, problem: () => problem, store };
}
