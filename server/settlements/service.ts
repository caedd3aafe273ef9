import type { Hex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash } from "../../core/payout.ts";
import type { AnchorStore } from "../anchors/store.ts";
import { ContractRefusal } from "../chain/chain.ts";
import type { ChainPart } from "../chain/subsidy.ts";
import { isConstraint } from "../db/client.ts";
import type { Funds } from "../funds/service.ts";
import type { RegistryBook } from "../registry/book.ts";
import { type ReviewStore, ruleSetOn } from "../reviews/store.ts";
import type { Computed, Pricing } from "./pricing.ts";
import type { PartRow, SettlementRow, SettlementStore } from "./store.ts";

export interface Settlements extends Pricing {
  /** Writes a settlement and puts it on chain. Throws Refusal not_anchored, fund_not_open, contract_refused, already_done. */
  settle(computed: Computed): Promise<SettlementRow>;
  /** Settles every anchored day that never was, revises days whose visits were corrected, and sends what waits. */
  settleDue(region: number): Promise<SettlementRow[]>;
  /** Settled days of which something was corrected, found or decided since; nothing is paid before they are settled again. */
  revisionsDue(region: number): number[];
  /** The last day that is sealed and anchored: what a revision may know. */
  lastAnchored(region: number): number;
  store: SettlementStore;
}

export function openSettlements(parts: {
  store: SettlementStore;
  pricing: Pricing;
  anchors: AnchorStore;
  funds: Funds;
  reviews: ReviewStore;
  /** The key of a region's operator, with what a transaction costs. */
  senderOf: (region: number) => Promise<Uint8Array>;
  operatorOf: (region: number) => Hex;
}): Settlements {
  const { store, anchors, funds, pricing, reviews } = parts;

  async function send(row: SettlementRow): Promise<void> {
    const partRows = store.parts(row.region, row.day, row.revision);
    const args = settleArguments(row, partRows);
    await funds.contract.send(await parts.senderOf(row.region), "settle", args, partRows.length).catch(refusing);
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
      if (found && same) store.anchored(row, funds.deployment, found);
    }
  }

  async function settle(computed: Computed): Promise<SettlementRow> {
    const { settlement: row, parts: settledParts, lines } = computed;
    if (!anchors.of(row.region, row.day)) throw new Refusal("not_anchored");
    const closed = settledParts.filter(({ fund }) => !funds.isOpen(row.region, fund)).map(({ fund }) => fund);
    if (closed.length > 0) throw new Refusal("fund_not_open", [], `not opened on chain: ${closed.join(", ")}`);
    // The contract is asked first: what it would refuse is never written down as a settlement.
    await funds.contract
      .simulate(parts.operatorOf(row.region), "settle", settleArguments(row, settledParts))
      .catch(refusing);
    try {
      store.save(row, settledParts, lines);
    } catch (error) {
      // Another process settled the day just now.
      throw isConstraint(error) ? new Refusal("already_done") : error;
    }
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

  /** Prices several days as of one: the registry is read once for all of them, and only if there is one. */
  function pricer(region: number, asOfDay: number): (day: number) => Computed {
    let book: RegistryBook | undefined;
    return (day) => {
      book ??= pricing.book(region, asOfDay);
      return pricing.compute(region, day, { asOfDay, book });
    };
  }

  async function settleDue(region: number): Promise<SettlementRow[]> {
    if (!funds.codes(region).some((code) => funds.isOpen(region, code))) return [];
    if (store.unsent(region).length > 0) await sendWaiting(region);
    const done: SettlementRow[] = [];
    const asOfDay = lastAnchored(region);
    const price = pricer(region, asOfDay);
    for (const day of store.unsettledDays(region)) {
      const ruled = ruleSetOn(reviews, region, day) !== null;
      // What rules found of a day is an entry of a later one, and counts once that one is anchored.
      if (ruled && (reviews.reviewOf(region, day)?.day ?? Number.MAX_SAFE_INTEGER) > asOfDay) continue;
      done.push(await settle(ruled ? price(day) : pricing.compute(region, day)));
    }
    // Settling a correction makes the visit that it corrects a double one until its day is settled again.
    for (const day of store.correctedDays(region)) done.push(await settle(price(day)));
    for (const day of reviewedAnew(region)) {
      const computed = price(day);
      if (computed.changes.length > 0) done.push(await settle(computed));
    }
    looked.set(region, asOfDay);
    return done;
  }

  /** Up to which day of the log it was looked for words that change a settled day. */
  const looked = new Map<number, number>();

  /** Settled days about whose entries something was found or decided since, among what is anchored. */
  function reviewedAnew(region: number): number[] {
    const [from, to] = [(looked.get(region) ?? -1) + 1, lastAnchored(region)];
    if (from > to) return [];
    const words = [
      ...reviews.bareVerdicts(region, from, to).filter(({ severity }) => CHANGING.includes(severity)),
      ...reviews.decisions(region, from, to).map(({ day, subject }) => ({ day, subjects: [subject] })),
      ...toldOfAllowances(region, from, to),
    ];
    const days = new Set<number>();
    for (const { day, subjects } of words)
      for (const subject of subjects) {
        const of = reviews.entry(region, subject)?.day;
        const latest = of === undefined || days.has(of) ? null : store.latest(region, of);
        if (latest && latest.asOfDay < day) days.add(of!);
      }
    return [...days].sort((a, b) => a - b);
  }

  /** Allowances of whom something was told or taken back: a move shares them by days. */
  function toldOfAllowances(region: number, from: number, to: number): { day: number; subjects: string[] }[] {
    const told = reviews.feeds(region, to).filter(({ day }) => day >= from);
    if (told.length === 0) return [];
    const byElder = Map.groupBy(reviews.entitlements(region, to), ({ elder }) => elder);
    return told.map(({ day, subject }) => ({ day, subjects: (byElder.get(subject) ?? []).map(({ id }) => id) }));
  }

  function revisionsDue(region: number): number[] {
    const price = pricer(region, lastAnchored(region));
    // What was found or decided often changes no amount: only a day whose lines would differ holds up a run.
    const differing = reviewedAnew(region).filter((day) => price(day).changes.length > 0);
    return [...new Set([...store.correctedDays(region), ...differing])];
  }
  return { ...pricing, settle, settleDue, revisionsDue, lastAnchored, store };
}

/** Verdicts that may change what a line is paid; marks and cuts do not. */
const CHANGING: readonly string[] = ["hold", "block", "withdrawn"];

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

function refusing(error: unknown): never {
  throw error instanceof ContractRefusal ? new Refusal("contract_refused", [], error.reason) : error;
}
