import { expect } from "chai";
import { dayOfDate } from "../../core/day.ts";
import {
  type AllowanceBook,
  type AllowanceTerms,
  allowanceOf,
  daysOfMonth,
  type Enrolled,
  monthOf,
  proRata,
} from "../../core/entitlement.ts";
import { maskName } from "../../core/mask.ts";
import { versionOn } from "../../core/validity.ts";

const day = (date: string) => dayOfDate(date)!;
const TERMS: AllowanceTerms = {
  fund: "f",
  monthlyFen: 18_000,
  minimumAge: 70,
  minimumLevel: "",
  area: "any",
  excludes: [],
};

/** A book of one elder, born 1956-11-20, registered from 2020 on. */
function book(over: {
  terms?: Record<string, Partial<AllowanceTerms>>;
  enrolments?: Partial<Enrolled>[];
  level?: string | null;
  diedOn?: string;
}): AllowanceBook {
  return {
    terms: (programme, on) => {
      const own = over.terms?.[programme];
      return own && on >= day("2026-01-01") ? { ...TERMS, ...own } : null;
    },
    elder: (_elder, on) => (over.diedOn && on > day(over.diedOn) ? null : { birthDate: "1956-11-20", area: "rural" }),
    level: () => over.level ?? null,
    enrolments: () =>
      (over.enrolments ?? [{}]).map((enrolled) => ({
        programme: "old-age",
        elder: "e",
        validFrom: day("2026-03-10"),
        validTo: day("2030-01-01"),
        appliedOn: "2026-03-01",
        ...enrolled,
      })),
  };
}
const due = (b: AllowanceBook, month: number, programme = "old-age") => allowanceOf(b, programme, "e", month);
const PLAIN = { "old-age": {} };

describe("entitlement: who is due an allowance for a month", () => {
  it("is due for the month in which the age is reached, and not before", () => {
    expect(due(book({ terms: PLAIN }), 202_610)).to.equal("too_young");
    expect(due(book({ terms: PLAIN }), 202_611)).to.deep.equal({
      fund: "f",
      amountFen: 18_000n,
      day: day("2026-11-01"),
    });
  });
  it("counts from the day of the enrolment in its first month", () => {
    const young = { "old-age": { minimumAge: 60 } };
    expect(due(book({ terms: young }), 202_603)).to.include({ day: day("2026-03-10") });
    expect(due(book({ terms: young }), 202_602)).to.equal("not_enrolled");
    expect(due(book({ terms: young, enrolments: [{ validTo: day("2026-05-31") }] }), 202_606)).to.equal("not_enrolled");
    expect(due(book({ terms: young, enrolments: [{ programme: "another" }] }), 202_606)).to.equal("not_enrolled");
  });
  it("is due for the month of a death, and for no later one", () => {
    const b = book({ terms: PLAIN, diedOn: "2026-11-05" });
    expect(due(b, 202_611)).to.include({ amountFen: 18_000n });
    expect(due(b, 202_612)).to.equal("not_registered");
  });
  it("holds level and area of the programme, each scale by itself", () => {
    const severe = { "old-age": { minimumLevel: "severe" } };
    expect(due(book({ terms: severe }), 202_611)).to.equal("level_too_low");
    expect(due(book({ terms: severe, level: "moderate" }), 202_611)).to.equal("level_too_low");
    expect(due(book({ terms: severe, level: "total" }), 202_611)).to.include({ amountFen: 18_000n });
    const insured = { "old-age": { minimumLevel: "3" } };
    expect(due(book({ terms: insured, level: "2" }), 202_611)).to.equal("level_too_low");
    expect(due(book({ terms: insured, level: "3" }), 202_611)).to.include({ amountFen: 18_000n });
    expect(due(book({ terms: { "old-age": { area: "urban" } } }), 202_611)).to.equal("other_area");
    expect(due(book({ terms: {} }), 202_611)).to.equal("no_programme");
  });
  it("gives one of two that exclude each other: the one applied for first, in either direction of the rule", () => {
    const enrolments = [{}, { programme: "nursing", appliedOn: "2026-02-01" }];
    for (const terms of [
      { "old-age": { excludes: ["nursing"] }, nursing: {} },
      { "old-age": {}, nursing: { excludes: ["old-age"] } },
    ]) {
      const b = book({ terms, enrolments });
      expect(due(b, 202_611)).to.equal("excluded");
      expect(due(b, 202_611, "nursing")).to.include({ amountFen: 18_000n });
    }
    const both = book({ terms: { "old-age": {}, nursing: {} }, enrolments });
    expect(due(both, 202_611)).to.include({ amountFen: 18_000n });
    // A rival that is due nothing itself excludes nobody.
    const idle = book({ terms: { "old-age": { excludes: ["nursing"] }, nursing: { minimumAge: 99 } }, enrolments });
    expect(due(idle, 202_611)).to.include({ amountFen: 18_000n });
  });
  it("shares the month of a move by days between the district that is left and the one that is moved to", () => {
    const due = (from: string) => ({ fund: "f", amountFen: 18_001n, day: day(from) });
    const left = proRata(due("2026-06-01"), 202606, day("2026-06-11"));
    const reached = proRata(due("2026-06-11"), 202606, day("2026-06-11"));
    expect([left.amountFen, reached.amountFen]).to.deep.equal([6000n, 12_000n]);
    expect(proRata(due("2026-06-01"), 202606, day("2026-07-01")).amountFen).to.equal(18_001n);
    expect(proRata(due("2026-06-01"), 202606, null).amountFen).to.equal(18_001n);
    expect(proRata(due("2026-06-01"), 202606, day("2026-06-01")).amountFen).to.equal(18_001n);
  });
  it("knows the days of months, and refuses what is none", () => {
    expect(daysOfMonth(202_612)).to.deep.equal({ first: day("2026-12-01"), last: day("2026-12-31") });
    expect(daysOfMonth(202_802)).to.deep.equal({ first: day("2028-02-01"), last: day("2028-02-29") });
    expect(monthOf(day("2026-12-31"))).to.equal(202_612);
    expect(() => daysOfMonth(202_613)).to.throw(RangeError);
  });
});

describe("validity: what was valid on a day", () => {
  const version = (n: number, validFrom: number, validTo: number) => ({ version: n, validFrom, validTo });
  it("takes the highest version whose period holds the day", () => {
    const [year, month] = [version(1, 0, 365), version(2, 31, 58)];
    expect(versionOn([year, month], 40)).to.equal(month);
    expect(versionOn([month, year], 60)).to.equal(year);
    expect(versionOn([year, month], 366)).to.equal(null);
  });
  it("lets a version that begins on the same day take an earlier one's place, so that an end can be told late", () => {
    const [open, ended] = [version(1, 10, 999), version(2, 10, 20)];
    expect(versionOn([open, ended], 15)).to.equal(ended);
    expect(versionOn([open, ended], 21)).to.equal(null);
    expect(versionOn([open, version(2, 10, 9)], 10)).to.equal(null);
  });
});

describe("mask: a name on a publicity list", () => {
  it("keeps the surname and the last character of longer names alone", () => {
    expect(["李桂英", "王芳", "欧阳建国", "阿", " 张伟 ", ""].map(maskName)).to.deep.equal([
      "李*英",
      "王*",
      "欧**国",
      "*",
      "张*",
      "*",
    ]);
  });
});
