import { dayOf } from "../../core/day.ts";
import { daysOfMonth } from "../../core/entitlement.ts";
import type { LineStatus } from "../../core/settlement.ts";
import type { Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Funds } from "../funds/service.ts";
import type { PayoutStore } from "../payouts/store.ts";
import type { VisitOutput } from "../records/schema.ts";
import type { RecordStore } from "../records/store.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { LineRow, PartRow, SettlementStore } from "../settlements/store.ts";

/** How far a run came with the payee's money of it. */
export interface PaidBy {
  fund: string;
  run: number;
  state: string;
  /** What the bank said last of the payee's payment; null while it said nothing. */
  bank: string | null;
}

interface DayInRun {
  revision: number;
  /** The revision that earlier runs had paid. */
  before: number;
  paid: PaidBy;
}

export interface StatementLine {
  visit: string;
  day: number;
  item: string;
  caregiver: string;
  elder: string;
  startedAt: number;
  endedAt: number;
  corrected: boolean;
  status: LineStatus | "unsettled";
  booked: number;
  paidUnits: number;
  amountFen: bigint;
  runs: PaidBy[];
}

export interface Statement {
  region: number;
  regionName: string;
  offsetMinutes: number;
  provider: string;
  name: string;
  month: string;
  lines: StatementLine[];
  totals: { visits: number; settledFen: bigint; paidFen: bigint };
}

export interface Statements {
  /** A provider's visits of a month (YYYY-MM) with what was settled and paid for each. */
  of(region: number, provider: string, month: string): Statement;
}

/** Records may come this long after the visit. */
const LATE_DAYS = 62;
const PAGE = 1000;

export function openStatements(parts: {
  records: RecordStore;
  settlements: SettlementStore;
  payouts: PayoutStore;
  funds: Funds;
  registry: RegistryStore;
  entries: EntryStore;
  vault: Vault;
}): Statements {
  const { records, settlements, payouts, funds, registry, entries, vault } = parts;

  function* visitsOf(region: number, provider: string, first: number, last: number, offset: number) {
    let after = { day: 0, index: -1 };
    for (;;) {
      const page = records.list({ region, provider, fromDay: first - 1, toDay: last + LATE_DAYS, after, limit: PAGE });
      for (const visit of page) {
        const served = dayOf(visit.startedAt, offset);
        if (first <= served && served <= last) yield visit;
      }
      const end = page.at(-1);
      if (!end || page.length < PAGE) return;
      after = { day: end.day, index: end.index };
    }
  }

  /** The runs that took a day of a fund in, in their order, with what the bank said of the payee's payment. */
  function runsOfDays(region: number, provider: string): Map<string, DayInRun[]> {
    const found = new Map<string, DayInRun[]>();
    for (const fund of funds.codes(region))
      for (const { terms, number, state } of funds.runs(region, fund).values()) {
        if (state === "void") continue;
        const own = payouts.lines(region, terms).find(({ payee }) => payee === provider);
        const bank = own ? (payouts.lastEvent(region, terms, own.index)?.what ?? null) : null;
        for (const { day, revision, before } of payouts.days(region, terms)) {
          const days = found.get(`${fund}/${day}`) ?? [];
          days.push({ revision, before, paid: { fund, run: number, state, bank } });
          found.set(`${fund}/${day}`, days);
        }
      }
    return found;
  }

  /** A line's share of a fund in one revision of its day; nothing before the first. */
  function shareIn(region: number, { day, index }: VisitOutput, fund: string, revision: number): bigint {
    if (revision === 0) return 0n;
    const position = settlements.parts(region, day, revision).findIndex((part) => part.fund === fund);
    return settlements.line(region, day, revision, index)?.shares[position] ?? 0n;
  }

  /** The run that paid the line what it is worth now: the last that changed it. A later run of the same day may not. */
  function paidBy(visit: VisitOutput, fund: string, share: bigint, days: readonly DayInRun[]): PaidBy[] {
    const { region } = visit;
    const last =
      days.length < 2
        ? days[0]
        : days.findLast(
            ({ revision, before }) => shareIn(region, visit, fund, revision) !== shareIn(region, visit, fund, before),
          );
    return last && shareIn(region, visit, fund, last.revision) === share ? [last.paid] : [];
  }

  function nameOf(region: number, provider: string): string {
    const row = registry.boxedOf(region, "Provider", provider).at(-1);
    const values = row && openBox<{ identity?: { name: string } }>(vault, region, row);
    return values?.identity?.name ?? provider;
  }

  function lineOf(
    visit: VisitOutput,
    settled: { line: LineRow; parts: PartRow[]; revision: number } | null,
    paid: ReadonlyMap<string, readonly DayInRun[]>,
  ): StatementLine {
    const { id, day, item, caregiver, elder, startedAt, endedAt, replacedBy } = visit;
    const bare = { visit: id, day, item, caregiver, elder, startedAt, endedAt, corrected: replacedBy !== null };
    if (!settled) return { ...bare, status: "unsettled", booked: 0, paidUnits: 0, amountFen: 0n, runs: [] };
    const { line, parts: own } = settled;
    const { status, booked, evidenced, authorised } = line;
    return {
      ...bare,
      status,
      booked,
      paidUnits: status === "paid" ? Math.min(booked, evidenced, authorised) : 0,
      amountFen: line.shares.reduce((sum, share) => sum + share, 0n),
      runs: own.flatMap(({ fund }, i) =>
        line.shares[i]! > 0n ? paidBy(visit, fund, line.shares[i]!, paid.get(`${fund}/${day}`) ?? []) : [],
      ),
    };
  }

  return {
    of(region, provider, month) {
      const { name: regionName, offsetMinutes } = entries.regionRow(region);
      const { first, last } = daysOfMonth(Number(month.replace("-", "")));
      const paid = runsOfDays(region, provider);
      const days = new Map<number, { revision: number; parts: PartRow[] } | null>();
      const dayOfLog = (day: number) => {
        if (!days.has(day)) {
          const row = settlements.latest(region, day);
          days.set(day, row && { revision: row.revision, parts: settlements.parts(region, day, row.revision) });
        }
        return days.get(day)!;
      };
      const lines = [...visitsOf(region, provider, first, last, offsetMinutes)].map((visit) => {
        const at = dayOfLog(visit.day);
        const line = at && settlements.line(region, visit.day, at.revision, visit.index);
        return lineOf(visit, at && line ? { line, ...at } : null, paid);
      });
      const sum = (list: StatementLine[]) => list.reduce((total, { amountFen }) => total + amountFen, 0n);
      const atBank = lines.filter(({ runs }) => runs.length > 0 && runs.every(({ bank }) => bank === "paid"));
      return {
        region,
        regionName,
        offsetMinutes,
        provider,
        name: nameOf(region, provider),
        month,
        lines: lines.sort((a, b) => a.startedAt - b.startedAt || (a.visit < b.visit ? -1 : 1)),
        totals: { visits: lines.length, settledFen: sum(lines), paidFen: sum(atBank) },
      };
    },
  };
}
