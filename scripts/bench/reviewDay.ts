import { uuidv7, withCreditCheck } from "../../core/id.ts";
import type { Past } from "../../core/rules/engine.ts";
import type { Home, ItemFacts, ReviewVisit, RuleBook } from "../../core/rules/rule.ts";
import { seededRandom } from "../dataset/random.ts";

/** A large district in memory: ten visits a carer and day, one carer in a thousand in two places at once. */
export const OFFSET = 480;
const DAY = 86_400;
const VISITS_A_CARER = 10;
const PROVIDERS = 50;
const ITEM: ItemFacts = {
  unitMinutes: 30,
  minimumMinutes: 30,
  dailyCap: 0,
  minimumLevel: "",
  certificate: "",
  location: "home",
  concurrentWith: [],
  traits: [],
};

const providers = Array.from({ length: PROVIDERS }, (_, i) => withCreditCheck(`52310105MJ${4_000_000 + i}`));
const idOf = (kind: number, n: number): string => {
  const tail = new Uint8Array(10);
  new DataView(tail.buffer).setUint32(6, n);
  return uuidv7(kind * 1000, tail);
};
/** Carers are of kind 2, elders of kind 3. */
const personOf = idOf;
const homeOf = (n: number): Home => ({
  lon: 121_000_000 + (n % 1000) * 900,
  lat: 31_000_000 + Math.floor(n / 1000) * 900,
  area: "urban",
  household: `h${n}`,
  account: "",
  guardian: false,
});

/** So many visits of one day, in the order in which they are received. Ten elders of a carer live side by side. */
export function* visitsOfDay(count: number, day: number): Generator<ReviewVisit> {
  const random = seededRandom(day);
  const near = (value: number) => value + Math.floor(random() * 120) - 60;
  for (let i = 0; i < count; i++) {
    const [carer, turn] = [Math.floor(i / VISITS_A_CARER), i % VISITS_A_CARER];
    const home = homeOf(i);
    const twice = carer % 1000 === 0 && turn === 5;
    const start = day * DAY - OFFSET * 60 + (8 * 60 + turn * 50 - (twice ? 45 : 0)) * 60 + Math.floor(random() * 240);
    const end = start + 28 * 60 + Math.floor(random() * 300);
    const fix = () => ({ lon: near(home.lon), lat: near(home.lat), accuracyM: 10 });
    yield {
      id: idOf(1_000_000 + day, i),
      day,
      index: i,
      provider: providers[carer % PROVIDERS]!,
      carer: personOf(2, carer),
      elder: personOf(3, i),
      item: "care",
      startedAt: start,
      endedAt: end,
      serviceDay: day,
      startMinute: Math.floor((start + OFFSET * 60 - day * DAY) / 60),
      sentAt: end + 60,
      replaces: null,
      placeIn: fix(),
      placeOut: fix(),
      device: phoneOf(carer),
      deviceStartedAt: start,
      mock: false,
      evidence: [],
      bookedMinutes: 30,
      units: 1,
      priceFen: 3000,
      manual: random() < 0.02,
      reason: "",
      group: "",
      twoCarer: false,
      alternateProof: false,
      family: random() < 0.1 ? "confirmed" : "none",
    };
  }
}
export const dayOfVisits = (count: number, day: number): ReviewVisit[] => [...visitsOfDay(count, day)];

const phoneOf = (carer: number): string => `phone-${carer}`;

const NONE: ReadonlySet<string> = new Set();
/** The registry of that district, out of the pseudonyms' own numbers: it takes no memory, so that what is measured is the review's. */
export function districtBook(): RuleBook {
  let last = { device: "", owners: NONE };
  return {
    home: (elder) => homeOf(Number.parseInt(elder.slice(-8), 16)),
    places: () => [],
    hasOwnPlace: () => false,
    item: (code) => (code === "care" ? ITEM : null),
    planOf: ({ elder }) => ({ id: elder, units: 4, period: "day", carers: 1 }),
    wasPlanned: () => true,
    keepsPlans: () => true,
    keepsAssessments: () => false,
    unitPriceFen: () => 3000,
    level: () => null,
    certificates: () => [],
    ownersOf(device) {
      if (device !== last.device) last = { device, owners: new Set([personOf(2, Number(device.slice(6)))]) };
      return last.owners;
    },
    events: () => [],
    allowance: () => "not_enrolled",
    terms: () => null,
    enrolments: () => [],
    lastAssessed: () => null,
    isProviderAccount: () => false,
    tiesOf: () => NONE,
    outage: () => false,
  };
}

/** The days before, in memory. */
export function pastOf(days: readonly (readonly ReviewVisit[])[]): Past {
  const none: never[] = [];
  return {
    *visits(key, keys, fromDay, beforeDay) {
      for (const list of days)
        for (const visit of list)
          if (visit.serviceDay >= fromDay && visit.day < beforeDay && keys.has(visit[key])) yield visit;
    },
    *withEvidence(digests, beforeDay) {
      for (const list of days)
        for (const visit of list)
          if (visit.day < beforeDay && visit.evidence.some((digest) => digests.has(digest))) yield visit;
    },
    lastSeen: () => new Map(),
    served: () => new Map(),
    entitlementsOf: () => none,
    corrected: () => false,
    blocked: () => false,
    naming: () => none,
    restingOn: () => none,
  };
}
