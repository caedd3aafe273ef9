import type { Fix, Home, ItemFacts, ReviewVisit, RuleEvent } from "../../core/rules/rule.ts";

/**
 * What the rules' table says, a second time and the slow way: over all visits of a district at once, by great circles and
 * floating point, with no summaries, windows of reviews or groups. It shares nothing with `core/rules` but types.
 */
export interface District {
  visits: readonly ReviewVisit[];
  homes: Readonly<Record<string, Home>>;
  items: Readonly<Record<string, ItemFacts>>;
  /** Carers to whom a device is registered. */
  owners: Readonly<Record<string, readonly string[]>>;
  /** Items that are planned for two carers. */
  forTwo: ReadonlySet<string>;
  events: readonly RuleEvent[];
  monthOf: (day: number) => number;
  mondayOf: (day: number) => number;
}

type Named = Map<string, Set<string>>;
type Visits = readonly ReviewVisit[];
const HOUR = 3600;

const lasted = (visit: ReviewVisit) => visit.endedAt - visit.startedAt;
const fixesOf = ({ placeIn, placeOut }: ReviewVisit) => [placeIn, placeOut].filter((fix) => fix !== null);
const days = (visits: Visits) => new Set(visits.map(({ serviceDay }) => serviceDay));
const groups = <K>(visits: Visits, key: (visit: ReviewVisit) => K) => [...Map.groupBy(visits, key)];
/** Every window of so many days that ends with one of the visits' days. */
const windows = (visits: Visits, length: number) =>
  [...days(visits)].map((last) => visits.filter(({ serviceDay: day }) => day <= last && day > last - length));

function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const [lat, other, turn] = [a.lat, b.lat, b.lon - a.lon].map((micro) => ((micro / 1e6) * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const half = Math.sin((other - lat) / 2) ** 2 + Math.cos(lat) * Math.cos(other) * Math.sin(turn / 2) ** 2;
  // Rules speak of whole metres.
  return Math.floor(2 * 6_371_008.8 * Math.asin(Math.sqrt(half)));
}

/** Ids of the visits that each rule names. */
export function namedByDefinition(d: District): Named {
  const named: Named = new Map();
  const name = (rule: string, visits: Visits) => {
    const ids = named.get(rule) ?? new Set<string>();
    named.set(rule, ids);
    for (const { id } of visits) ids.add(id);
  };
  const item = (visit: ReviewVisit) => d.items[visit.item]!;
  const home = (visit: ReviewVisit) => d.homes[visit.elder]!;
  const pairs = (visits: Visits, isFault: (a: ReviewVisit, b: ReviewVisit) => boolean, rule: string) => {
    for (const a of visits) for (const b of visits) if (a.id < b.id && isFault(a, b)) name(rule, [a, b]);
  };
  const overlap = (a: ReviewVisit, b: ReviewVisit) =>
    Math.min(a.endedAt, b.endedAt) - Math.max(a.startedAt, b.startedAt);
  const isPlannedPair = (a: ReviewVisit, b: ReviewVisit) =>
    a.group !== "" && a.group === b.group && [a, b].every((one) => one.twoCarer && d.forTwo.has(one.item));
  const mayGoTogether = (a: ReviewVisit, b: ReviewVisit) =>
    a.item !== b.item && item(a).concurrentWith.includes(b.item) && item(b).concurrentWith.includes(a.item);
  const fenceM = (visit: ReviewVisit) => (home(visit).area === "rural" ? 300 : 150);
  const isNear = (visit: ReviewVisit, fix: Fix) => metresBetween(home(visit), fix) - fix.accuracyM <= fenceM(visit);
  const isAtHome = (visit: ReviewVisit) =>
    fixesOf(visit).length === 0 || fixesOf(visit).some((fix) => isNear(visit, fix));
  const isForeign = ({ device, carer }: ReviewVisit) =>
    (d.owners[device] ?? []).length > 0 && !d.owners[device]!.includes(carer);

  for (const visit of d.visits) {
    const fixes = fixesOf(visit);
    const isOff = fixes.some((fix) => !isNear(visit, fix));
    if (item(visit).location === "home" && isOff) name("R05", [visit]);
    if (visit.mock || (fixes.length === 0 && !visit.alternateProof && visit.family !== "confirmed"))
      name("R06", [visit]);
    if (lasted(visit) < 0.8 * 60 * Math.max(visit.bookedMinutes, item(visit).minimumMinutes)) name("R08", [visit]);
    if (visit.family === "denied") name("R28", [visit]);
    const isLate = visit.sentAt - visit.endedAt > 24 * HOUR && !visit.alternateProof;
    const skew = Math.abs((visit.deviceStartedAt ?? visit.startedAt) - visit.startedAt);
    if (isLate || skew > 300 || visit.endedAt - visit.sentAt > 300) name("R42", [visit]);
    for (const event of d.events) told(event, visit);
  }

  /** R13, R14 and R29, of events known to the day. */
  function told(event: RuleEvent, visit: ReviewVisit): void {
    const { serviceDay: day } = visit;
    const within = day >= event.fromDay && (event.toDay === null || day <= event.toDay);
    if (event.subject === visit.carer && within) name("R29", [visit]);
    if (event.subject !== visit.elder) return;
    if (event.type === "death") {
      if (day > event.fromDay) name("R14", [visit]);
    } else if (within && (item(visit).location === "home" || (item(visit).location === "any" && isAtHome(visit))))
      name("R13", [visit]);
  }

  for (const [carer, own] of groups(d.visits, (visit) => visit.carer)) {
    pairs(own, (a, b) => a.elder !== b.elder && overlap(a, b) > 300 && !isTogether(a, b), "R01");
    for (const visit of own) {
      const before = own.filter((one) => one !== visit && one.endedAt <= visit.startedAt);
      const last = before.toSorted((a, b) => b.endedAt - a.endedAt || b.startedAt - a.startedAt)[0];
      if (last && isImpossible(last, visit)) name("R04", [last, visit]);
    }
    for (const place of new Set(own.flatMap(fixesOf).map(({ lon, lat }) => `${lon}/${lat}`))) {
      const there = own.filter((visit) => fixesOf(visit).some(({ lon, lat }) => `${lon}/${lat}` === place));
      for (const window of windows(there, 30)) if (days(window).size >= 4) name("R06", window);
    }
    const counted = own.filter((visit) => !item(visit).traits.includes("live_in"));
    const hours = (visits: Visits) => visits.reduce((sum, visit) => sum + lasted(visit), 0) / HOUR;
    for (const [, ofDay] of groups(counted, (visit) => visit.serviceDay)) if (hours(ofDay) > 12) name("R09", ofDay);
    for (const [, week] of groups(counted, (visit) => d.mondayOf(visit.serviceDay)))
      if (hours(week) > 60) name("R09", week);
    for (const [, ofDay] of groups(own, (visit) => visit.serviceDay))
      if (ofDay.filter((visit) => !item(visit).traits.includes("meal")).length >= 16) name("R10", ofDay);
    for (const [, alike] of groups(own, (visit) => visit.startMinute))
      for (const window of windows(alike, 14))
        for (const one of window) {
          const series = window.filter((other) => Math.abs(lasted(other) - lasted(one)) <= 60);
          if (days(series).size >= 10) name("R11", series);
        }
    for (const window of windows(own, 30)) {
      const last = Math.max(...days(window));
      if (window.length >= 30 && share(window, isExact) > 0.8 && isRare(carer, own[0]!.provider, last))
        name("R12", window);
      if (window.length >= 5 && days(window).size >= 2 && share(window, isForeign) >= 0.8) name("R24", window);
      const answers = window.filter(({ family }) => family !== "none");
      const denied = answers.filter(({ family }) => family === "denied");
      if (answers.length >= 20 && denied.length > answers.length / 2) name("R28", denied);
    }
    for (const [, month] of groups(own, (visit) => d.monthOf(visit.serviceDay)))
      for (const last of days(month)) {
        const upTo = month.filter(({ serviceDay }) => serviceDay <= last);
        if (upTo.length >= 20 && share(upTo, ({ manual }) => manual) > 0.2) name("R30", upTo);
      }
  }

  function isTogether(a: ReviewVisit, b: ReviewVisit): boolean {
    return (a.group !== "" && a.group === b.group) || home(a).household === home(b).household;
  }
  function isImpossible(from: ReviewVisit, to: ReviewVisit): boolean {
    const [start, end] = [fixesOf(from).at(-1), fixesOf(to)[0]];
    if (!start || !end) return false;
    const metres = metresBetween(start, end) - start.accuracyM - end.accuracyM;
    const seconds = to.startedAt - from.endedAt;
    return seconds === 0 ? metres > 2000 : metres > 1000 && metres / seconds > 60 / 3.6;
  }
  function share(visits: Visits, is: (visit: ReviewVisit) => boolean): number {
    return visits.filter(is).length / visits.length;
  }
  function isExact(visit: ReviewVisit): boolean {
    const minutes = lasted(visit) / 60;
    const unit = item(visit).unitMinutes;
    return Math.abs(minutes - unit * Math.max(1, Math.round(minutes / unit))) <= 1;
  }
  /** Whether the provider's other carers are seldom as exact: less than 30 % in the median. */
  function isRare(carer: string, provider: string, last: number): boolean {
    const others = d.visits.filter(
      (one) => one.provider === provider && one.carer !== carer && one.serviceDay <= last && one.serviceDay > last - 30,
    );
    const shares = groups(others, (one) => one.carer)
      .map(([, visits]) => share(visits, isExact))
      .sort((a, b) => a - b);
    const middle = [shares[(shares.length - 1) >> 1], shares[shares.length >> 1]] as [number, number];
    return shares.length > 0 && (middle[0] + middle[1]) / 2 < 0.3;
  }

  for (const [, own] of groups(d.visits, (visit) => visit.elder)) {
    const others = (a: ReviewVisit, b: ReviewVisit) => !isPlannedPair(a, b) && !mayGoTogether(a, b);
    pairs(own, (a, b) => a.carer !== b.carer && overlap(a, b) > 600 && others(a, b), "R02");
    const isTwice = (a: ReviewVisit, b: ReviewVisit) =>
      a.item === b.item && Math.abs(a.startedAt - b.startedAt) <= 600 && !isPlannedPair(a, b);
    pairs(own, isTwice, "R03");
    for (const [, same] of groups(own, (visit) => `${visit.carer} ${visit.item}`)) parts(same);
  }
  /** R20: visits that follow one another, each too short or within the cap, not so together. */
  function parts(same: Visits): void {
    const chains: ReviewVisit[][] = [];
    for (const visit of same.toSorted((a, b) => a.startedAt - b.startedAt)) {
      const gap = visit.startedAt - (chains.at(-1)?.at(-1)?.endedAt ?? Number.NEGATIVE_INFINITY);
      if (gap >= 0 && gap < 20 * 60) chains.at(-1)!.push(visit);
      else chains.push([visit]);
    }
    for (const chain of chains.filter(({ length }) => length > 1)) {
      const { minimumMinutes, unitMinutes, dailyCap } = item(chain[0]!);
      const [units, seconds] = [
        chain.reduce((n, one) => n + one.units, 0),
        chain.reduce((n, one) => n + lasted(one), 0),
      ];
      const short = chain.every((one) => lasted(one) < minimumMinutes * 60);
      const capped = dailyCap > 0 && units > dailyCap && chain.every((one) => one.units <= dailyCap);
      // Each part rounds up to a unit of its own, which one stay of the same minutes would not give.
      const rounded =
        chain.every((one) => lasted(one) < unitMinutes * 60) && units > Math.floor((seconds / 60 + 5) / unitMinutes);
      if (short || capped || rounded) name("R20", chain);
    }
  }

  for (const [device, own] of groups(d.visits, (visit) => visit.device)) {
    const owners = d.owners[device] ?? [];
    for (const window of device === "" ? [] : windows(own, 7)) {
      const carers = new Set(window.map(({ carer }) => carer));
      // Registered as shared: those to whom it is registered do not count.
      if (owners.length >= 2) for (const owner of owners) carers.delete(owner);
      if (carers.size >= 3) name("R25", window);
    }
    for (const visit of device === "" ? [] : own) if (isTakenOver(visit, own)) name("R24", [visit]);
  }
  /** Whether a colleague with the same phone had 95 % of the month's 174 hours before, by what was known. */
  function isTakenOver({ device, carer, day, serviceDay }: ReviewVisit, ofDevice: Visits): boolean {
    const isKnown = (one: ReviewVisit) => one.day <= day && d.monthOf(one.serviceDay) >= d.monthOf(serviceDay);
    const colleagues = new Set([...(d.owners[device] ?? []), ...ofDevice.filter(isKnown).map((one) => one.carer)]);
    if (d.owners[device]?.includes(carer)) return false;
    colleagues.delete(carer);
    return [...colleagues].some((colleague) => {
      const isTheirs = (one: ReviewVisit) => one.carer === colleague && one.serviceDay <= serviceDay && isKnown(one);
      const counted = d.visits.filter((one) => isTheirs(one) && !item(one).traits.includes("live_in"));
      return counted.reduce((sum, one) => sum + lasted(one), 0) >= 0.95 * 174 * HOUR;
    });
  }
  for (const [, ofDay] of groups(d.visits, (visit) => visit.serviceDay))
    pairs(
      ofDay.filter((visit) => item(visit).location === "home"),
      (a, b) =>
        metresBetween(home(a), home(b)) > 200 &&
        fixesOf(a).some((one) => fixesOf(b).some((other) => one.lon === other.lon && one.lat === other.lat)),
      "R07",
    );
  for (const digest of new Set(d.visits.flatMap(({ evidence }) => evidence))) {
    const with_ = d.visits.filter(({ evidence }) => evidence.includes(digest));
    if (with_.length > 1) name("R26", with_);
  }
  return named;
}
