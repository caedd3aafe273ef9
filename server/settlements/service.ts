import { type Hex, ZERO_HASH } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash } from "../../core/payout.ts";
import {
  type AsOf,
  asOfHash,
  type LineStatus,
  type SettledPart,
  type SettlementLine,
  settleDay,
} from "../../core/settlement.ts";
import type { AnchorStore } from "../anchors/store.ts";
import { ContractRefusal } from "../chain/chain.ts";
import type { ChainPart } from "../chain/subsidy.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Funds } from "../funds/service.ts";
import { RegistryBook } from "../registry/book.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { SealStore } from "../seals/store.ts";
import { type Before, BookedUnits, claimsOfDay, unitsOfClaim } from "./claims.ts";
import type { LineRow, PartRow, SettlementRow, SettlementStore } from "./store.ts";

/** What a revision changes in one entry's line. */
export interface LineChange {
  index: number;
  before: { status: LineStatus; shares: Record<string, bigint> } | null;
  after: { status: LineStatus; shares: Record<string, bigint> };
  payee: Hex;
}

/** A day priced, and not yet written anywhere. */
export interface Computed {
  settlement: SettlementRow;
  parts: SettledPart[];
  lines: LineRow[];
  changes: LineChange[];
}

export interface Settlements {
  /** Prices a sealed day as the books stand at `asOfDay`; writes nothing. Throws Refusal not_sealed, clock refusals never. */
  compute(region: number, day: number, asOfDay?: number, book?: RegistryBook): Computed;
  /** The registry of a region as of a day of the log, with its details. */
  book(region: number, asOfDay: number): RegistryBook;
  /** Writes a settlement and puts it on chain. Throws Refusal not_anchored, fund_not_open, nothing_changed, settlement_refused. */
  settle(computed: Computed): Promise<SettlementRow>;
  /** Settles every anchored day that never was, revises days whose visits were corrected, and sends what waits. */
  settleDue(region: number): Promise<SettlementRow[]>;
  /** The last day that is sealed and anchored: what a revision may know. */
  lastAnchored(region: number): number;
  store: SettlementStore;
}

const sameAmounts = (a: Record<string, bigint>, b: Record<string, bigint>): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((fund) => (a[fund] ?? 0n) === (b[fund] ?? 0n));

export function openSettlements(parts: {
  store: SettlementStore;
  registry: RegistryStore;
  entries: EntryStore;
  seals: SealStore;
  anchors: AnchorStore;
  funds: Funds;
  vault: Vault;
  clock: Clock;
  operatorKey: Uint8Array;
  operator: Hex;
}): Settlements {
  const { store, seals, anchors, funds, vault, clock } = parts;
  const booked = new BookedUnits(store, vault);
  const openBook = (region: number, asOfDay: number) => new RegistryBook(parts.registry, vault, region, asOfDay);

  function before(region: number, day: number): (Before & { revision: number }) | null {
    const row = store.latest(region, day);
    if (!row) return null;
    const lines = store.lines(region, day, row.revision);
    const byIndex = new Map(lines.map((line) => [line.index, line]));
    return { revision: row.revision, parts: store.parts(region, day, row.revision), lines: byIndex };
  }

  function compute(region: number, day: number, asOfDay = day, book = openBook(region, asOfDay)): Computed {
    const [sealed, known] = [seals.of(region, day), seals.of(region, asOfDay)];
    if (!sealed || !known || asOfDay < day) throw new Refusal("not_sealed");
    const { offsetMinutes: offset } = parts.entries.regionRow(region);
    const last = before(region, day);
    const at = { region, day, asOfDay, offset, size: sealed.size };
    const { claims, funds: touched } = claimsOfDay({ store, vault, book, booked }, at, last);
    const settledParts = settleDay(claims, [...touched]);
    const asOf: AsOf = { region, day: asOfDay, head: known.head };
    const lines = claims.flatMap(({ index, claim }): LineRow[] => {
      if (!claim) return [];
      const shares = settledParts.map((part) => part.lines[index]!.shareFen);
      const first = settledParts[0]?.lines[index] ?? unsharedLine(index);
      const { status, priceFen, verdicts, payee } = first;
      return [{ index, status, priceFen, shares, verdicts, payee, ...unitsOfClaim(claim, last?.lines.get(index)) }];
    });
    const settlement = {
      region,
      day,
      revision: (last?.revision ?? 0) + 1,
      asOfDay,
      asOf: asOfHash([asOf]),
      ruleset: ZERO_HASH,
      size: sealed.size,
      settledAt: clock.now(),
    };
    return { settlement, parts: settledParts, lines, changes: changesBetween(last, settledParts, lines) };
  }

  async function send(row: SettlementRow): Promise<void> {
    const partRows = store.parts(row.region, row.day, row.revision);
    await funds.contract.send(parts.operatorKey, "settle", settleArguments(row, partRows), partRows.length);
  }

  /** Takes over where the chain holds what was sent. Another settlement in its place stays unconfirmed: fsck names it. */
  function confirm(region: number): void {
    const waiting = store.unsent(region);
    if (waiting.length === 0) return;
    const onChain = new Map(funds.settled().map((s) => [`${s.region}/${s.day}/${s.revision}`, s]));
    for (const row of waiting) {
      const found = onChain.get(`${row.region}/${row.day}/${row.revision}`);
      const own = chainPartsOf(store.parts(row.region, row.day, row.revision));
      const same = found?.asOf === row.asOf && found.ruleset === row.ruleset && sameParts(found.parts, own);
      if (found && same) store.anchored(row, funds.contract.address, found);
    }
  }

  async function settle(computed: Computed): Promise<SettlementRow> {
    const { settlement: row, parts: settledParts, lines } = computed;
    if (!anchors.of(row.region, row.day)) throw new Refusal("not_anchored");
    const closed = settledParts.filter(({ fund }) => !funds.isOpen(row.region, fund)).map(({ fund }) => fund);
    if (closed.length > 0) throw new Refusal("fund_not_open", [], `not opened on chain: ${closed.join(", ")}`);
    // The contract is asked first: what it would refuse is never written down as a settlement.
    try {
      await funds.contract.simulate(parts.operator, "settle", settleArguments(row, settledParts));
    } catch (error) {
      if (error instanceof ContractRefusal) throw new Refusal("contract_refused", [], error.reason);
      throw error;
    }
    store.save(row, settledParts, lines);
    // A crash here leaves a settlement that is not on chain: the next round sends it.
    await send(row);
    await funds.sync();
    confirm(row.region);
    return row;
  }

  async function sendWaiting(region: number): Promise<void> {
    confirm(region);
    for (const row of store.unsent(region)) {
      // Sent by who crashed before reading the answer, or by another process just now.
      const { revision } = await funds.contract.settlementOf(region, row.day);
      if (revision < row.revision) await send(row);
    }
    await funds.sync();
    confirm(region);
  }

  const lastAnchored = (region: number): number => anchors.lastDay(region) ?? -1;

  async function settleDue(region: number): Promise<SettlementRow[]> {
    if (!funds.codes(region).some((code) => funds.isOpen(region, code))) return [];
    if (store.unsent(region).length > 0) await sendWaiting(region);
    const done: SettlementRow[] = [];
    for (const day of store.unsettledDays(region)) done.push(await settle(compute(region, day)));
    // Settling a correction makes the visit that it corrects a double one until its day is settled again.
    for (const day of store.correctedDays(region)) done.push(await settle(compute(region, day, lastAnchored(region))));
    return done;
  }

  return { compute, book: openBook, settle, settleDue, lastAnchored, store };
}

/** Parts as the contract takes them: in the ascending order of the funds' hashes. */
export function chainPartsOf(partRows: readonly PartRow[]): ChainPart[] {
  const chainParts = partRows.map(({ fund, root }) => ({ fund: nameHash(fund), root: root.hash, total: root.sum }));
  return chainParts.sort((a, b) => (a.fund < b.fund ? -1 : 1));
}

export const sameParts = (a: readonly ChainPart[], b: readonly ChainPart[]): boolean =>
  a.length === b.length &&
  a.every(({ fund, root, total }, i) => fund === b[i]!.fund && root === b[i]!.root && total === b[i]!.total);

function settleArguments({ region, day, revision, asOf, ruleset, size }: SettlementRow, partRows: readonly PartRow[]) {
  return [region, day, { revision, asOf, ruleset, size }, chainPartsOf(partRows)];
}

const unsharedLine = (index: number): SettlementLine => ({
  index,
  status: "zero",
  priceFen: 0n,
  shareFen: 0n,
  verdicts: ZERO_HASH,
  payee: ZERO_HASH,
});

function changesBetween(last: Before | null, settled: readonly SettledPart[], lines: readonly LineRow[]): LineChange[] {
  const named = (line: LineRow, funds: readonly { fund: string }[]) =>
    Object.fromEntries(line.shares.map((share, i) => [funds[i]!.fund, share]));
  return lines.flatMap((line): LineChange[] => {
    const old = last?.lines.get(line.index);
    const before = old ? { status: old.status, shares: named(old, last!.parts) } : null;
    const after = { status: line.status, shares: named(line, settled) };
    const same = before && before.status === after.status && sameAmounts(before.shares, after.shares);
    return same ? [] : [{ index: line.index, before, after, payee: line.payee }];
  });
}
