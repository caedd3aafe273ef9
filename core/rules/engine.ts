import { RULES, ruleOf } from "./catalogue.ts";
import { groupedBy, once } from "./grouping.ts";
import { keyFault } from "./r41InvalidKey.ts";
import {
  type At,
  byBeginning,
  type Finding,
  type FundDay,
  type Group,
  KEYS,
  type Key,
  type ReviewAct,
  type ReviewEntitlement,
  type ReviewVisit,
  type Rule,
  type RuleBook,
  type RuleEvent,
} from "./rule.ts";
import { modeOn, type RuleSet, severityUnder } from "./ruleSet.ts";
import { Summaries, TAIL_DAYS, WINDOW_DAYS } from "./summaries.ts";
import { bounded, inOrder, type Standing, type VerdictContent } from "./verdict.ts";

/** Who was idle for so long is still seen with the window that ended before. */
const IDLE_DAYS = 7;

/** Storage enters here: what stands in the log before the reviewed day. */
export interface Past {
  /** Visits of these keys served from `fromDay` on, received before `beforeDay`, not corrected since. */
  visits(
    key: "carer" | "elder" | "provider",
    keys: ReadonlySet<string>,
    fromDay: number,
    beforeDay: number,
  ): Iterable<ReviewVisit>;
  /** Earlier visits that carry any of these digests, received before the day. */
  withEvidence(digests: ReadonlySet<string>, beforeDay: number): Iterable<ReviewVisit>;
  /** The last day of service of each elder who was served from `fromDay` on. */
  lastSeen(fromDay: number): ReadonlyMap<string, number>;
  /** Seconds of service by provider in a month (year · 100 + month), of visits received up to a day. */
  served(month: number, upToDay: number): ReadonlyMap<string, number>;
  entitlementsOf(elders: ReadonlySet<string>): Iterable<ReviewEntitlement>;
  /** Standing verdicts. */
  blocked(visit: string): boolean;
  naming(entries: ReadonlySet<string>): Iterable<Standing>;
  restingOn(feeds: ReadonlySet<string>): Iterable<Standing>;
}

/** Everything that one day of the log brought, as rules read it. */
export interface DayOfLog {
  day: number;
  /** Visits that stand at the end of the day. */
  visits: readonly ReviewVisit[];
  /** Visits of earlier days that were corrected on this one. */
  replaced: readonly ReviewVisit[];
  /** Feeds that arrived, and the ids of those that were taken back. */
  news: readonly RuleEvent[];
  retracted: readonly string[];
  /** New ones, and those of the same months. */
  entitlements: readonly ReviewEntitlement[];
  acts: readonly ReviewAct[];
  fundDays: readonly FundDay[];
}

export const emptyDay = (day: number): DayOfLog => ({
  day,
  visits: [],
  replaced: [],
  news: [],
  retracted: [],
  entitlements: [],
  acts: [],
  fundDays: [],
});

interface Ruled {
  rule: Rule;
  at: At;
}
interface Judged {
  rule: Rule;
  finding: Finding;
}

const keyOf: Record<Exclude<Key, "region">, (visit: ReviewVisit) => string> = {
  carer: ({ carer }) => carer,
  elder: ({ elder }) => elder,
  device: ({ device }) => device,
  provider: ({ provider }) => provider,
};

/**
 * Reviews a region's days in order. One pass for each key over what arrived, with what was kept of the days before: the
 * last two days whole, summaries of the window, and of the past only those groups whose summaries say that it matters.
 */
export class Reviewer {
  readonly #past: Past;
  readonly #rules: readonly Rule[];
  readonly #set: RuleSet;
  readonly #summaries: Summaries;
  readonly #rescan: boolean;
  #tail: ReviewVisit[][] = [];

  /** `rescan` reads every group's past whatever the summaries say: slow, and must find the same. */
  constructor(set: RuleSet, past: Past, options: { rescan?: boolean } = {}) {
    this.#past = past;
    this.#set = set;
    this.#rescan = options.rescan ?? false;
    this.#rules = RULES.filter(({ id }) => set.rules.some((setting) => setting.id === id));
    const fence = set.rules.find(({ id }) => id === "R05")?.params ?? {};
    this.#summaries = new Summaries({ urbanM: fence["urbanM"] ?? 150, ruralM: fence["ruralM"] ?? 300 });
  }

  /** Takes a day into the summaries without judging it: what was reviewed before this reviewer was made. */
  skip(input: DayOfLog, book: RuleBook): void {
    this.#end(this.#begin(input, book).visits);
  }

  /** The day's verdicts, in the order of the rules and of their subjects. */
  review(input: DayOfLog, book: RuleBook): VerdictContent[] {
    const { visits, byCarer, byElder } = this.#begin(input, book);
    const blocked = new Set<string>();
    const judged: Judged[] = this.#badKeys(input, book);
    const cleared = new Map<string, string[]>();
    // Asked of the whole region once, however many groups ask.
    const served = once((month) => this.#past.served(month, input.day));
    const lastSeen = once((fromDay) => this.#past.lastSeen(fromDay));
    const base = { day: input.day, book, summaries: this.#summaries, served, lastSeen };
    const isBlocked = (visit: string) => blocked.has(visit) || this.#past.blocked(visit);
    const rulesOf = (key: Key) =>
      this.#rules
        .filter((rule) => rule.key === key && rule.id !== "R41" && this.#mode(rule, input.day))
        .map((rule) => ({ rule, at: { ...base, params: this.#paramsOf(rule), blocked: isBlocked } }));
    const later: [Group, Ruled][] = [];
    const judge = (group: Group, { rule, at }: Ruled) => {
      for (const finding of rule.judge(group, at)) judged.push({ rule, finding });
      const clears = rule.clears?.(group, at) ?? [];
      if (clears.length > 0) cleared.set(rule.id, [...(cleared.get(rule.id) ?? []), ...clears]);
    };
    const lists: Partial<Record<Key, Map<string, ReviewVisit[]>>> = { carer: byCarer, elder: byElder };
    for (const key of KEYS) {
      const rules = rulesOf(key);
      if (rules.length === 0) continue;
      const last = rules.filter(({ rule }) => rule.last);
      for (const group of this.#groups(key, input, visits, lists[key], rules)) {
        for (const ruled of rules)
          if (!ruled.rule.last && group.visits.length >= (ruled.rule.least ?? 0)) judge(group, ruled);
        for (const ruled of last) later.push([group, ruled]);
      }
    }
    for (const { rule, finding } of judged)
      if (severityUnder(this.#mode(rule, input.day)!, finding.severity) === "block")
        for (const subject of finding.subjects) blocked.add(subject);
    for (const [group, ruled] of later) judge(group, ruled);
    this.#end(visits);
    return this.#told(input, judged, cleared);
  }

  #mode(rule: Rule, day: number) {
    return modeOn(this.#set, rule.id, day);
  }

  #paramsOf({ id, params }: Rule): Record<string, number> {
    const given = this.#set.rules.find((setting) => setting.id === id)!.params;
    return Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, given[name] ?? value]));
  }

  /** Visits whose keys are keys: the others reach no statistics. */
  #usable({ visits }: DayOfLog, book: RuleBook): ReviewVisit[] {
    return visits.filter((visit) => keyFault(visit, book.item(visit.item, visit.serviceDay) !== null) === null);
  }

  #badKeys({ day, visits }: DayOfLog, book: RuleBook): Judged[] {
    const rule = ruleOf("R41");
    if (!this.#rules.includes(rule) || !this.#mode(rule, day)) return [];
    const none = () => new Map<string, number>();
    const at: At = {
      day,
      book,
      summaries: this.#summaries,
      params: {},
      blocked: () => false,
      served: none,
      lastSeen: none,
    };
    const group = { key: "", visits, news: [], entitlements: [], acts: [], fundDays: [] };
    return rule.judge(group, at).map((finding) => ({ rule, finding }));
  }

  /** Takes a day's visits into the summaries, and lets go of those that they correct. */
  #begin(input: DayOfLog, book: RuleBook) {
    const { day, replaced } = input;
    const visits = this.#usable(input, book);
    const grouped = { byCarer: groupedBy(visits, keyOf.carer), byElder: groupedBy(visits, keyOf.elder) };
    const gone = new Set(replaced.map(({ id }) => id));
    if (gone.size > 0) this.#tail = this.#tail.map((list) => list.filter(({ id }) => !gone.has(id)));
    this.#summaries.add(day, grouped, replaced, book);
    return { visits, ...grouped };
  }

  #end(visits: ReviewVisit[]): void {
    this.#summaries.endDay();
    this.#tail.push(visits);
    if (this.#tail.length > TAIL_DAYS) this.#tail.shift();
  }

  /** Log days whose visits are kept whole begin here. */
  #tailFrom(day: number): number {
    return day - this.#tail.length;
  }

  #groups(
    key: Key,
    input: DayOfLog,
    visits: readonly ReviewVisit[],
    grouped: Map<string, ReviewVisit[]> | undefined,
    rules: readonly Ruled[],
  ): Group[] {
    if (key === "region") return [this.#region(input, visits)];
    const groups = this.#grouped(key, input, grouped ?? concerned(key, visits, rules));
    const wanted = new Map<string, [from: number, group: Joined]>();
    for (const group of groups) {
      const from = this.#pastFrom(group, input.day, rules);
      if (from !== null) wanted.set(group.key, [from, group]);
    }
    if (wanted.size > 0) this.#fetch(key, wanted, input.day, rules[0]!.at);
    return groups;
  }

  #region(input: DayOfLog, visits: readonly ReviewVisit[]): Group {
    const digests = new Set<string>();
    for (const { evidence } of visits) for (const digest of evidence) digests.add(digest);
    const tail = this.#tail.flat();
    const near = new Set(digests.size === 0 ? [] : tail.map(({ id }) => id));
    const sharing = digests.size === 0 ? [] : this.#past.withEvidence(digests, input.day);
    // In the order of the log: whoever tells of several of them puts these in order.
    const all = [...[...sharing].filter(({ id }) => !near.has(id)), ...tail, ...visits];
    const { entitlements, acts, fundDays } = input;
    return { key: "", visits: all, news: [], entitlements, acts, fundDays };
  }

  #grouped(key: Exclude<Key, "region">, input: DayOfLog, lists: Map<string, ReviewVisit[]>): Joined[] {
    const name = keyOf[key];
    const isPerson = key === "elder" || key === "carer";
    const news = isPerson ? Map.groupBy(input.news, ({ subject }) => subject) : NOBODY;
    const entitlements = key === "elder" ? this.#entitlements(input) : NOBODY;
    // Whoever was not visited that day may still be told of.
    for (const own of [...news.keys(), ...entitlements.keys()]) if (!lists.has(own)) lists.set(own, []);
    // A provider's rules look at single visits, or at a past that is fetched.
    if (key !== "provider") {
      const joined = new Set<ReviewVisit[]>();
      for (const list of this.#tail)
        for (const visit of list) {
          const own = lists.get(name(visit));
          if (own) joined.add(own);
          own?.push(visit);
        }
      for (const own of joined) own.sort(byBeginning);
    }
    const groups: Joined[] = [];
    for (const [own, visits] of lists)
      if (own !== "")
        groups.push({
          key: own,
          visits,
          news: news.get(own) ?? NOTHING,
          entitlements: entitlements.get(own) ?? NOTHING,
          acts: NOTHING,
          fundDays: NOTHING,
        });
    return groups;
  }

  /** All allowances of elders who got a new one, or of whom something was told. */
  #entitlements({ day, entitlements, news }: DayOfLog): Map<string, ReviewEntitlement[]> {
    const touched = new Set(news.map(({ subject }) => subject));
    for (const one of entitlements) if (one.day === day) touched.add(one.elder);
    return Map.groupBy(touched.size === 0 ? [] : this.#past.entitlementsOf(touched), ({ elder }) => elder);
  }

  /** First day of service of the past that a group needs; null when what is at hand is enough. */
  #pastFrom(group: Group, day: number, rules: readonly Ruled[]): number | null {
    let from: number | null = null;
    const need = (first: number) => {
      from = Math.min(from ?? first, first);
    };
    for (const { rule, at } of rules)
      if (this.#rescan || rule.needsPast?.(group, at)) need(day - Math.max(rule.windowDays, WINDOW_DAYS - IDLE_DAYS));
    for (const event of group.news) need(event.fromDay - 1);
    for (const visit of group.visits)
      if (visit.day === day && visit.serviceDay < day - 1) need(Math.min(visit.serviceDay - 8, day - WINDOW_DAYS));
    return from;
  }

  #fetch(
    key: Exclude<Key, "region">,
    wanted: ReadonlyMap<string, readonly [from: number, group: Joined]>,
    day: number,
    at: At,
  ): void {
    let first = day;
    for (const [from] of wanted.values()) first = Math.min(first, from);
    const before = key === "provider" ? day : this.#tailFrom(day);
    const names = key === "device" ? carersOf(wanted, at.summaries) : new Set(wanted.keys());
    const touched = new Set<Joined>();
    for (const visit of this.#past.visits(key === "device" ? "carer" : key, names, first, before)) {
      const [from, group] = wanted.get(keyOf[key](visit)) ?? [];
      if (from === undefined || !group || visit.serviceDay < from) continue;
      group.visits.push(visit);
      touched.add(group);
    }
    for (const group of touched) group.visits.sort(byBeginning);
  }

  /** Findings under the modes of the day, and what falls of what was said before. */
  #told(input: DayOfLog, judged: readonly Judged[], cleared: ReadonlyMap<string, readonly string[]>): VerdictContent[] {
    const found = judged.map(
      ({ rule, finding }): VerdictContent => ({
        rule: rule.id,
        version: rule.version,
        severity: severityUnder(this.#mode(rule, input.day)!, finding.severity),
        rated: finding.severity,
        subjects: finding.subjects,
        numbers: finding.numbers,
        basis: finding.basis ?? [],
        withdraws: "",
      }),
    );
    const all = [...found, ...this.#withdrawn(input, cleared)];
    return all.flatMap(bounded).sort(inOrder);
  }

  #withdrawn({ replaced, retracted }: DayOfLog, cleared: ReadonlyMap<string, readonly string[]>): VerdictContent[] {
    const taken = new Map<string, VerdictContent>();
    const withdraw = (verdict: Standing, reason: string) => {
      const { id, rule, version, subjects } = verdict;
      taken.set(id, {
        rule,
        version,
        severity: "withdrawn",
        rated: "withdrawn",
        subjects,
        numbers: { reason },
        basis: [],
        withdraws: id,
      });
    };
    const gone = new Set(replaced.map(({ id }) => id));
    if (gone.size > 0)
      for (const verdict of this.#past.naming(gone))
        if (ruleOf(verdict.rule).ofPair || verdict.subjects.every((subject) => gone.has(subject)))
          withdraw(verdict, "corrected");
    if (retracted.length > 0)
      for (const verdict of this.#past.restingOn(new Set(retracted))) withdraw(verdict, "retracted");
    for (const [rule, visits] of cleared)
      for (const verdict of this.#past.naming(new Set(visits))) if (verdict.rule === rule) withdraw(verdict, "cleared");
    return [...taken.values()];
  }
}

type Joined = Group & { visits: ReviewVisit[] };

/** Groups of a key that matter to one of its rules. */
function concerned(
  key: Exclude<Key, "region">,
  visits: readonly ReviewVisit[],
  rules: readonly Ruled[],
): Map<string, ReviewVisit[]> {
  const name = keyOf[key];
  if (rules.some(({ rule }) => !rule.concerns)) return groupedBy(visits, name);
  const known = new Map<string, boolean>();
  const matters = (own: string) => {
    let found = known.get(own);
    if (found === undefined) {
      found = rules.some(({ rule, at }) => rule.concerns!(own, at));
      known.set(own, found);
    }
    return found;
  };
  return groupedBy(
    visits.filter((visit) => matters(name(visit))),
    name,
  );
}

const NOTHING: never[] = [];
const NOBODY: Map<string, never[]> = new Map();

function carersOf(
  devices: ReadonlyMap<string, readonly [from: number, group: Joined]>,
  summaries: Summaries,
): Set<string> {
  return new Set([...devices].flatMap(([device, [from]]) => summaries.usersOf(device, from)));
}
