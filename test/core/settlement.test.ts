import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import {
  type Decision,
  type EntryClaim,
  linesAgree,
  payableUnits,
  settleDay,
  settlementLeaf,
  type UnitClaim,
} from "../../core/settlement.ts";
import { sumHex, sumRoot } from "../../core/sumTree.ts";

const NONE: Hex = `0x${"00".repeat(32)}`;
const PAY: Decision = { outcome: "pay", verdicts: NONE };
const payee = nameHash("91110000600037341L");
const tariff = {
  unitPriceFen: 6500n,
  shares: [
    { bearer: "insurance", percent: 60 },
    { bearer: "city", percent: 30 },
  ],
};
const visit = (over: Partial<UnitClaim> = {}): UnitClaim => ({
  payee,
  bookedUnits: 2,
  evidencedUnits: 2,
  authorisedUnits: 2,
  tariff,
  decision: PAY,
  ...over,
});
const day = (...claims: EntryClaim["claim"][]): EntryClaim[] => claims.map((claim, index) => ({ index, claim }));
const amounts = (claims: EntryClaim[]) =>
  settleDay(claims, ["insurance", "city"]).map(({ lines }) => lines.map(({ status, shareFen }) => [status, shareFen]));

describe("settlement", () => {
  it("pays the least of what was booked, evidenced and authorised, in whole units", () => {
    expect(payableUnits(visit({ evidencedUnits: 1 }))).to.equal(1);
    expect(payableUnits(visit({ authorisedUnits: 0 }))).to.equal(0);
    expect(payableUnits(visit({ authorisedUnits: -1 }))).to.equal(0);
    expect(() => payableUnits(visit({ bookedUnits: 0.5 }))).to.throw(RangeError);
    // Parts by ascending code: city, insurance.
    expect(amounts(day(visit(), visit({ evidencedUnits: 1 })))).to.deep.equal([
      [
        ["paid", 3900n],
        ["paid", 1950n],
      ],
      [
        ["paid", 7800n],
        ["paid", 3900n],
      ],
    ]);
  });
  it("has a line for every entry and every fund, also where nothing is paid", () => {
    const decided = (outcome: Decision["outcome"]) => visit({ decision: { outcome, verdicts: nameHash(outcome) } });
    const claims = day(null, decided("held"), decided("denied"), decided("replaced"), visit({ tariff: null }));
    for (const lines of amounts(claims))
      expect(lines).to.deep.equal([
        ["none", 0n],
        ["held", 0n],
        ["denied", 0n],
        ["replaced", 0n],
        ["zero", 0n],
      ]);
    const [part] = settleDay(claims, ["city"]);
    expect(part!.lines[1]).to.include({ verdicts: nameHash("held"), payee });
  });
  it("settles an entitlement as a fixed amount of one fund", () => {
    const claims = day({ payee, fund: "city", amountFen: 18_000n, decision: PAY });
    expect(amounts(claims)).to.deep.equal([[["paid", 18_000n]], [["paid", 0n]]]);
  });
  it("gives a root that anyone gets again from the lines, whatever the order of the funds", () => {
    const claims = day(visit(), null, visit({ bookedUnits: 1 }));
    const parts = settleDay(claims, ["insurance", "city"]);
    expect(parts).to.deep.equal(settleDay(claims, ["city", "insurance", "city"]));
    for (const { root, lines } of parts) expect(root).to.deep.equal(sumHex(sumRoot(lines.map(settlementLeaf))));
  });
  it("never lets the funds' shares exceed the price, and every share of a line is what its tariff says", () => {
    const claim = fc.record({
      units: fc.nat({ max: 9 }),
      price: fc.bigInt({ min: 0n, max: 10n ** 9n }),
      a: fc.nat({ max: 50 }),
      b: fc.nat({ max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 20 }), (list) => {
        const claims = day(
          ...list.map(({ units, price, a, b }) => {
            const shares = [
              { bearer: "city", percent: a },
              { bearer: "insurance", percent: b },
            ];
            return visit({ evidencedUnits: units, tariff: { unitPriceFen: price, shares } });
          }),
        );
        const parts = settleDay(claims, ["city", "insurance"]);
        list.forEach((_, i) => {
          const lines = parts.map((part) => part.lines[i]!);
          expect(linesAgree(lines)).to.equal(true);
          const more = [lines[0]!, { ...lines[1]!, shareFen: lines[0]!.priceFen + 1n }];
          expect(linesAgree(more)).to.equal(false);
        });
      }),
    );
  });
  it("changes its root when any field of any line changes", () => {
    const [part] = settleDay(day(visit(), visit()), ["city", "insurance"]);
    const line = part!.lines[1]!;
    const rootWith = (changed: typeof line) => sumRoot([part!.lines[0]!, changed].map(settlementLeaf));
    for (const changed of [
      { ...line, index: 7 },
      { ...line, status: "zero" as const },
      { ...line, priceFen: line.priceFen + 1n },
      { ...line, shareFen: line.shareFen + 1n },
      { ...line, verdicts: payee },
      { ...line, payee: NONE },
    ])
      expect(rootWith(changed)).to.not.deep.equal(rootWith(line));
  });
  it("refuses a gap, a fund that does not take part, shares over a hundred, and a negative price", () => {
    const over = { unitPriceFen: 1n, shares: [{ bearer: "city", percent: 101 }] };
    const negative = { unitPriceFen: -1n, shares: [{ bearer: "city", percent: 1 }] };
    expect(() => settleDay([{ index: 1, claim: null }], ["city"])).to.throw(RangeError, "entry 0");
    expect(() => settleDay(day(visit()), ["city"])).to.throw(RangeError, "no fund insurance");
    expect(() => settleDay(day(visit({ tariff: over })), ["city"])).to.throw(RangeError);
    expect(() => settleDay(day(visit({ tariff: negative })), ["city"])).to.throw(RangeError);
  });
});
