import { expect } from "chai";
import fc from "fast-check";
import {
  type Column,
  digestsOf,
  eachOnce,
  groupsBy,
  placeNames,
  type Sorted,
  type Source,
  sortedByDevice,
  sortedByEvidence,
  sortedByPlace,
  sortedByTemplate,
  visitsIn,
} from "../../core/rules/grouping.ts";
import { Names } from "../../core/rules/packedVisit.ts";
import { byBeginning, type ReviewVisit } from "../../core/rules/rule.ts";
import { MemoryScratch } from "../../core/rules/scratch.ts";
import { StoredDay } from "../../core/rules/storedDay.ts";
import { DAY, id, visit } from "./reviewWorld.ts";

/** Every field of a visit, in one order: one that lies packed has getters, which no comparison of objects sees. */
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

const scratch = new MemoryScratch();
const names = new Names();
function stored(visits: readonly ReviewVisit[], day = visits[0]?.day ?? DAY): StoredDay {
  const made = new StoredDay(day, scratch, names);
  for (const one of visits) made.add(one);
  made.seal();
  return made;
}
const days = (...list: StoredDay[]) => ({ days: list, scratch, names });
const sourceOf = (day: StoredDay, by: "carer" | "elder" | "provider"): Source => ({
  runs: day[by],
  isGone: (one) => day.isGone(one),
});
const byId = (a: { id?: unknown }, b: { id?: unknown }) => (String(a.id) < String(b.id) ? -1 : 1);

/** The same groups, the long way. */
function grouped(visits: readonly ReviewVisit[], namesOf: (one: ReviewVisit) => readonly string[]) {
  const groups = new Map<string, ReviewVisit[]>();
  for (const one of visits)
    for (const name of new Set(namesOf(one))) groups.set(name, [...(groups.get(name) ?? []), one]);
  return [...groups].map(([name, list]) => [name, idsOf(list.sort(byBeginning))] as const);
}
/** Each group is told before the next one is asked for: then it is gone. */
function found(groups: Iterable<readonly [string, ReviewVisit[]]>) {
  const told: (readonly [string, string[]])[] = [];
  for (const [name, list] of groups) told.push([name, idsOf(list)]);
  return told;
}
const sorted = <T extends readonly [string, unknown]>(groups: T[]) => groups.sort(([a], [b]) => (a < b ? -1 : 1));
const byPlace = (made: Sorted) => found(made.groups(placeNames));
function* onceEach(groups: Iterable<readonly [string, ReviewVisit[]]>) {
  for (const [digest, list] of groups) yield [digest, eachOnce(list)] as const;
}
const byEvidence = (made: Sorted) => found(onceEach(made.groups(digestsOf)));

describe("stored days", () => {
  it("give back every field of every visit", () => {
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 30 }), (list) => {
        const visits = visitsOf(list);
        for (const by of ["carer", "elder", "provider"] as const) {
          const read: ReturnType<typeof plain>[] = [];
          for (const one of visitsIn(sourceOf(stored(visits), by), names)) read.push(plain(one));
          expect(read.sort(byId)).to.deep.equal(visits.map(plain).sort(byId));
        }
      }),
    );
  });

  it("hold more visits than one run does, and texts that are longer than a piece", () => {
    const visits = Array.from({ length: 60_000 }, (_, i) => visit(8, { units: i, carer: id(i % 700) }));
    visits.push(visit(8, { reason: "长".repeat(20_000), evidence: Array.from({ length: 900 }, (_, i) => `0x${i}`) }));
    const read = new Map<string, string>();
    for (const one of visitsIn(sourceOf(stored(visits), "carer"), names)) read.set(one.id, JSON.stringify(plain(one)));
    expect(read.size).to.equal(visits.length);
    for (const one of visits) if (read.get(one.id) !== JSON.stringify(plain(one))) expect.fail(one.id);
  });

  it("let go of what was taken away, in every group", () => {
    const visits = Array.from({ length: 50 }, (_, i) => visit(8, { elder: id(i % 5), evidence: ["0xaa"] }));
    const gone = new Set(idsOf(visits.filter((_, i) => i % 3 === 0)));
    const left = visits.filter((one) => !gone.has(one.id));
    const day = stored(visits);
    day.remove(gone);
    const groups = groupsBy("elder", [sourceOf(day, "elder")], names, { day: DAY });
    expect(sorted(found(groups))).to.deep.equal(sorted(grouped(left, ({ elder }) => [elder])));
    expect(byEvidence(sortedByEvidence(days(day), () => []))[0]![1]).to.have.length(left.length);
  });
});

describe("groups of stored days", () => {
  const three = fc.tuple(
    ...[DAY - 2, DAY - 1, DAY].map((day) => fc.array(cells, { maxLength: 12 }).map((list) => visitsOf(list, day))),
  ) as fc.Arbitrary<[ReviewVisit[], ReviewVisit[], ReviewVisit[]]>;
  const threeDays = ([first, second, today]: [ReviewVisit[], ReviewVisit[], ReviewVisit[]]) => [
    stored(today, DAY),
    stored(first, DAY - 2),
    stored(second, DAY - 1),
  ];

  it("are those of today's names, with what these have on the days before", () => {
    fc.assert(
      fc.property(three, fc.constantFrom<Column>("carer", "elder", "provider", "device"), (lists, column) => {
        const stored_ = threeDays(lists);
        const [first, second, today] = lists;
        const sources =
          column === "device"
            ? sortedByDevice(days(...stored_), new Set(["phone", "手机"])).map(({ runs }) => ({ runs }))
            : stored_.map((day) => sourceOf(day, column));
        const ofToday = new Set(today.map((one) => one[column]).filter((name) => name !== ""));
        const all = grouped([...today, ...first, ...second], (one) => [one[column]]);
        const wanted = all.filter(([name]) => ofToday.has(name));
        expect(sorted(found(groupsBy(column, sources, names, { day: DAY })))).to.deep.equal(sorted(wanted));
      }),
    );
  });

  it("are made for those of whom something was told, and of those alone that are asked for again", () => {
    const before = stored([visit(9, { day: DAY - 1, carer: id(3) })]);
    const today = stored([visit(8, { carer: id(1) }), visit(9, { carer: id(2) })]);
    const sources = [sourceOf(today, "carer"), sourceOf(before, "carer")];
    const lengths = (asked: Parameters<typeof groupsBy>[4]) =>
      sorted(found(groupsBy("carer", sources, names, { day: DAY }, asked))).map(([name, list]) => [name, list.length]);
    expect(lengths({ told: new Set([id(3), id(4)]) })).to.deep.equal([
      [id(1), 1],
      [id(2), 1],
      [id(3), 1],
      [id(4), 0],
    ]);
    expect(lengths({ only: new Set([id(2), id(4)]) })).to.deep.equal([
      [id(2), 1],
      [id(4), 0],
    ]);
  });

  it("are opened one after the other, in memory that the next one takes", () => {
    const day = stored(Array.from({ length: 100 }, (_, i) => visit(8, { carer: id(i % 10) })));
    let opened = 0;
    const isGone = () => {
      opened++;
      return false;
    };
    const groups = groupsBy("carer", [{ runs: day.carer, isGone }], names, { day: DAY });
    const first: ReviewVisit[] = groups.next().value![1];
    expect(opened).to.equal(10);
    const [was] = first.map(({ startMinute, index }) => `${startMinute} ${index}`);
    groups.next();
    expect(opened).to.equal(20);
    expect(first.map(({ startMinute, index }) => `${startMinute} ${index}`)[0]).not.to.equal(was);
  });

  it("of a place hold who was recorded there on a day on which somebody is new, once each", () => {
    fc.assert(
      fc.property(three, fc.array(fix, { minLength: 2, maxLength: 2 }), (lists, spots) => {
        const moved = lists.map((list) =>
          list.map((one, i) => ({
            ...one,
            serviceDay: DAY - (one.units % 3),
            placeIn: one.placeIn && spots[i % 2]!,
            placeOut: one.placeOut && spots[0]!,
          })),
        ) as typeof lists;
        const placesOf = ({ placeIn, placeOut, serviceDay }: ReviewVisit) =>
          [placeIn, placeOut].flatMap((place) => (place ? [`${serviceDay} ${place.lon} ${place.lat}`] : []));
        const ofToday = new Set(idsOf(moved[2]));
        const expected = grouped(moved.flat(), placesOf).filter(
          ([, list]) => list.length > 1 && list.some((one) => ofToday.has(one)),
        );
        const groups = new Map(byPlace(sortedByPlace(days(...threeDays(moved)))));
        for (const [name, list] of expected) {
          const place = name.slice(name.indexOf(" ") + 1);
          expect(groups.get(place)).to.include.members(list);
        }
        for (const [, list] of groups) expect(new Set(list).size).to.equal(list.length);
      }),
    );
  });

  it("of a place hold nobody of other places, but for numbers that fall together", () => {
    const spread = Array.from({ length: 5000 }, (_, i) =>
      visit(8, { placeIn: { lon: 121_000_000 + i, lat: 31_000_000, accuracyM: 5 }, placeOut: null }),
    );
    const alike = Array.from({ length: 3 }, () =>
      visit(8, { placeIn: { lon: 1, lat: 2, accuracyM: 5 }, placeOut: null }),
    );
    const groups = byPlace(sortedByPlace(days(stored([...spread, ...alike]))));
    expect(groups.find(([name]) => name === "1 2")![1]).to.have.members(idsOf(alike));
    expect(groups.length).to.be.lessThan(1500);
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
        const groups = byEvidence(sortedByEvidence(days(stored(today, DAY)), sharing));
        expect(sorted(groups.filter(([, list]) => list.length > 1))).to.deep.equal(sorted(expected));
      }),
    );
  });

  it("of evidence ask for many digests in parts, and tell of the past once what two parts share with it", () => {
    const old = visit(8, { day: DAY - 9, evidence: ["0x1"] });
    const visits = Array.from({ length: 6000 }, (_, i) =>
      visit(8, { carer: id(i % 50), evidence: [`0x${i}`, `0x${(i + 4500) % 6000}`] }),
    );
    const asked: number[] = [];
    const sharing = (digests: ReadonlySet<string>) => {
      asked.push(digests.size);
      return digests.has("0x1") ? [old] : [];
    };
    const groups = byEvidence(sortedByEvidence(days(stored(visits)), sharing));
    expect(asked.length).to.be.greaterThan(1);
    expect(Math.max(...asked)).to.be.lessThan(4200);
    expect(groups).to.have.length(6000);
    for (const [digest, list] of groups) expect(list).to.have.length(digest === "0x1" ? 3 : 2);
  });

  it("of a template hold the visits of the elders whose day adds up to it", () => {
    const today = stored([
      visit(8, { elder: id(11), priceFen: 1000 }),
      visit(9, { elder: id(11), priceFen: 2000, item: "bath" }),
      visit(8, { elder: id(12), priceFen: 3000, item: "bath" }),
      visit(8, { elder: id(13), priceFen: 3000, item: "bath" }),
    ]);
    const wanted = [`${DAY} 3000 bath`, `${DAY} 3000 bath+care`];
    const told: [string, string[]][] = [];
    for (const [name, list] of sortedByTemplate(days(today), wanted).groups((_, number) => [wanted[number]!]))
      told.push([name, list.map(({ elder }) => elder).sort()]);
    expect(told).to.deep.equal([
      [`${DAY} 3000 bath`, [id(12), id(13)]],
      [`${DAY} 3000 bath+care`, [id(11), id(11)]],
    ]);
  });
});
