import { dayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import { Refusal } from "../../core/errors.ts";
import { nameHash } from "../../core/payout.ts";
import type { Severity } from "../../core/rules/rule.ts";
import { SEVERITIES } from "../../core/rules/rule.ts";
import { sample } from "../../core/sample.ts";
import type { LedgerContracts } from "../chain/client.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Funds } from "../funds/service.ts";
import type { PayoutStore } from "../payouts/store.ts";
import type { RecordStore } from "../records/store.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { ReviewStore, VerdictRow } from "../reviews/store.ts";
import { VisitReader } from "../reviews/visits.ts";
import type { SealStore } from "../seals/store.ts";
import type { SettlementStore } from "../settlements/store.ts";
import type { OverviewStore } from "./store.ts";

export interface Counted {
  key: string;
  severity: Severity;
  count: number;
}
type Total = ReturnType<Overviews["totals"]>[number];
type Area = "urban" | "rural" | "unknown";

/** What auditors and the public look at: counts over many records, and the way from one payment back to its visits. */
export interface Overviews {
  /** Verdicts that stand on visits and allowances of these days of the log. */
  findings(
    region: number,
    fromDay: number,
    toDay: number,
  ): Record<"byRule" | "byProvider" | "byArea" | "byDay", Counted[]>;
  /** Where visits were checked in, in squares of some 200 m: nobody's door is told. */
  checkIns(
    region: number,
    fromDay: number,
    toDay: number,
  ): {
    cells: { lon: number; lat: number; visits: number; found: number }[];
    without: number;
  };
  /** Visits drawn by a seed: the same seed and days give the same ones. */
  sample(region: number, fromDay: number, toDay: number, seed: string, count: number): { outOf: number; ids: string[] };
  /** Every sealed day beside what the chain says of it now. Rejects with chain_unavailable. */
  chainDays(region: number): Promise<{
    days: {
      day: number;
      size: number;
      root: string;
      state: "same" | "differs" | "missing";
      tx: string | null;
      blockNumber: number | null;
    }[];
    onlyOnChain: number[];
  }>;
  /** What one payment of a run paid for. Throws Refusal not_found. */
  paidEntries(
    region: number,
    fund: string,
    run: number,
    index: number,
  ): {
    payee: string;
    entries: { entry: string; kind: string; day: number; index: number; beforeFen: bigint; shareFen: bigint }[];
  };
  /** What was settled, by month, fund, programme and area. */
  totals(
    region: number,
  ): { month: number; fund: string; programme: string; area: Area; entries: number; fen: bigint }[];
  /** How each provider's visits of the last 45 days stood up to the rules and to the families. */
  providers(region: number): {
    provider: string;
    name: string;
    visits: number;
    held: number;
    denied: number;
    familyConfirmed: number;
    familyDenied: number;
    manualPercent: number | null;
  }[];
}

/** Micro-degrees of a square's side, some 200 m. */
const CELL = 2000;
const QUALITY_DAYS = 45;
const MOST_DAYS = 62;
/** Visits whose details are opened for one figure at the most: some seconds of work, which nobody else waits through. */
const MOST_OPENED = 50_000;

export function openOverviews(parts: {
  store: OverviewStore;
  reviews: ReviewStore;
  records: RecordStore;
  registry: RegistryStore;
  settlements: SettlementStore;
  payouts: PayoutStore;
  funds: Funds;
  seals: SealStore;
  entries: EntryStore;
  contracts: LedgerContracts;
  vault: Vault;
  clock: Clock;
}): Overviews {
  const { store, reviews, records, registry, settlements, payouts, funds, seals, entries, vault } = parts;

  function values<T>(region: number, kind: "Elder" | "Provider", subject: string): T | null {
    const row = registry.boxedOf(region, kind, subject).at(-1);
    return row ? openBox<T>(vault, region, row) : null;
  }
  /** Of an erased elder nobody knows any more. */
  function areaReader(region: number): (elder: string | null) => Area {
    const known = new Map<string, Area>();
    return (elder) => {
      if (elder === null) return "unknown";
      const before = known.get(elder);
      if (before) return before;
      const area = values<{ home?: { area: Area } }>(region, "Elder", elder)?.home?.area ?? "unknown";
      known.set(elder, area);
      return area;
    };
  }

  function requirePeriod(fromDay: number, toDay: number): void {
    if (toDay < fromDay) throw new Refusal("invalid_input", [{ pointer: "/toDay", code: "invalid_period" }]);
    if (toDay - fromDay > MOST_DAYS) throw new Refusal("invalid_input", [{ pointer: "/toDay", code: "too_long" }]);
  }

  /** Verdicts that nobody took back, with the entries they speak of. */
  function standing(region: number, fromDay: number): VerdictRow[] {
    const rows = reviews.bareVerdicts(region, fromDay, Number.MAX_SAFE_INTEGER);
    const withdrawn = new Set(rows.map(({ withdraws }) => withdraws));
    return rows.filter(({ id, withdraws }) => withdraws === null && !withdrawn.has(id));
  }

  function tally() {
    const counts = new Map<string, Counted>();
    return {
      add(key: string, severity: Severity) {
        const name = `${key} ${severity}`;
        const counted = counts.get(name) ?? { key, severity, count: 0 };
        counted.count++;
        counts.set(name, counted);
      },
      list: () =>
        [...counts.values()].sort(
          (a, b) =>
            (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
            SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
        ),
    };
  }

  function nameOf(region: number, provider: string): string {
    return values<{ identity: { name: string } }>(region, "Provider", provider)?.identity.name ?? provider;
  }

  // A settlement never changes, and most days have no newer one: each is added up once.
  const added = new Map<string, Total[]>();
  function totalsOfDay(region: number, day: number, revision: number, areaOf: (elder: string | null) => Area): Total[] {
    const name = `${region}/${day}/${revision}`;
    const known = added.get(name);
    if (known) return known;
    const own = settlements.parts(region, day, revision);
    const sums = new Map<string, Total>();
    for (const { shares, programme, elder } of store.paidLines(region, day, revision))
      own.forEach(({ fund }, i) => {
        const fen = shares[i] ?? 0n;
        if (fen === 0n) return;
        const place = { month: monthOf(day), fund, programme: programme ?? "services", area: areaOf(elder) };
        const sum = sums.get(Object.values(place).join("/")) ?? { ...place, entries: 0, fen: 0n };
        sum.entries++;
        sum.fen += fen;
        sums.set(Object.values(place).join("/"), sum);
      });
    added.set(name, [...sums.values()]);
    return added.get(name)!;
  }

  return {
    findings(region, fromDay, toDay) {
      requirePeriod(fromDay, toDay);
      const areaOf = areaReader(region);
      const [byRule, byProvider, byArea, byDay] = [tally(), tally(), tally(), tally()];
      for (const { rule, severity, subjects } of standing(region, fromDay)) {
        const found = subjects.flatMap((id) => records.find(region, id) ?? []);
        if (!found.some(({ day }) => fromDay <= day && day <= toDay)) continue;
        byRule.add(rule, severity);
        for (const provider of new Set(found.map((visit) => visit.provider))) byProvider.add(provider, severity);
        for (const area of new Set(found.map(({ elder }) => areaOf(elder)))) byArea.add(area, severity);
        for (const day of new Set(found.map((visit) => visit.day))) byDay.add(String(day), severity);
      }
      return { byRule: byRule.list(), byProvider: byProvider.list(), byArea: byArea.list(), byDay: byDay.list() };
    },
    checkIns(region, fromDay, toDay) {
      requirePeriod(fromDay, toDay);
      if (store.countVisits(region, fromDay, toDay) > MOST_OPENED)
        throw new Refusal("invalid_input", [{ pointer: "/toDay", code: "too_long" }]);
      const reader = new VisitReader(reviews, vault, region, entries.regionRow(region).offsetMinutes);
      const found = new Set(
        standing(region, fromDay).flatMap(({ severity, subjects }) => (severity === "mark" ? [] : subjects)),
      );
      const cells = new Map<string, { lon: number; lat: number; visits: number; found: number }>();
      let without = 0;
      for (let day = fromDay; day <= toDay; day++)
        for (const { id, placeIn } of reader.day(day)) {
          if (!placeIn) {
            without++;
            continue;
          }
          const middle = (micro: number) => Math.floor(micro / CELL) * CELL + CELL / 2;
          const [lon, lat] = [middle(placeIn.lon), middle(placeIn.lat)];
          const cell = cells.get(`${lon}/${lat}`) ?? { lon, lat, visits: 0, found: 0 };
          cell.visits++;
          if (found.has(id)) cell.found++;
          cells.set(`${lon}/${lat}`, cell);
        }
      return { cells: [...cells.values()], without };
    },
    sample: (region, fromDay, toDay, seed, count) => ({
      outOf: store.countVisits(region, fromDay, toDay),
      ids: sample(seed, store.visitIds(region, fromDay, toDay), count),
    }),
    async chainDays(region) {
      const onChain = await parts.contracts.seals(region).catch(() => {
        throw new Refusal("chain_unavailable");
      });
      const byDay = new Map(onChain.map((seal) => [seal.day, seal]));
      const own = seals.list(region, 0, Number.MAX_SAFE_INTEGER);
      const days = own.map(({ day, size, root }) => {
        const there = byDay.get(day);
        byDay.delete(day);
        const same = there?.size === size && there.root === root;
        const state = there ? (same ? ("same" as const) : ("differs" as const)) : ("missing" as const);
        return { day, size, root, state, tx: there?.tx ?? null, blockNumber: there?.blockNumber ?? null };
      });
      return { days, onlyOnChain: [...byDay.keys()] };
    },
    paidEntries(region, fund, run, index) {
      const status = funds.runs(region, fund).get(run);
      const line = status && payouts.lines(region, status.terms)[index];
      if (!status || !line) throw new Refusal("not_found");
      const payee = nameHash(line.payee);
      const shares = (day: number, revision: number): Map<number, bigint> => {
        if (revision === 0) return new Map();
        const position = settlements.parts(region, day, revision).findIndex((part) => part.fund === fund);
        const lines = settlements.linesBetween(region, day, revision, 0, Number.MAX_SAFE_INTEGER);
        return new Map(
          position < 0 ? [] : lines.flatMap((one) => (one.payee === payee ? [[one.index, one.shares[position]!]] : [])),
        );
      };
      const paid = payouts.days(region, status.terms).flatMap(({ day, revision, before }) => {
        const [now, old] = [shares(day, revision), shares(day, before)];
        return [...new Set([...now.keys(), ...old.keys()])]
          .sort((a, b) => a - b)
          .flatMap((at) => {
            const [shareFen, beforeFen] = [now.get(at) ?? 0n, old.get(at) ?? 0n];
            const entry = shareFen === beforeFen ? null : store.entryAt(region, day, at);
            return entry ? [{ entry: entry.id, kind: entry.kind, day, index: at, beforeFen, shareFen }] : [];
          });
      });
      return { payee: line.payee, entries: paid };
    },
    totals(region) {
      const areaOf = areaReader(region);
      const sums = new Map<string, Total>();
      const latest = new Map(settlements.all(region).map((row) => [row.day, row.revision]));
      for (const [day, revision] of latest)
        for (const own of totalsOfDay(region, day, revision, areaOf)) {
          const { entries: count, fen, ...place } = own;
          const sum = sums.get(Object.values(place).join("/")) ?? { ...place, entries: 0, fen: 0n };
          sum.entries += count;
          sum.fen += fen;
          sums.set(Object.values(place).join("/"), sum);
        }
      return [...sums.values()].sort((a, b) => b.month - a.month || (a.fund < b.fund ? -1 : 1));
    },
    providers(region) {
      const { offsetMinutes } = entries.regionRow(region);
      const today = dayOf(parts.clock.now(), offsetMinutes);
      const from = today - QUALITY_DAYS;
      const reader = new VisitReader(reviews, vault, region, offsetMinutes);
      type Row = ReturnType<Overviews["providers"]>[number] & { manual: number; read: number };
      const rows = new Map<string, Row>();
      const rowOf = (provider: string): Row => {
        const row = rows.get(provider) ?? {
          provider,
          name: nameOf(region, provider),
          visits: 0,
          held: 0,
          denied: 0,
          familyConfirmed: 0,
          familyDenied: 0,
          manualPercent: null,
          manual: 0,
          read: 0,
        };
        rows.set(provider, row);
        return row;
      };
      for (const { provider, visits } of store.visitsByProvider(region, from, today)) rowOf(provider).visits = visits;
      // Of a large region only what needs no details is told.
      const opens = store.countVisits(region, from, today) <= MOST_OPENED;
      for (let day = opens ? from : today + 1; day <= today; day++)
        for (const { provider, manual, family } of reader.day(day)) {
          const row = rowOf(provider);
          row.read++;
          if (manual) row.manual++;
          if (family === "confirmed") row.familyConfirmed++;
          if (family === "denied") row.familyDenied++;
        }
      const held = new Set<string>();
      const denied = new Set<string>();
      for (const { severity, subjects } of standing(region, from))
        for (const id of subjects)
          if (severity === "block") denied.add(id);
          else if (severity !== "mark") held.add(id);
      for (const [set, field] of [
        [held, "held"],
        [denied, "denied"],
      ] as const)
        for (const id of set) {
          const visit = records.find(region, id);
          if (visit && visit.day >= from) rowOf(visit.provider)[field]++;
        }
      return [...rows.values()]
        .map(({ manual, read, ...row }) => ({
          ...row,
          manualPercent: read === 0 ? null : Math.round((manual * 100) / read),
        }))
        .sort((a, b) => a.name.localeCompare(b.name, "zh"));
    },
  };
}
