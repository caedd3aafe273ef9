import { expect } from "chai";
import { mondayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import { withCreditCheck } from "../../core/id.ts";
import type { Home, ItemFacts, ReviewVisit, RuleEvent } from "../../core/rules/rule.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { seededRandom } from "../../scripts/dataset/random.ts";
import { type District, namedByDefinition } from "./definitions.ts";
import { Court, DAY, event, id, PROVIDER, visit, world } from "./reviewWorld.ts";

/** Rules that `definitions.ts` tells a second time. */
const RULES = [
  ...["R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13", "R14"],
  ...["R20", "R24", "R25", "R26", "R28", "R29", "R30", "R42"],
];
/** Of these no series is judged, which looks back at what was known at the time. */
const BY_THEMSELVES = ["R01", "R02", "R03", "R05", "R07", "R08", "R13", "R14", "R26", "R29"];
const DAYS = 45;
const CARERS = 16;
const ELDERS = 30;
const MINUTE = 60;

const item = (over: Partial<ItemFacts>): ItemFacts => ({
  ...{ unitMinutes: 30, minimumMinutes: 30, dailyCap: 0, minimumLevel: "", certificate: "", location: "home" },
  ...{ concurrentWith: [], traits: [] },
  ...over,
});
const ITEMS: Record<string, ItemFacts> = {
  care: item({}),
  bath: item({ unitMinutes: 60, minimumMinutes: 40, dailyCap: 2 }),
  nurse: item({ minimumMinutes: 20, concurrentWith: ["aide"] }),
  aide: item({ minimumMinutes: 20, concurrentWith: ["nurse"] }),
  walk: item({ unitMinutes: 60, location: "any" }),
  class: item({ unitMinutes: 60, location: "community" }),
  live: item({ unitMinutes: 60, minimumMinutes: 60, traits: ["live_in"] }),
  meal: item({ unitMinutes: 10, minimumMinutes: 5, traits: ["meal"] }),
};
const carerOf = (n: number) => id(100 + n);
const elderOf = (n: number) => id(200 + n);
/** Those whose shares are looked at. */
const IN_TIME = new Set([4, 5, 6, 8].map(carerOf));
const PROVIDERS = [PROVIDER, withCreditCheck("91310000MA1FL0000")] as const;

/** A dense district in which honest days and every kind of fault lie side by side, and many lie on each other. */
function makeDistrict(seed: number): District {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const between = (from: number, to: number) => from + below(to - from);
  const chance = (share: number) => random() < share;
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const homes: Record<string, Home> = {};
  for (let i = 0; i < ELDERS; i++) {
    // Every sixth lives with the one before.
    const spot = { lon: 121_400_000 + below(80_000), lat: 31_200_000 + below(80_000), household: `h${i}` };
    const shared = i % 6 === 5 ? homes[elderOf(i - 1)]! : spot;
    homes[elderOf(i)] = { ...spot, ...shared, area: i % 4 === 0 ? "rural" : "urban", account: "", guardian: false };
  }
  const owners: Record<string, string[]> = { common: [carerOf(0), carerOf(1)] };
  for (let i = 0; i < CARERS; i++) owners[`phone-${i}`] = [carerOf(i)];
  const visits: ReviewVisit[] = [];

  function add(carer: number, elder: number, code: string, day: number, minute: number, minutes: number): ReviewVisit {
    const startedAt = day * 86_400 + minute * MINUTE + below(60);
    const endedAt = startedAt + minutes * MINUTE + below(60);
    const home = homes[elderOf(elder)]!;
    const fix = () => {
      const far = chance(0.02) ? 9000 : 500;
      return { lon: home.lon + between(-far, far), lat: home.lat + between(-far, far), accuracyM: between(3, 30) };
    };
    const units = Math.max(1, Math.floor((minutes + 5) / ITEMS[code]!.unitMinutes));
    const made = visit(0, {
      ...{ startedAt, endedAt, serviceDay: day, provider: PROVIDERS[carer % 2]!, carer: carerOf(carer) },
      ...{ elder: elderOf(elder), item: code, sentAt: endedAt + between(60, 2400), device: `phone-${carer}` },
      ...{ placeIn: chance(0.02) ? null : fix(), placeOut: chance(0.02) ? null : fix(), mock: chance(0.005) },
      ...{ deviceStartedAt: startedAt + (chance(0.01) ? between(-600, 600) : 0), manual: chance(0.02) },
      ...{ bookedMinutes: units * ITEMS[code]!.unitMinutes, units, family: chance(0.08) ? "confirmed" : "none" },
    });
    if (chance(0.01)) Object.assign(made, { placeIn: null, placeOut: null, alternateProof: chance(0.3) });
    if (chance(0.01)) made.sentAt = endedAt + between(20, 50) * 3600;
    if (chance(0.02)) made.device = chance(0.5) ? "common" : `phone-${below(CARERS)}`;
    if (chance(0.005)) made.family = "denied";
    visits.push(made);
    return made;
  }

  const spot = { lon: 121_433_333, lat: 31_233_333, accuracyM: 8 };
  for (let day = DAY; day < DAY + DAYS; day++)
    for (let carer = 0; carer < CARERS; carer++) {
      if (chance(0.12)) continue;
      let minute = between(400, 520);
      const isLong = carer === 3 && chance(0.5);
      const count = chance(0.02) ? 17 : isLong ? 9 : between(2, 6);
      for (let i = 0; i < count; i++) {
        const elder = below(ELDERS);
        const code = carer === 2 ? "meal" : oneOf(["care", "bath", "nurse", "aide", "walk", "class", "care", "aide"]);
        const unit = ITEMS[code]!.unitMinutes;
        const usual = unit * oneOf([1, 1, 1, 2]) + below(9) + (isLong ? 60 : 0);
        const minutes = count === 17 ? between(12, 20) : chance(0.05) ? between(2, unit) : usual;
        const made = add(carer, elder, code, day, minute, minutes);
        if (carer === 4)
          Object.assign(made, { endedAt: made.startedAt + made.units * unit * MINUTE + between(-40, 40) });
        if (carer === 5) made.manual = chance(0.35);
        if (carer === 6) made.device = chance(0.85) ? "phone-7" : "phone-6";
        if (carer === 8) made.family = oneOf(["denied", "denied", "confirmed", "none"]);
        if (carer === 9 && i === 0) {
          made.startedAt = day * 86_400 + 600 * MINUTE + below(60);
          Object.assign(made, { endedAt: made.startedAt + 33 * MINUTE + below(80), startMinute: 600 });
        }
        if (carer === 10 && chance(0.2)) made.placeIn = spot;
        // A month that is handed in at its end.
        if (carer === 11) Object.assign(made, { alternateProof: true, day: Math.min(DAY + DAYS - 1, day + 15) });
        minute = Math.max(minute, made.startMinute) + minutes + between(3, 50);
        beside(made, carer, elder, code, day, minutes);
        if (minute > 1350) break;
      }
    }

  /** Now and then something lies beside a visit: a second carer, a part of it, another's elder, the same evidence. */
  function beside(made: ReviewVisit, carer: number, elder: number, code: string, day: number, minutes: number): void {
    const { startMinute: minute } = made;
    const other = (carer + 2) % CARERS;
    const kind = below(120);
    if (kind === 0) {
      const second = add(other, elder, code, day, minute, minutes);
      Object.assign(made, { group: made.id, twoCarer: true });
      Object.assign(second, { group: made.id, twoCarer: chance(0.8) });
    } else if (kind === 1)
      add(other, elder, code === "nurse" ? "aide" : oneOf([code, "care"]), day, minute + below(15), minutes);
    else if (kind === 2) add(carer, elder, code, day, minute + minutes + between(1, 25), between(8, 35));
    else if (kind === 3) add(carer, below(ELDERS), code, day, minute + Math.max(0, minutes - between(2, 30)), minutes);
    else if (kind === 4) {
      const digest = `sha256:${visits.length}`;
      for (const one of [made, oneOf(visits.slice(-300))]) one.evidence = [digest];
    } else if (kind === 5) oneOf(visits.slice(-30)).placeIn = made.placeIn;
  }
  for (const one of visits) {
    // A share is judged by what is known at the time: of these nothing comes later.
    if (IN_TIME.has(one.carer)) one.sentAt = one.endedAt + MINUTE;
    one.startMinute = Math.floor((one.startedAt % 86_400) / MINUTE);
    one.day = Math.max(one.day === DAY ? 0 : one.day, one.serviceDay, Math.floor(one.sentAt / 86_400));
  }
  return {
    visits,
    homes,
    items: ITEMS,
    owners,
    forTwo: new Set(["bath", "aide"]),
    events: eventsOf(below),
    monthOf,
    mondayOf,
  };
}

/** Each is known some days after it began; the people are told apart, so that no event hides another. */
function eventsOf(below: (n: number) => number): RuleEvent[] {
  const told = (kind: Parameters<typeof event>[0], subject: string, length: number | null): RuleEvent => {
    const from = DAY + 3 + below(25);
    const arrivedDay = from + below(12);
    return event(kind, subject, from, length === null ? null : from + length, { arrivedDay, official: below(2) === 0 });
  };
  return [
    told("death", elderOf(0), null),
    told("death", elderOf(1), null),
    told("hospital", elderOf(2), 6),
    told("institution", elderOf(3), 9),
    told("prison", elderOf(4), 2),
    told("leave", carerOf(12), 3),
    told("travel", carerOf(13), 4),
    told("other_job", carerOf(14), 0),
  ];
}

/** Visits that were received, and on which days which of them were corrected. */
interface Received {
  visits: readonly ReviewVisit[];
  replaced: ReadonlyMap<number, readonly ReviewVisit[]>;
}

/** One visit in twenty is corrected within two weeks: other times, another place, no evidence. What stands in the end is the district. */
function correct(d: District, seed: number): { district: District; received: Received } {
  const random = seededRandom(seed);
  const replaced = new Map<number, ReviewVisit[]>();
  const corrections: ReviewVisit[] = [];
  const gone = new Set<string>();
  for (const visit of d.visits) {
    if (random() > 0.05) continue;
    const day = visit.day + 1 + Math.floor(random() * 13);
    replaced.set(day, [...(replaced.get(day) ?? []), visit]);
    gone.add(visit.id);
    const startedAt = visit.startedAt + Math.floor(random() * 3600) - 1800;
    const endedAt = startedAt + Math.floor((visit.endedAt - visit.startedAt) * (0.8 + random() * 0.4));
    corrections.push({
      ...visit,
      ...{ id: visit.id.replace("01900000", "01910000"), day, startedAt, endedAt, replaces: visit.id },
      ...{ serviceDay: Math.floor(startedAt / 86_400), startMinute: Math.floor((startedAt % 86_400) / MINUTE) },
      ...(random() < 0.3 ? { placeIn: null, evidence: [] } : {}),
    });
  }
  const visits = [...d.visits, ...corrections];
  const district = { ...d, visits: visits.filter(({ id: own }) => !gone.has(own)) };
  return { district, received: { visits, replaced } };
}

/** The district reviewed day by day, as it would have been at the time; what nobody took back by its end. */
function namedByReviews(
  d: District,
  { visits, replaced }: Received = { visits: d.visits, replaced: new Map() },
  options: { rescan?: boolean } = {},
): Map<string, Set<string>> {
  const set = defaultRuleSet();
  const known: RuleEvent[] = [];
  const w = world({ homes: { ...d.homes }, items: { ...d.items }, events: known });
  for (const [device, carers] of Object.entries(d.owners)) w.owners[device] = [...carers];
  for (const code of d.forTwo) w.plans[code] = { units: 100, carers: 2 };
  const court = new Court(w, {
    ...options,
    set: { ...set, rules: set.rules.filter((rule) => RULES.includes(rule.id)) },
  });
  const byDay = Map.groupBy(visits, (one) => one.day);
  for (let day = DAY; day <= Math.max(...byDay.keys()); day++) {
    const news = d.events.filter(({ arrivedDay }) => arrivedDay === day);
    known.push(...news);
    court.review(day, { visits: byDay.get(day) ?? [], news, replaced: replaced.get(day) ?? [] });
  }
  const { standing } = court.past;
  const fallen = new Set(standing.map(({ withdraws }) => withdraws));
  const stands = new Set(d.visits.map(({ id: own }) => own));
  const named = new Map<string, Set<string>>();
  for (const { id: own, rule, withdraws, subjects } of standing) {
    if (withdraws !== "" || fallen.has(own)) continue;
    const ids = named.get(rule) ?? new Set<string>();
    named.set(rule, ids);
    for (const subject of subjects) if (stands.has(subject)) ids.add(subject);
  }
  return named;
}

/** What one of two names and the other does not, by rule; nothing where they are the same. */
function differing(found: Map<string, Set<string>>, expected: Map<string, Set<string>>) {
  return RULES.flatMap((rule) => {
    const [a, b] = [found.get(rule) ?? new Set<string>(), expected.get(rule) ?? new Set<string>()];
    const [missed, more] = [[...b.difference(a)], [...a.difference(b)]];
    return missed.length + more.length === 0 ? [] : [{ rule, missed, more }];
  });
}

describe("rules: by their definitions, over whole districts", () => {
  for (const seed of [1, 2, 3])
    it(`name the same visits day by day as all at once, each of ${RULES.length} rules some: seed ${seed}`, () => {
      const district = makeDistrict(seed);
      const found = namedByReviews(district);
      expect(differing(found, namedByDefinition(district))).to.deep.equal([]);
      expect([...found.keys()].sort()).to.deep.equal(RULES);
    });
  it("name the same by summaries as when the whole past is read", () => {
    const district = makeDistrict(4);
    const read = namedByReviews(district, undefined, { rescan: true });
    expect(differing(namedByReviews(district), read)).to.deep.equal([]);
  });
  it("name of what was corrected only what stands, where visits are named for themselves or for each other", () => {
    for (const seed of [5, 6, 7]) {
      const { district, received } = correct(makeDistrict(seed), seed);
      expect(received.replaced.size).to.be.greaterThan(10);
      const named = differing(namedByReviews(district, received), namedByDefinition(district));
      expect(named.filter(({ rule }) => BY_THEMSELVES.includes(rule))).to.deep.equal([]);
    }
  });
});
