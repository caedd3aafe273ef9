import { expect } from "chai";
import fc from "fast-check";
import {
  claimVisits,
  evidencedUnits,
  type KnownPlan,
  type KnownVisit,
  periodOf,
  type Rates,
} from "../../core/claims.ts";
import { dayOf, dayOfDate } from "../../core/day.ts";
import { type Decision, payableUnits } from "../../core/settlement.ts";

const MEASURE = { unitMinutes: 30, minimumMinutes: 30, dailyCap: 0 };
const PLAN: KnownPlan = { id: "p", units: 4, period: "week", carers: 1 };
const NONE = `0x${"00".repeat(32)}` as const;
const START = 1_786_000_000;
const local = (time: number) => dayOf(time, 480);
let made = 0;
const visit = (over: Partial<KnownVisit> = {}): KnownVisit => ({
  id: `v${made++}`,
  provider: "91110000600037341L",
  elder: "e",
  item: "bathing",
  startedAt: START,
  endedAt: START + 3600,
  bookedUnits: 2,
  ...over,
});
const ratesOf = (plan: KnownPlan | null = PLAN, measure = MEASURE): Rates => ({
  measure: () => measure,
  plan: () => plan,
  tariff: () => ({ unitPriceFen: 100n, shares: [{ bearer: "city", percent: 100 }] }),
});
const decided = (outcome: Decision["outcome"]): Decision => ({ outcome, verdicts: NONE });
const authorised = (visits: KnownVisit[], rates = ratesOf(), decide = (_: KnownVisit) => decided("pay")) =>
  [...claimVisits(visits, rates, local, decide).values()].map(({ authorisedUnits }) => authorisedUnits);

describe("claims: evidence", () => {
  it("counts whole units, rounded down after five minutes of grace", () => {
    const of = (minutes: number, measure = MEASURE) =>
      evidencedUnits(visit({ endedAt: START + minutes * 60 }), measure);
    expect([24.9, 25, 54.9, 55, 60, 85].map((minutes) => of(minutes))).to.deep.equal([0, 1, 1, 2, 2, 3]);
    expect(of(40, { ...MEASURE, minimumMinutes: 60 })).to.equal(0);
    expect(of(55, { ...MEASURE, minimumMinutes: 60 })).to.equal(2);
    expect([0, -30].map((minutes) => of(minutes, { ...MEASURE, unitMinutes: 1, minimumMinutes: 0 }))).to.deep.equal([
      0, 0,
    ]);
  });
});

describe("claims: what a plan authorises", () => {
  it("gives a plan's units in the order of the log, and no more", () => {
    expect(authorised([visit(), visit(), visit()])).to.deep.equal([4, 2, 0]);
  });
  it("authorises nothing without a plan", () => {
    expect(authorised([visit()], ratesOf(null))).to.deep.equal([0]);
  });
  it("begins anew with each period: day, week from Monday on, month", () => {
    const [sunday, monday] = [dayOfDate("2026-08-30")!, dayOfDate("2026-08-31")!];
    expect(periodOf("week", sunday)).to.not.equal(periodOf("week", monday));
    expect(periodOf("week", monday)).to.equal(periodOf("week", monday + 6));
    expect(periodOf("month", monday)).to.equal(periodOf("month", sunday));
    expect(periodOf("month", monday)).to.not.equal(periodOf("month", monday + 1));
    expect(periodOf("day", monday)).to.not.equal(periodOf("day", sunday));
    const daily = ratesOf({ ...PLAN, period: "day", units: 2 });
    const [one, next] = [visit(), visit({ startedAt: START + 86_400, endedAt: START + 90_000 })];
    expect(authorised([one, next, visit()], daily)).to.deep.equal([2, 2, 0]);
  });
  it("authorises both carers of a planned pair", () => {
    expect(authorised([visit(), visit(), visit()], ratesOf({ ...PLAN, units: 2, carers: 2 }))).to.deep.equal([4, 2, 0]);
  });
  it("keeps to the item's daily cap, elder by elder", () => {
    const capped = ratesOf({ ...PLAN, units: 100 }, { ...MEASURE, dailyCap: 3 });
    expect(authorised([visit(), visit(), visit({ elder: "other" })], capped)).to.deep.equal([3, 1, 3]);
  });
  it("frees what a denied or replaced visit would have used, and keeps what a held one may still get", () => {
    for (const [outcome, last] of [
      ["denied", 4],
      ["replaced", 4],
      ["held", 2],
    ] as const) {
      const first = visit();
      const decide = (v: KnownVisit) => decided(v === first ? outcome : "pay");
      expect(authorised([first, visit()], ratesOf(), decide), outcome).to.deep.equal([4, last]);
    }
  });
  it("never changes an earlier visit's claim because a later one came, whenever that one says it began", () => {
    const some = fc.array(
      fc.record({ units: fc.nat({ max: 4 }), minutes: fc.nat({ max: 200 }), shift: fc.nat({ max: 10 * 86_400 }) }),
      { minLength: 2, maxLength: 15 },
    );
    fc.assert(
      fc.property(some, fc.nat({ max: 8 }), (list, units) => {
        const visits = list.map(({ units: bookedUnits, minutes, shift }) =>
          visit({ bookedUnits, startedAt: START - shift, endedAt: START - shift + minutes * 60 }),
        );
        const rates = ratesOf({ ...PLAN, units });
        const all = authorised(visits, rates);
        expect(authorised(visits.slice(0, -1), rates)).to.deep.equal(all.slice(0, -1));
        const paid = [...claimVisits(visits, rates, local, () => decided("pay")).values()].map(payableUnits);
        const weeks = new Map<number, number>();
        visits.forEach((v, i) => {
          const week = periodOf("week", local(v.startedAt));
          weeks.set(week, (weeks.get(week) ?? 0) + paid[i]!);
        });
        for (const used of weeks.values()) expect(used).to.be.at.most(units);
      }),
    );
  });
});
