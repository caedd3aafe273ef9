import { expect } from "chai";
import { dayOfDate } from "../../core/day.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import { distanceM, offsetMm } from "../../core/rules/distance.ts";
import { defaultRuleSet, otherVersions } from "../../core/rules/ruleSet.ts";
import vectors from "../vectors/distance.json" with { type: "json" };
import {
  CARER,
  Court,
  DAY,
  ELDER,
  event,
  FAR_ELDER,
  found,
  id,
  OTHER_CARER,
  PROVIDER,
  SPOUSE,
  visit,
  world,
} from "./reviewWorld.ts";

const MINUTE = 60;
const HOUR = 3600;
const blank = { placeIn: null, placeOut: null };
/** So many days of one clean visit each, the last of them DAY. */
const daily = (days: number, make: (day: number, i: number) => ReturnType<typeof visit>) =>
  Array.from({ length: days }, (_, i) => make(DAY - days + 1 + i, i));

/** Reviews each visit on the day of its service and gives what the last day found. */
function lastDay(visits: ReturnType<typeof visit>[], w = world()): string[] {
  const court = new Court(w);
  let last: string[] = [];
  for (const [day, list] of [...Map.groupBy(visits, ({ serviceDay }) => serviceDay)].sort(([a], [b]) => a - b))
    last = court
      .review(day, { visits: list })
      .map(({ rule, severity, subjects }) => `${rule} ${severity} ${subjects.length}`);
  return last;
}

describe("rules: a clean visit", () => {
  it("is found nothing against", () => expect(found([visit(9)])).to.deep.equal([]));
  it("has every rule's words in both languages, with bounds for every parameter", () => {
    for (const { id: rule, title, text, params, say } of RULES) {
      for (const words of [title, text, say({})]) {
        expect(words.zh, rule).to.match(/[\u4e00-\u9fff]/);
        expect(words.en, rule).to.match(/[a-z]/);
      }
      for (const { value, min, max } of Object.values(params))
        expect(value >= min && value <= max, rule).to.equal(true);
    }
    expect(new Set(RULES.map((rule) => rule.id)).size).to.equal(35);
  });
});

describe("rules: sets of rules", () => {
  it("tell which of their rules this program has in another version, or not at all", () => {
    const set = defaultRuleSet();
    expect(otherVersions(set)).to.deep.equal([]);
    const [first, ...rest] = set.rules;
    const changed = { ...set, rules: [{ ...first!, version: first!.version + 1 }, ...rest, { ...first!, id: "R99" }] };
    expect(otherVersions(changed)).to.deep.equal([
      { id: first!.id, version: first!.version + 1, here: first!.version },
      { id: "R99", version: first!.version, here: null },
    ]);
  });
});

describe("rules: distance by whole numbers", () => {
  for (const { name, a, b, metres } of vectors)
    it(`${name}: ${metres} m`, () => {
      expect(distanceM(a, b)).to.equal(metres);
      expect(distanceM(b, a)).to.equal(metres);
    });
  it("differs from the great circle by less than 2 in 1,000 within 100 km", () => {
    for (let i = 0; i < 500; i++) {
      const a = { lon: 73_000_000 + ((i * 7_919_111) % 60_000_000), lat: 18_000_000 + ((i * 5_311_077) % 35_000_000) };
      const b = { lon: a.lon + ((i * 37_117) % 900_000), lat: a.lat + ((i * 71_993) % 800_000) };
      const [φ1, φ2] = [a, b].map(({ lat }) => (lat / 1e6 / 180) * Math.PI) as [number, number];
      const h =
        Math.sin((φ2 - φ1) / 2) ** 2 +
        Math.cos(φ1) * Math.cos(φ2) * Math.sin(((b.lon - a.lon) / 1e6 / 360) * Math.PI) ** 2;
      const circle = 2 * 6_371_008.8 * Math.asin(Math.sqrt(h));
      expect(Math.abs(distanceM(a, b) - circle)).to.be.at.most(Math.max(2, circle * 0.002));
    }
  });
  it("tells east from north", () => {
    const { east, north } = offsetMm({ lon: 0, lat: 0 }, { lon: -10, lat: 20 });
    expect([east, north]).to.deep.equal([-1111, 2223]);
  });
});

type Scenario = [
  what: string,
  visits: () => ReturnType<typeof visit>[],
  expected: string[],
  w?: ReturnType<typeof world>,
];
const minutesLater = (hour: number, minutes: number, over: Parameters<typeof visit>[1] = {}) =>
  visit(hour + minutes / 60, over);
const hourLong = (hour: number, over: Parameters<typeof visit>[1] = {}) => {
  const one = visit(hour, over);
  return {
    ...one,
    endedAt: one.startedAt + HOUR,
    sentAt: one.startedAt + HOUR + 60,
    bookedMinutes: 60,
    units: 2,
    priceFen: 6000,
  };
};
const far = { elder: FAR_ELDER, north: 3000 };
const items = (care: object, more: Record<string, object> = {}) => world({ items: { care, ...more } });

const SCENARIOS: Record<string, Scenario[]> = {
  R01: [
    ["two elders far apart, 16 minutes over", () => [visit(9), minutesLater(9, 14, far)], ["R01 block"]],
    ["15 minutes over is held", () => [visit(9), minutesLater(9, 15, far)], ["R01 hold"]],
    ["5 minutes over is a clock's difference", () => [visit(9), minutesLater(9, 25, { elder: SPOUSE })], []],
    ["touching intervals do not overlap", () => [visit(9), minutesLater(9, 30, { elder: SPOUSE })], []],
    ["one home", () => [visit(9), minutesLater(9, 5, { elder: SPOUSE })], []],
    ["one group", () => [visit(9, { group: "g" }), minutesLater(9, 5, { ...far, group: "g" })], []],
    [
      "a short visit hidden behind a long one",
      () => [
        { ...hourLong(9), endedAt: 12 * HOUR + DAY * 86_400, sentAt: 12 * HOUR + DAY * 86_400 },
        visit(9.6, { elder: SPOUSE }),
        visit(11, far),
      ],
      ["R01 block"],
    ],
  ],
  R02: [
    ["two carers, one item", () => [visit(9), minutesLater(9, 12, { carer: OTHER_CARER, device: "b" })], ["R02 block"]],
    [
      "two carers, two items",
      () => [visit(9), minutesLater(9, 12, { carer: OTHER_CARER, item: "nursing", device: "b" })],
      ["R02 hold"],
      items({}, { nursing: {} }),
    ],
    [
      "nurse and aide, both planned, each naming the other",
      () => [visit(9), minutesLater(9, 12, { carer: OTHER_CARER, item: "nursing", device: "b" })],
      [],
      items({ concurrentWith: ["nursing"] }, { nursing: { concurrentWith: ["care"] } }),
    ],
    [
      "only one names the other",
      () => [visit(9), minutesLater(9, 12, { carer: OTHER_CARER, item: "nursing", device: "b" })],
      ["R02 hold"],
      items({ concurrentWith: ["nursing"] }, { nursing: {} }),
    ],
    [
      "a planned two-carer visit",
      () => [
        visit(9, { group: "g", twoCarer: true }),
        visit(9, { group: "g", twoCarer: true, carer: OTHER_CARER, device: "b" }),
      ],
      [],
      world({ plans: { care: { carers: 2 } } }),
    ],
    [
      "a two-carer visit that was not planned",
      () => [
        visit(9, { group: "g", twoCarer: true }),
        visit(9.25, { group: "g", twoCarer: true, carer: OTHER_CARER, device: "b" }),
      ],
      ["R02 block"],
    ],
    [
      "a two-carer visit in a region that keeps no plans",
      () => [
        visit(9, { group: "g", twoCarer: true }),
        visit(9, { group: "g", twoCarer: true, carer: OTHER_CARER, device: "b" }),
      ],
      [],
      world({ keepsPlans: false }),
    ],
    [
      "two carers who say nothing of each other in a region that keeps no plans",
      () => [visit(9), visit(9.25, { carer: OTHER_CARER, device: "b" })],
      ["R02 block"],
      world({ keepsPlans: false }),
    ],
    ["10 minutes over", () => [visit(9), minutesLater(9, 20, { carer: OTHER_CARER, device: "b" })], []],
  ],
  R03: [
    ["claimed twice by one carer", () => [visit(9), minutesLater(9, 10)], ["R03 block"]],
    ["11 minutes apart", () => [visit(9), minutesLater(9, 11)], []],
    ["another item", () => [visit(9), visit(9.1, { item: "nursing" })], [], items({}, { nursing: {} })],
  ],
  R04: [
    ["3 km in 2 minutes", () => [visit(9), minutesLater(9, 32, far)], ["R04 hold"]],
    ["3 km in 1 minute", () => [visit(9), minutesLater(9, 31, far)], ["R04 block"]],
    ["3 km in 4 minutes", () => [visit(9), minutesLater(9, 34, far)], []],
    ["no time between and 3 km", () => [visit(9), minutesLater(9, 30, far)], ["R04 hold"]],
  ],
  R05: [
    ["400 m off", () => [visit(9, { north: 400 })], ["R05 mark"]],
    [
      "the accuracy counts for the carer",
      () => [visit(9, { placeIn: { lon: 121_000_000, lat: 31_003_600, accuracyM: 260 }, placeOut: null })],
      [],
    ],
    [
      "an approved place",
      () => [visit(9, { north: 400 })],
      [],
      world({ places: [{ lon: 121_000_000, lat: 31_003_600 }] }),
    ],
    ["a community item", () => [visit(9, { north: 4000 })], [], items({ location: "community" })],
    ["an item that may be done anywhere", () => [visit(9, { north: 4000 })], [], items({ location: "any" })],
    [
      "a farm's fence is wider",
      () => [visit(9, { north: 250 })],
      [],
      world({
        homes: {
          [ELDER]: { lon: 121_000_000, lat: 31_000_000, area: "rural", household: "", account: "", guardian: false },
        },
      }),
    ],
  ],
  R06: [
    ["no fix", () => [visit(9, blank)], ["R06 hold"]],
    ["no fix, but a code at the home", () => [visit(9, { ...blank, alternateProof: true })], []],
    ["no fix, but the family confirms", () => [visit(9, { ...blank, family: "confirmed" })], []],
    ["a mocked fix, whatever else", () => [visit(9, { mock: true, alternateProof: true })], ["R06 hold"]],
  ],
  R07: [
    [
      "one fix, two homes",
      () =>
        [visit(9), visit(12, { elder: FAR_ELDER })].map((one) => ({
          ...one,
          placeIn: { lon: 121_000_000, lat: 31_000_000, accuracyM: 5 },
          placeOut: null,
        })),
      ["R05 mark", "R07 hold"],
    ],
    [
      "one fix, one home",
      () =>
        [visit(9), visit(12, { elder: SPOUSE })].map((one) => ({
          ...one,
          placeIn: { lon: 121_000_000, lat: 31_000_000, accuracyM: 5 },
          placeOut: null,
        })),
      [],
    ],
    [
      "one fix at a community item",
      () =>
        [visit(9), visit(12, { elder: FAR_ELDER })].map((one) => ({
          ...one,
          placeIn: { lon: 121_000_000, lat: 31_000_000, accuracyM: 5 },
          placeOut: null,
        })),
      [],
      items({ location: "community" }),
    ],
  ],
  R08: [
    ["23 of 30 minutes", () => [{ ...visit(9), endedAt: DAY * 86_400 + 9 * HOUR + 23 * MINUTE }], ["R08 mark"]],
    ["24 of 30 minutes", () => [{ ...visit(9), endedAt: DAY * 86_400 + 9 * HOUR + 24 * MINUTE }], []],
  ],
  R10: [
    ["15 visits", () => Array.from({ length: 15 }, (_, i) => visit(4 + i)), []],
    ["16 visits", () => Array.from({ length: 16 }, (_, i) => visit(4 + i)), ["R10 mark"]],
    ["20 visits", () => Array.from({ length: 20 }, (_, i) => visit(3 + i)), ["R10 hold"]],
    ["20 meals", () => Array.from({ length: 20 }, (_, i) => visit(3 + i)), [], items({ traits: ["meal"] })],
  ],
  R13: [
    [
      "a visit in the middle of a stay",
      () => [visit(9)],
      ["R13 block"],
      world({ events: [event("hospital", ELDER, DAY - 1, DAY + 1)] }),
    ],
    [
      "on the day of leaving",
      () => [visit(9)],
      ["R13 hold"],
      world({ events: [event("hospital", ELDER, DAY - 1, DAY)] }),
    ],
    [
      "after the hour of leaving",
      () => [visit(15)],
      [],
      world({ events: [event("hospital", ELDER, DAY - 1, DAY, { precision: "time", to: DAY * 86_400 + 10 * HOUR })] }),
    ],
    [
      "accompanying to hospital",
      () => [visit(9)],
      [],
      world({ events: [event("hospital", ELDER, DAY - 1, null)], items: { care: { traits: ["hospital_accompany"] } } }),
    ],
    [
      "an item that may be done anywhere, elsewhere",
      () => [visit(9, { north: 4000 })],
      [],
      world({ events: [event("hospital", ELDER, DAY - 1, null)], items: { care: { location: "any" } } }),
    ],
    [
      "a stay that still lasts",
      () => [visit(9)],
      ["R13 block"],
      world({ events: [event("institution", ELDER, DAY - 9, null)] }),
    ],
  ],
  R14: [
    ["the day after", () => [visit(9)], ["R14 block"], world({ events: [event("death", ELDER, DAY - 1, null)] })],
    ["the day itself", () => [visit(9)], [], world({ events: [event("death", ELDER, DAY, null)] })],
    [
      "the same month, where only the month is known",
      () => [visit(9)],
      [],
      world({ events: [event("death", ELDER, DAY - 14, null, { precision: "month" })] }),
    ],
    [
      "an hour later",
      () => [visit(9)],
      ["R14 block"],
      world({ events: [event("death", ELDER, DAY, null, { precision: "time", from: DAY * 86_400 + 8 * HOUR })] }),
    ],
  ],
  R17: [
    ["no assessment", () => [visit(9)], ["R17 block"], items({ minimumLevel: "severe" })],
    [
      "a lower level",
      () => [visit(9)],
      ["R17 block"],
      world({ items: { care: { minimumLevel: "severe" } }, level: "mild" }),
    ],
    ["a higher level", () => [visit(9)], [], world({ items: { care: { minimumLevel: "severe" } }, level: "total" })],
    ["the plan ended", () => [visit(9)], ["R17 block"], world({ plans: { care: { to: DAY - 1 } } })],
    ["moved away", () => [visit(9)], ["R17 block"], world({ events: [event("moved", ELDER, DAY - 3, null)] })],
    [
      "moved, and visited at another place: R05's",
      () => [visit(9, { north: 3000 })],
      ["R05 mark"],
      world({ events: [event("moved", ELDER, DAY - 3, null)] }),
    ],
    [
      "moved to an approved place",
      () => [visit(9)],
      [],
      world({ events: [event("moved", ELDER, DAY - 3, null)], places: [{ lon: 121_000_000, lat: 31_000_000 }] }),
    ],
  ],
  R18: [
    ["an item that is in no plan", () => [visit(9)], ["R18 block"], world({ plans: { care: { units: 0 } } })],
    [
      "in an emergency",
      () => [visit(9)],
      [],
      world({ plans: { care: { units: 0 } }, items: { care: { traits: ["emergency"] } } }),
    ],
    [
      "the third of two",
      () => [visit(9), visit(12), visit(15)],
      ["R18 block"],
      world({ plans: { care: { units: 2 } } }),
    ],
    ["half of it beyond", () => [hourLong(9), hourLong(12)], ["R18 cut"], world({ plans: { care: { units: 3 } } })],
    [
      "two carers have the units twice",
      () => [visit(9), visit(12)],
      [],
      world({ plans: { care: { units: 1, carers: 2 } } }),
    ],
    [
      "what another rule blocks uses up nothing",
      () => [visit(9), minutesLater(9, 5), visit(15)],
      ["R03 block"],
      world({ plans: { care: { units: 1 } } }),
    ],
  ],
  R19: [["a claim above the tariff", () => [visit(9, { priceFen: 3100 })], ["R19 cut"]]],
  R20: [
    [
      "two parts below the minimum",
      () => [visit(9), visit(9.6)].map((one) => ({ ...one, endedAt: one.startedAt + 25 * MINUTE })),
      ["R20 hold"],
    ],
    [
      "20 minutes between",
      () => [visit(9), minutesLater(9, 45)].map((one) => ({ ...one, endedAt: one.startedAt + 25 * MINUTE })),
      [],
    ],
    ["each whole", () => [visit(9), visit(9.6)], []],
  ],
  R23: [
    ["without the certificate", () => [visit(9)], ["R23 block"], items({ certificate: "nurse" })],
    ["with it", () => [visit(9)], [], world({ items: { care: { certificate: "nurse" } }, certificates: ["nurse"] })],
  ],
  R26: [
    ["one photo for two visits", () => [visit(9, { evidence: ["x"] }), visit(12, { evidence: ["x"] })], ["R26 block"]],
  ],
  R28: [["the family denies", () => [visit(9, { family: "denied" })], ["R28 hold"]]],
  R29: [
    ["on leave, officially", () => [visit(9)], ["R29 block"], world({ events: [event("leave", CARER, DAY, DAY)] })],
    [
      "on leave, somebody says",
      () => [visit(9)],
      ["R29 hold"],
      world({ events: [event("leave", CARER, DAY, DAY, { official: false })] }),
    ],
    ["back from leave", () => [visit(9)], [], world({ events: [event("leave", CARER, DAY - 3, DAY - 1)] })],
    [
      "5 minutes into another job",
      () => [visit(9)],
      [],
      world({
        events: [
          event("other_job", CARER, DAY, DAY, {
            precision: "time",
            from: DAY * 86_400 + 9 * HOUR + 25 * MINUTE,
            to: DAY * 86_400 + 18 * HOUR,
          }),
        ],
      }),
    ],
  ],
  R41: [
    [
      "a nil pseudonym reaches no statistics",
      () => [visit(9, { elder: "00000000-0000-0000-0000-000000000000", ...blank })],
      ["R41 block"],
    ],
    ["an item that nobody knows", () => [visit(9, { item: "x" })], ["R41 block"]],
  ],
  R42: [
    [
      "the device's clock is 6 minutes off",
      () => [visit(9, { deviceStartedAt: DAY * 86_400 + 9 * HOUR + 6 * MINUTE })],
      ["R42 mark"],
    ],
    ["5 minutes off", () => [visit(9, { deviceStartedAt: DAY * 86_400 + 9 * HOUR + 5 * MINUTE })], []],
    [
      "out before in, and nothing else",
      () => [{ ...visit(9), endedAt: DAY * 86_400 + 8 * HOUR, bookedMinutes: 0 }],
      ["R08 mark", "R42 hold"],
    ],
    ["25 hours late", () => [visit(9, { sentAt: DAY * 86_400 + 34.6 * HOUR })], ["R42 hold"]],
    ["25 hours late with a code", () => [visit(9, { sentAt: DAY * 86_400 + 34.6 * HOUR, alternateProof: true })], []],
    ["a correction is not late for being one", () => [visit(9, { sentAt: (DAY + 3) * 86_400, replaces: id(5) })], []],
  ],
};

describe("rules: each by its words, and where it is not a fault", () => {
  for (const [rule, scenarios] of Object.entries(SCENARIOS))
    for (const [what, make, expected, w] of scenarios)
      it(`${rule} ${what}: ${expected.join(", ") || "nothing"}`, () =>
        expect(found(make(), w)).to.deep.equal(expected));
});

describe("rules: series of days", () => {
  it("R05 holds the third time in 30 days, and names all three", () => {
    expect(lastDay(daily(3, (day, i) => visit(9 + i, { day, north: 400 + i * 90 })))).to.deep.equal([
      "R05 hold 3",
      "R05 mark 1",
    ]);
  });
  it("R05 says nothing once five carers are off by the same vector, and takes back what it had said", () => {
    const court = new Court();
    const early = [1, 2].map((n) => visit(8 + n, { carer: id(20 + n), device: `p${n}`, north: 800 }));
    expect(
      court.review(DAY - 1, { visits: early.map((one) => ({ ...one, serviceDay: DAY - 1 })) }).map(({ rule }) => rule),
    ).to.deep.equal(["R05", "R05"]);
    const rest = [3, 4, 5].map((n) => visit(8 + n, { carer: id(20 + n), device: `p${n}`, north: 800 }));
    expect(court.review(DAY, { visits: rest }).map(({ rule, severity }) => `${rule} ${severity}`)).to.deep.equal([
      "R05 withdrawn",
      "R05 withdrawn",
    ]);
  });
  it("R06 finds the identical fix on the fourth day, not on the third", () => {
    const same = { placeIn: { lon: 121_000_111, lat: 31_000_222, accuracyM: 5 }, placeOut: null };
    const days = daily(4, (day, i) => visit(9 + i, { day, ...same }));
    expect(lastDay(days.slice(0, 3))).to.deep.equal([]);
    expect(lastDay(days)).to.deep.equal(["R06 hold 4"]);
  });
  it("R09 marks above 12 hours, holds above 16, blocks above 24, and leaves live-in care out", () => {
    const shift = (hours: number, n: number) =>
      Array.from({ length: n }, (_, i) => ({
        ...visit(i * hours, { units: 2 * hours, priceFen: 6000 * hours, bookedMinutes: 60 * hours }),
        endedAt: (DAY * 24 + i * hours + hours) * HOUR,
        sentAt: (DAY * 24 + 24) * HOUR,
      }));
    const only = (visits: ReturnType<typeof visit>[], w = world()) =>
      found(visits, w).filter((one) => one.startsWith("R09"));
    expect(only(shift(2, 6))).to.deep.equal([]);
    expect(only(shift(2, 7))).to.deep.equal(["R09 mark"]);
    expect(only(shift(2, 9))).to.deep.equal(["R09 hold"]);
    expect(only([...shift(2, 12), { ...visit(3, far), endedAt: (DAY * 24 + 5) * HOUR }])).to.deep.equal(["R09 block"]);
    expect(only(shift(2, 9), items({ traits: ["live_in"] }))).to.deep.equal([]);
  });
  it("R09 holds above 60 hours from Monday on", () => {
    // Day 20,500 is a Sunday less one: the week is filled from its Monday.
    const monday = DAY - ((DAY + 3) % 7);
    const long = (day: number) => ({
      ...visit(6, { day, units: 22, priceFen: 66_000, bookedMinutes: 660 }),
      endedAt: (day * 24 + 17) * HOUR,
      sentAt: (day * 24 + 18) * HOUR,
    });
    const court = new Court();
    const found6 = Array.from({ length: 6 }, (_, i) =>
      court
        .review(monday + i, { visits: [long(monday + i)] })
        .map(({ rule, severity, subjects }) => `${rule} ${severity} ${subjects.length}`),
    );
    expect(found6.slice(0, 5).flat()).to.deep.equal([]);
    expect(found6[5]).to.deep.equal(["R09 hold 6"]);
  });
  it("R11 finds the tenth clone in 14 days", () => {
    const clone = (day: number) => visit(9, { day });
    expect(lastDay(daily(9, clone))).to.deep.equal([]);
    expect(lastDay(daily(10, clone))).to.deep.equal(["R11 mark 10"]);
  });
  it("R12 marks who always stays exactly the unit, while colleagues do not", () => {
    const exact = (day: number) => [0, 1, 2, 3].map((i) => visit(8 + i * 2 + (day % 5) / 20, { day }));
    const loose = (carer: string) => (day: number) =>
      [0, 1].map((i) => ({
        ...visit(8 + i * 4 + (day % 7) / 30, { day, carer, device: carer }),
        endedAt: day * 86_400 + (8 + i * 4 + (day % 7) / 30) * HOUR + 27 * MINUTE,
      }));
    const days = Array.from({ length: 10 }, (_, i) => DAY - 9 + i);
    const colleagues = [id(31), id(32), id(33)].flatMap((carer) => days.flatMap(loose(carer)));
    expect(lastDay([...days.flatMap(exact), ...colleagues]).filter((one) => one.startsWith("R12"))).to.deep.equal([
      "R12 mark 4",
    ]);
    expect(lastDay(days.flatMap(exact)).filter((one) => one.startsWith("R12"))).to.deep.equal([]);
  });
  it("R24 holds a carer whose visits come from another's phone", () => {
    const w = world({ owners: { phone: [OTHER_CARER] } });
    const borrowed = (day: number, i: number) => visit(9 + (i % 5) / 7, { day });
    expect(lastDay(daily(4, borrowed), w)).to.deep.equal([]);
    expect(lastDay(daily(5, borrowed), w)).to.deep.equal(["R24 hold 5"]);
  });
  it("R24 names all that stayed in the window when what was their own left it, and then only what is new", () => {
    const court = new Court(world({ owners: { phone: [OTHER_CARER], own: [CARER] } }));
    const told = Array.from({ length: 33 }, (_, i) => {
      const day = DAY + i;
      const borrowed = visit(9 + (i % 5) / 7, { day });
      const visits = i === 0 ? Array.from({ length: 8 }, (_, k) => visit(8 + k, { day, device: "own" })) : [borrowed];
      const ghost = court.review(day, { visits }).filter(({ rule }) => rule === "R24");
      return ghost.map(({ subjects }) => subjects.length).join();
    });
    // On the day 29 later 29 of 37 were borrowed, 78 %; on the next one the eight have left.
    expect(told).to.deep.equal([...Array.from({ length: 30 }, () => ""), "30", "1", "1"]);
  });
  it("R24 holds who takes over a phone whose carer reached the monthly cap", () => {
    const owner = OTHER_CARER;
    const court = new Court(world({ owners: { phone: [owner] }, items: { care: {}, live: { traits: [] } } }));
    // A month of sixteen-hour days reaches 166 hours in eleven of them.
    const first = DAY - ((DAY + 3) % 7) - 14;
    for (let i = 0; i < 11; i++) {
      const day = first + i;
      court.review(day, {
        visits: [
          {
            ...visit(5, { day, carer: owner, bookedMinutes: 960, units: 32, priceFen: 96_000 }),
            endedAt: (day * 24 + 21) * HOUR,
            sentAt: (day * 24 + 22) * HOUR,
          },
        ],
      });
    }
    const ghost = court.review(first + 11, { visits: [visit(9, { day: first + 11 })] });
    expect(ghost.map(({ rule, severity }) => `${rule} ${severity}`)).to.include("R24 hold");
  });
  it("R24, R28 and R30 ask the whole window, not the last three days of it", () => {
    const theirs = { device: "theirs", family: "denied" as const, manual: true };
    const visits = Array.from({ length: 24 }, (_, i) => i).flatMap((i) =>
      [8, 9, 10, 11, 12, 13, 14].map((hour) =>
        visit(hour + i / 100, { family: "confirmed", day: DAY - 23 + i, ...(i < 21 ? {} : theirs) }),
      ),
    );
    const shares = lastDay(visits, world({ owners: { theirs: [OTHER_CARER] } }));
    expect(shares.filter((one) => /^(R24|R30|R28 mark)/.test(one))).to.deep.equal([]);
  });
  it("R07 finds who was at the same place in time when another's visit comes weeks later", () => {
    const court = new Court();
    const spot = { lon: 121_000_111, lat: 31_000_222, accuracyM: 5 };
    const early = visit(9, { day: DAY - 20, placeIn: spot });
    const late = (serviceDay: number) =>
      visit(14, { serviceDay, day: DAY, elder: FAR_ELDER, carer: OTHER_CARER, placeIn: spot, alternateProof: true });
    court.review(DAY - 20, { visits: [early] });
    for (let day = DAY - 19; day < DAY; day++) court.review(day, {});
    const [sameDay, otherDay] = [late(DAY - 20), late(DAY - 19)];
    const named = court.review(DAY, { visits: [sameDay, otherDay] }).filter(({ rule }) => rule === "R07");
    expect(named.map(({ subjects }) => subjects)).to.deep.equal([[early.id, sameDay.id]]);
  });
  it("R26 goes on naming two of three when one is corrected, and falls when only one is left", () => {
    const court = new Court();
    const three = [9, 11, 13].map((hour) => visit(hour, { day: DAY - 2, evidence: ["x"] }));
    court.review(DAY - 2, { visits: three });
    const corrected = (n: number, day: number) =>
      court.review(day, {
        visits: [visit(9 + 2 * n, { day, serviceDay: DAY - 2, replaces: three[n]!.id })],
        replaced: [three[n]!],
      });
    const fallen = (verdicts: ReturnType<typeof corrected>) =>
      verdicts.filter(({ rule, severity }) => rule === "R26" && severity === "withdrawn").length;
    expect([fallen(corrected(0, DAY - 1)), fallen(corrected(1, DAY))]).to.deep.equal([0, 1]);
  });
  it("R25 holds a phone that a third carer uses within 7 days, unless it is registered as shared", () => {
    const users = daily(3, (day, i) => visit(9 + i, { day, carer: id(40 + i) }));
    expect(lastDay(users)).to.deep.equal(["R25 hold 3"]);
    expect(lastDay(users, world({ owners: { phone: [id(40), id(41), id(42)] } }))).to.deep.equal([]);
  });
  it("R26 finds evidence of weeks before", () => {
    const court = new Court();
    court.review(DAY - 40, { visits: [visit(9, { day: DAY - 40, evidence: ["x"] })] });
    expect(
      court
        .review(DAY, { visits: [visit(9, { evidence: ["x"] })] })
        .map(({ rule, subjects }) => `${rule} ${subjects.length}`),
    ).to.deep.equal(["R26 2"]);
  });
  it("R28 marks a carer whom half of 20 families deny, and names the denied ones alone", () => {
    const answers = daily(20, (day, i) => visit(9 + (i % 5), { day, family: i % 5 < 3 ? "denied" : "confirmed" }));
    expect(lastDay(answers).filter((one) => one.startsWith("R28"))).to.deep.equal(["R28 mark 12"]);
  });
  it("R30 counts manual and corrected visits of a month, and not those of a declared outage", () => {
    const start = new Date(DAY * 86_400_000).getUTCDate();
    expect(start, "the days lie in one month").to.be.greaterThan(15);
    const days = (manual: (i: number) => boolean) =>
      Array.from({ length: start }, (_, i) => [
        visit(8, { day: DAY - start + 1 + i, manual: manual(i), reason: "忘记" }),
        visit(12 + (i % 4), { day: DAY - start + 1 + i }),
      ]).flat();
    const of = (list: string[]) => list.filter((one) => one.startsWith("R30")).map((one) => one.slice(0, 8));
    expect(of(lastDay(days((i) => i % 2 === 0)))).to.deep.equal(["R30 mark"]);
    expect(of(lastDay(days(() => true)))).to.deep.equal(["R30 hold"]);
    expect(
      of(
        lastDay(
          days(() => true),
          world({ outage: true }),
        ),
      ),
    ).to.deep.equal([]);
  });
  it("R36 marks fifteen equal days of elders that were rare before", () => {
    const court = new Court(world({ items: { care: {}, odd: {} } }));
    for (let i = 8; i > 0; i--) court.review(DAY - i, { visits: [visit(9 + i / 2, { day: DAY - i })] });
    const many = (n: number) =>
      Array.from({ length: n }, (_, i) =>
        visit(8 + i / 4, { carer: id(60 + i), elder: id(90 + i), device: `d${i}`, item: "odd" }),
      );
    const rules = court.review(DAY, { visits: many(15) }).map(({ rule, subjects }) => `${rule} ${subjects.length}`);
    expect(rules).to.deep.equal(["R36 15"]);
    expect(found(many(15), world({ items: { odd: {} } }))).to.deep.equal([]);
  });
  it("R35 marks a provider's month that is three times its own", () => {
    const lastOfMonth = 20_513;
    const served = {
      202602: { [PROVIDER]: 900_000 },
      202601: { [PROVIDER]: 200_000 },
      202512: { [PROVIDER]: 210_000 },
      202511: { [PROVIDER]: 190_000 },
    };
    const court = new Court(world({ served }));
    expect(new Date(lastOfMonth * 86_400_000).toISOString().slice(0, 10)).to.equal("2026-03-01");
    expect(
      court.review(lastOfMonth - 1, { visits: [visit(9, { day: lastOfMonth - 1 })] }).map(({ rule }) => rule),
    ).to.deep.equal(["R35"]);
  });
});

describe("rules: a month that is handed in at its end", () => {
  /** Everything is received on one day, weeks after most of it took place. */
  const handedIn = (visits: ReturnType<typeof visit>[], w = world()) =>
    new Court(w)
      .review(DAY, { visits: visits.map((one) => ({ ...one, day: DAY, alternateProof: true })) })
      .map(({ rule, severity, subjects }) => `${rule} ${severity} ${subjects.length}`);
  const from = (first: number, count: number, make: (day: number, i: number) => ReturnType<typeof visit>) =>
    Array.from({ length: count }, (_, i) => make(DAY - first + i, i));

  it("R11 finds ten clones in 14 days at the month's beginning, and not nine", () => {
    const clone = (day: number) => visit(9, { day });
    const later = from(12, 12, (day, i) => visit(8 + i / 7, { day }));
    expect(handedIn([...from(30, 9, clone), ...later])).to.deep.equal([]);
    expect(handedIn([...from(30, 10, clone), ...later])).to.deep.equal(["R11 mark 10"]);
  });
  it("R25 holds a phone that three carers used in one week of it, and not in three", () => {
    const users = (step: number) => [0, 1, 2].map((n) => visit(9 + n, { day: DAY - 28 + n * step, carer: id(40 + n) }));
    const later = from(5, 5, (day, i) => visit(8 + i / 7, { day, carer: id(40) }));
    expect(handedIn([...users(7), ...later])).to.deep.equal([]);
    expect(handedIn([...users(2), ...later])).to.deep.equal(["R25 hold 3"]);
  });
  it("R36 marks an amount that stood for fifteen elders on one day of it, and not one that stood for them daily", () => {
    const w = world({ items: { care: {}, odd: {} } });
    const many = (day: number) =>
      Array.from({ length: 15 }, (_, i) =>
        visit(8 + i / 4, { day, carer: id(60 + i), elder: id(90 + i), device: `d${i}`, item: "odd" }),
      );
    const marked = (visits: ReturnType<typeof visit>[]) => handedIn(visits, w).filter((one) => one.startsWith("R36"));
    const quiet = from(20, 8, (day, i) => visit(9 + i / 2, { day }));
    expect(marked([...quiet, ...many(DAY - 10)])).to.deep.equal(["R36 mark 15"]);
    expect(marked([0, 1, 2, 3, 4].flatMap((n) => many(DAY - 10 + n)))).to.deep.equal([]);
  });
});

describe("rules: allowances, officials and funds", () => {
  const entitlement = { id: id(7), day: DAY, programme: "old-age", elder: ELDER, month: 202602 };
  const judged = (w: ReturnType<typeof world>, list = [entitlement]) => found([], w, { entitlements: list });
  it("R14 blocks the month after the death, not its own", () => {
    const death = (from: number) => world({ events: [event("death", ELDER, from, null, { arrivedDay: DAY - 40 })] });
    expect(judged(death(DAY - 45))).to.deep.equal(["R14 block"]);
    expect(judged(death(DAY))).to.deep.equal([]);
  });
  it("R15 holds without a sign of life, and not with an assessment within the months", () => {
    expect(judged(world({ months: 12 }))).to.deep.equal(["R15 hold"]);
    expect(judged(world({ months: 12, assessed: DAY - 100 }))).to.deep.equal([]);
  });
  it("R16 and R17 block what excludes another and what is not due", () => {
    expect(judged(world({ allowance: () => "excluded" }))).to.deep.equal(["R16 block"]);
    expect(judged(world({ allowance: () => "too_young" }))).to.deep.equal(["R17 block"]);
  });
  it("R16 blocks what is received in another district too, unless somebody moved within the month", () => {
    const told = (over: Parameters<typeof event>[4] = {}) =>
      event("other_benefit", ELDER, DAY - 20, DAY + 20, { precision: "month", ...over });
    const late = { ...entitlement, day: DAY - 3 };
    expect(judged(world({ events: [told({ arrivedDay: DAY - 9 })] }))).to.deep.equal(["R16 block"]);
    const news = [told({ arrivedDay: DAY })];
    expect(found([], world({ events: news }), { entitlements: [late], news })).to.deep.equal(["R16 block"]);
    expect(judged(world({ events: [told({ arrivedDay: DAY - 1 })] }), [late])).to.deep.equal([]);
    const moved = event("moved", ELDER, dayOfDate("2026-02-10")!, null, { arrivedDay: DAY - 9 });
    expect(judged(world({ events: [told({ arrivedDay: DAY - 9 }), moved] }))).to.deep.equal([]);
  });
  it("R32 blocks three households on one account, and not a guardian's", () => {
    const shared = (guardian: boolean) =>
      world({
        homes: Object.fromEntries(
          [1, 2, 3].map((n) => [
            id(n),
            { lon: 0, lat: 0, area: "urban" as const, household: `h${n}`, account: "622", guardian },
          ]),
        ),
      });
    const list = [1, 2, 3].map((n) => ({ ...entitlement, id: id(70 + n), elder: id(n) }));
    expect(judged(shared(false), list)).to.deep.equal(["R32 block"]);
    expect(judged(shared(true), list)).to.deep.equal([]);
    expect(judged(shared(false), list.slice(1))).to.deep.equal([]);
  });
  it("R38 blocks one person in two parts, and who approves for a payee of their own", () => {
    const act = {
      id: id(80),
      day: DAY,
      person: "li",
      act: "enter" as const,
      thing: "t",
      payee: PROVIDER,
      at: 0,
      overrides: false,
    };
    const acts = (list: (typeof act & { act: "enter" | "approve" })[]) => ({ acts: list });
    expect(found([], world(), acts([act, { ...act, id: id(81), act: "approve" as never }]))).to.deep.equal([
      "R38 block",
    ]);
    expect(
      found([], world(), acts([act, { ...act, id: id(81), person: "wang", act: "approve" as never }])),
    ).to.deep.equal([]);
    expect(
      found([], world({ ties: { wang: [PROVIDER] } }), acts([{ ...act, person: "wang", act: "approve" as never }])),
    ).to.deep.equal(["R38 block"]);
  });
  it("R39 holds 201 approvals within a minute, and decisions that override more than a tenth", () => {
    const many = (n: number, seconds: number, overrides = 0) =>
      Array.from({ length: n }, (_, i) => ({
        id: id(1000 + i),
        day: DAY,
        person: "li",
        act: "review" as const,
        thing: `t${i}`,
        payee: "",
        at: Math.floor((i * seconds) / n),
        overrides: i < overrides,
      }));
    expect(found([], world(), { acts: many(201, 60) })).to.deep.equal(["R39 hold"]);
    expect(found([], world(), { acts: many(201, 300) })).to.deep.equal([]);
    expect(found([], world(), { acts: many(30, 3000, 4) })).to.deep.equal(["R39 hold"]);
    expect(found([], world(), { acts: many(30, 3000, 3) })).to.deep.equal([]);
  });
  it("R40 marks a fund that spends a third of its year in the last 15 days", () => {
    const newYearsEve = 20_453;
    expect(new Date(newYearsEve * 86_400_000).toISOString().slice(0, 10)).to.equal("2025-12-31");
    const days = (last: number) => [
      { fund: id(9), day: newYearsEve - 100, fen: 100 - last },
      { fund: id(9), day: newYearsEve - 3, fen: last },
    ];
    const rules = (last: number) => new Court().review(newYearsEve, { fundDays: days(last) }).map(({ rule }) => rule);
    expect(rules(31)).to.deep.equal(["R40"]);
    expect(rules(30)).to.deep.equal([]);
  });
});
