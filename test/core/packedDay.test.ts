import { expect } from "chai";
import fc from "fast-check";
import { groupsBy, groupsByEvidence, groupsByPlace, groupsByTemplate } from "../../core/rules/grouping.ts";
import { COLUMNS, type Column, Names, PackedDay } from "../../core/rules/packedDay.ts";
import { byBeginning, type ReviewVisit } from "../../core/rules/rule.ts";
import { DAY, id, visit } from "./reviewWorld.ts";

/** Every field of a visit, in one order: a packed one has getters, which no comparison of objects sees. */
const FIELDS = Object.keys(visit(8)) as (keyof ReviewVisit)[];
const plain = (one: ReviewVisit) => Object.fromEntries(FIELDS.map((field) => [field, one[field]]));
const idsOf = (visits: Iterable<ReviewVisit>) => [...visits].map((one) => one.id);

const seconds = fc.integer({ min: 0, max: 2 ** 40 });
const fix = fc.record({
  lon: fc.integer({ min: -180_000_000, max: 180_000_000 }),
  lat: fc.integer({ min: -90_000_000, max: 90_000_000 }),
  accuracyM: fc.integer({ min: 0, max: 100_000 }),
});
const somebody = fc.integer({ min: 1, max: 6 }).map(id);
const cells: fc.Arbitrary<Partial<ReviewVisit>> = fc.record({
  provider: fc.constantFrom("甲", "乙"),
  carer: somebody,
  elder: somebody,
  item: fc.constantFrom("care", "bath-help"),
  startedAt: seconds,
  endedAt: seconds,
  serviceDay: fc.integer({ min: DAY - 40, max: DAY }),
  startMinute: fc.integer({ min: 0, max: 1439 }),
  sentAt: seconds,
  replaces: fc.option(fc.uuid({ version: 7 }), { nil: null }),
  placeIn: fc.option(fix, { nil: null }),
  placeOut: fc.option(fix, { nil: null }),
  device: fc.constantFrom("", "phone", "手机"),
  deviceStartedAt: fc.option(seconds, { nil: null }),
  mock: fc.boolean(),
  evidence: fc.array(fc.constantFrom("0xaa", "0xbb", "照片"), { maxLength: 3 }),
  bookedMinutes: fc.integer({ min: 0, max: 1440 }),
  units: fc.integer({ min: 0, max: 1000 }),
  priceFen: fc.integer({ min: 0, max: 100_000_000 }),
  manual: fc.boolean(),
  reason: fc.constantFrom("", "停电", '"quoted"\n'),
  group: fc.constantFrom("", "g1"),
  twoCarer: fc.boolean(),
  alternateProof: fc.boolean(),
  family: fc.constantFrom("none", "confirmed", "denied"),
});
const visitsOf = (list: readonly Partial<ReviewVisit>[], day = DAY) => list.map((some) => visit(8, { ...some, day }));

function packed(visits: readonly ReviewVisit[], names = new Names()): PackedDay {
  const day = new PackedDay(visits[0]?.day ?? DAY, names);
  for (const one of visits) day.add(one);
  return day;
}

/** The same groups, the long way. */
function grouped(visits: readonly ReviewVisit[], namesOf: (one: ReviewVisit) => readonly string[]) {
  const groups = new Map<string, ReviewVisit[]>();
  for (const one of visits)
    for (const name of new Set(namesOf(one))) groups.set(name, [...(groups.get(name) ?? []), one]);
  return [...groups].map(([name, list]) => [name, idsOf(list.sort(byBeginning))] as const);
}
const found = (groups: Iterable<readonly [string, ReviewVisit[]]>) =>
  [...groups].map(([name, list]) => [name, idsOf(list)] as const);
const sorted = <T extends readonly [string, unknown]>(groups: T[]) => groups.sort(([a], [b]) => (a < b ? -1 : 1));
const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];

describe("packed days", () => {
  it("give back every field of every visit, in the order of the log", () => {
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 30 }), (list) => {
        const visits = visitsOf(list);
        expect([...packed(visits)].map(plain)).to.deep.equal(visits.map(plain));
        const anew = packed(visits).repacked(new Names());
        expect([...anew].map(plain)).to.deep.equal(visits.map(plain));
      }),
    );
  });

  it("hold more visits than one block does", () => {
    const visits = Array.from({ length: 10_000 }, (_, i) => visit(8, { units: i, reason: i % 3 === 0 ? `r${i}` : "" }));
    expect([...packed(visits)].map(plain)).to.deep.equal(visits.map(plain));
  });

  it("let go of what was taken away, in every group and when packed anew", () => {
    const visits = Array.from({ length: 50 }, (_, i) => visit(8, { elder: id(i % 5), evidence: ["0xaa"] }));
    const gone = new Set(idsOf(visits.filter((_, i) => i % 3 === 0)));
    const left = visits.filter((one) => !gone.has(one.id));
    const day = packed(visits);
    day.remove(gone);
    expect(idsOf(day)).to.deep.equal(idsOf(left));
    expect(sorted(found(groupsBy("elder", day)))).to.deep.equal(sorted(grouped(left, ({ elder }) => [elder])));
    expect(idsOf(day.repacked(new Names()))).to.deep.equal(idsOf(left));
    expect(found(groupsByEvidence(day, () => []))[0]![1]).to.have.length(left.length);
  });

  it("forget the texts of visits that are gone when they are packed anew", () => {
    const visits = Array.from({ length: 100 }, (_, i) => visit(8, { device: `phone-${i}` }));
    const day = packed(visits);
    day.remove(new Set(idsOf(visits.slice(1))));
    const names = new Names();
    day.repacked(names);
    expect(names.find("phone-0")).to.be.at.least(0);
    expect(names.find("phone-1")).to.equal(-1);
  });
});

describe("groups of packed days", () => {
  const three = fc.tuple(
    ...[DAY - 2, DAY - 1, DAY].map((day) => fc.array(cells, { maxLength: 12 }).map((list) => visitsOf(list, day))),
  ) as fc.Arbitrary<[ReviewVisit[], ReviewVisit[], ReviewVisit[]]>;

  it("are those of today's names, with what these have on the days before", () => {
    fc.assert(
      fc.property(three, fc.constantFrom(...COLUMN_NAMES), ([first, second, today], column) => {
        const names = new Names();
        const before = [packed(first, names), packed(second, names)];
        const ofToday = new Set(today.map((one) => one[column]).filter((name) => name !== ""));
        const all = grouped([...today, ...first, ...second], (one) => [one[column]]);
        const wanted = all.filter(([name]) => ofToday.has(name));
        expect(sorted(found(groupsBy(column, packed(today, names), before)))).to.deep.equal(sorted(wanted));
      }),
    );
  });

  it("are made for those alone that matter, and for those of whom something was told", () => {
    const names = new Names();
    const before = packed([visit(9, { day: DAY - 1, carer: id(3) })], names);
    const today = packed([visit(8, { carer: id(1) }), visit(9, { carer: id(2) })], names);
    const groups = groupsBy("carer", today, [before], (name) => name === id(2), [id(3), id(4)]);
    expect([...groups].map(([name, list]) => [name, list.length])).to.deep.equal([
      [id(2), 1],
      [id(3), 1],
      [id(4), 0],
    ]);
  });

  it("are opened one after the other", () => {
    const day = packed(Array.from({ length: 100 }, (_, i) => visit(8, { carer: id(i % 10) })));
    let opened = 0;
    const open = day.open.bind(day);
    day.open = (row) => {
      opened += 1;
      return open(row);
    };
    const groups = groupsBy("carer", day);
    groups.next();
    expect(opened).to.equal(10);
    groups.next();
    expect(opened).to.equal(20);
  });

  it("of a place hold who was recorded there, once each", () => {
    fc.assert(
      fc.property(three, fc.array(fix, { minLength: 2, maxLength: 2 }), ([first, second, today], spots) => {
        const names = new Names();
        const moved = [first, second, today].map((list) =>
          list.map((one, i) => ({
            ...one,
            placeIn: one.placeIn && spots[i % 2]!,
            placeOut: one.placeOut && spots[0]!,
          })),
        );
        const placesOf = ({ placeIn, placeOut }: ReviewVisit) =>
          [placeIn, placeOut].flatMap((place) => (place ? [`${place.lon} ${place.lat}`] : []));
        const expected = grouped(moved.flat(), placesOf).map(([, list]) => list.join());
        const days = moved.map((list) => packed(list, names));
        const groups = found(groupsByPlace(days)).map(([, list]) => list.join());
        // A place that only one visit has may be left out.
        expect(groups.filter((list) => list.includes(",")).sort()).to.deep.equal(
          expected.filter((list) => list.includes(",")).sort(),
        );
      }),
    );
  });

  it("of evidence hold the visits of the day and of the past that carry it", () => {
    fc.assert(
      fc.property(three, ([first, second, today]) => {
        const past = [...first, ...second];
        const sharing = (digests: ReadonlySet<string>) =>
          past.filter(({ evidence }) => evidence.some((digest) => digests.has(digest)));
        const ofToday = new Set(today.flatMap(({ evidence }) => evidence));
        const expected = grouped([...today, ...past], ({ evidence }) => evidence).filter(
          ([digest, list]) => ofToday.has(digest) && list.length > 1,
        );
        expect(sorted(found(groupsByEvidence(packed(today), sharing)))).to.deep.equal(sorted(expected));
      }),
    );
  });

  it("of evidence ask for many digests in parts, and for none twice", () => {
    const visits = Array.from({ length: 5000 }, (_, i) => visit(8, { evidence: [`0x${i}`, `0x${(i + 4500) % 5000}`] }));
    const asked: string[] = [];
    const sharing = (digests: ReadonlySet<string>) => {
      asked.push(...digests);
      return [];
    };
    const groups = found(groupsByEvidence(packed(visits), sharing));
    expect(groups).to.have.length(5000);
    expect(groups.every(([, list]) => list.length === 2)).to.equal(true);
    expect(new Set(asked).size).to.equal(asked.length);
  });

  it("of a template hold the visits of the elders whose day adds up to it", () => {
    const today = packed([
      visit(8, { elder: id(11), priceFen: 1000 }),
      visit(9, { elder: id(11), priceFen: 2000, item: "bath" }),
      visit(8, { elder: id(12), priceFen: 3000, item: "bath" }),
      visit(8, { elder: id(13), priceFen: 3000, item: "bath" }),
    ]);
    const groups = groupsByTemplate(today, new Set([`${DAY} 3000 bath`, `${DAY} 3000 bath+care`]));
    expect([...groups].map(([name, list]) => [name, list.map(({ elder }) => elder)])).to.deep.equal([
      [`${DAY} 3000 bath+care`, [id(11), id(11)]],
      [`${DAY} 3000 bath`, [id(12), id(13)]],
    ]);
  });
});
