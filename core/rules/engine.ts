import { RULES, ruleOf } from "./catalogue.ts";
import {
  groupsBy,
  groupsByEvidence,
  groupsByPlace,
  groupsByTemplate,
  latePlaces,
  type Named,
  once,
  stoodThere,
  templateName,
} from "./grouping.ts";
import { COLUMNS, type Column, Names, PackedDay } from "./packedDay.ts";
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
  /** Whether a visit was corrected by the end of the reviewed day. */
  corrected(visit: string): boolean;
  /** Standing verdicts. */
  blocked(visit: string): boolean;
  naming(entries: ReadonlySet<string>): Iterable<Standing>;
  restingOn(feeds: ReadonlySet<string>): Iterable<Standing>;
}

/** Everything that one day of the log brought, as rules read it. */
export interface DayOfLog {
  day: number;
  /** Visits that stand at the end of the day, in the order of the log. They are gone through once. */
  visits: Iterable<ReviewVisit>;
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

/** A day's visits: those whose keys are keys, packed, and the others, which reach no statistics. */
interface Taken {
  today: PackedDay;
  bad: ReviewVisit[];
}

/** Keys whose groups have a past that can be fetched. */
const isColumn = (key: Key): key is Column => key in COLUMNS;
/** Days after which the texts of visits that are gone are let go of. */
const REPACK_DAYS = 7;

/**
 * Reviews a region's days in order. One pass for each key over what arrived, with what was kept of the days before: the
 * last two days whole, summaries of the window, and of the past only those groups whose summaries say that it matters.
 * Days lie packed; opened are the visits of one group at a time, and of those groups that wait for their past or the end.
 */
export class Reviewer {
  readonly #past: Past;
  readonly #rules: readonly Rule[];
  readonly #set: RuleSet;
  readonly #summaries: Summaries;
  readonly #rescan: boolean;
  #tail: PackedDay[] = [];
  #names = new Names();

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
    this.#end(this.#begin(input, book).today);
  }

  /** The day's verdicts, in the order of the rules and of their subjects. */
  review(input: DayOfLog, book: RuleBook): VerdictContent[] {
    const { today, bad } = this.#begin(input, book);
    const blocked = new Set<string>();
    const judged: Judged[] = this.#badKeys(input.day, bad, book);
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
    for (const key of KEYS) {
      const rules = rulesOf(key);
      if (rules.length === 0) continue;
      for (const group of this.#groups(key, input, today, rules))
        for (const ruled of rules) {
          const { rule, at } = ruled;
          if (group.visits.length < (rule.least ?? 0)) continue;
          if (!rule.last) judge(group, ruled);
          else if (rule.suspects?.(group, at) ?? true) later.push([group, ruled]);
        }
    }
    for (const { rule, finding } of judged)
      if (severityUnder(this.#mode(rule, input.day)!, finding.severity) === "block")
        for (const subject of finding.subjects) blocked.add(subject);
    for (const [group, ruled] of later) judge(group, ruled);
    this.#end(today);
    return this.#told(input, judged, cleared);
  }

  #mode(rule: Rule, day: number) {
    return modeOn(this.#set, rule.id, day);
  }

  #paramsOf({ id, params }: Rule): Record<string, number> {
    const given = this.#set.rules.find((setting) => setting.id === id)!.params;
    return Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, given[name] ?? value]));
  }

  #badKeys(day: number, visits: readonly ReviewVisit[], book: RuleBook): Judged[] {
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
  #begin(input: DayOfLog, book: RuleBook): Taken {
    const { day, replaced } = input;
    const today = new PackedDay(day, this.#names);
    const bad: ReviewVisit[] = [];
    for (const visit of input.visits)
      if (keyFault(visit, book.item(visit.item, visit.serviceDay) !== null) === null) today.add(visit);
      else bad.push(visit);
    const gone = new Set(replaced.map(({ id }) => id));
    for (const packed of this.#tail) packed.remove(gone);
    const grouped = { byCarer: groupsBy("carer", today), byElder: groupsBy("elder", today) };
    this.#summaries.add(day, grouped, replaced, book);
    return { today, bad };
  }

  #end(today: PackedDay): void {
    this.#summaries.endDay();
    this.#tail.push(today);
    if (this.#tail.length > TAIL_DAYS) this.#tail.shift();
    if (today.day % REPACK_DAYS !== 0) return;
    this.#names = new Names();
    this.#tail = this.#tail.map((packed) => packed.repacked(this.#names));
  }

  /** Log days whose visits are kept whole begin here. */
  #tailFrom(day: number): number {
    return day - this.#tail.length;
  }

  /** The groups of a key, one after the other; last come those whose past had to be fetched. */
  *#groups(key: Key, input: DayOfLog, today: PackedDay, rules: readonly Ruled[]): Generator<Group> {
    const { day, entitlements, acts, fundDays } = input;
    if (key === "region") return void (yield { ...bareGroup("", []), entitlements, acts, fundDays });
    if (!isColumn(key)) {
      for (const [name, visits] of this.#found(key, day, today, rules)) yield bareGroup(name, visits);
      return;
    }
    const isPerson = key === "elder" || key === "carer";
    const news = isPerson ? Map.groupBy(input.news, ({ subject }) => subject) : NOBODY;
    const allowances = key === "elder" ? this.#entitlements(input) : NOBODY;
    const isWanted = concerned(rules);
    // A provider's rules look at single visits, or at a past that is fetched.
    const before = key === "provider" ? [] : this.#tail;
    // Whoever was not visited that day may still be told of.
    const told = [...news.keys(), ...allowances.keys()];
    const wanted = new Map<string, [from: number, group: Joined]>();
    for (const [name, visits] of groupsBy(key, today, before, isWanted, told)) {
      const group = {
        ...bareGroup(name, visits),
        news: news.get(name) ?? NOTHING,
        entitlements: allowances.get(name) ?? NOTHING,
      };
      const from = this.#pastFrom(group, day, rules);
      if (from === null) yield group;
      else wanted.set(name, [from, group]);
    }
    if (wanted.size === 0) return;
    this.#fetch(key, wanted, day, rules[0]!.at);
    for (const [, group] of wanted.values()) yield group;
  }

  /** Groups of what is not one text of a visit. */
  #found(
    key: Exclude<Key, Column | "region">,
    day: number,
    today: PackedDay,
    rules: readonly Ruled[],
  ): Iterable<Named> {
    if (key === "place") return groupsByPlace([...this.#tail, today], this.#atLatePlaces(today));
    if (key === "evidence") return groupsByEvidence(today, (digests) => this.#past.withEvidence(digests, day));
    const isWanted = concerned(rules);
    const templates = [...this.#summaries.templatesToday()].flatMap(([serviceDay, counts]) =>
      [...counts.keys()].map((template) => templateName(serviceDay, template)),
    );
    return groupsByTemplate(today, new Set(templates.filter(isWanted)));
  }

  /** Visits of before the tail that stood where, and when, visits did that were received late. */
  #atLatePlaces(today: PackedDay): ReviewVisit[] {
    const late = latePlaces(today);
    if (late.days.size === 0) return [];
    const others = [...this.#summaries.carersAt(late.days)].filter(
      ([carer, fixes]) => this.#rescan || fixes > (late.fixes.get(carer) ?? 0),
    );
    if (others.length === 0) return [];
    const names = new Set(others.map(([carer]) => carer));
    const before = this.#past.visits("carer", names, late.first, this.#tailFrom(today.day));
    return [...before].filter((visit) => stoodThere(visit, late));
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

  #fetch(key: Column, wanted: ReadonlyMap<string, readonly [from: number, group: Joined]>, day: number, at: At): void {
    let first = day;
    for (const [from] of wanted.values()) first = Math.min(first, from);
    const before = key === "provider" ? day : this.#tailFrom(day);
    const names = key === "device" ? carersOf(wanted, at.summaries) : new Set(wanted.keys());
    const touched = new Set<Joined>();
    for (const visit of this.#past.visits(key === "device" ? "carer" : key, names, first, before)) {
      const [from, group] = wanted.get(visit[key]) ?? [];
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
      for (const verdict of this.#past.naming(gone)) {
        const left = verdict.subjects.filter((subject) => !gone.has(subject) && !this.#past.corrected(subject));
        if (left.length < (ruleOf(verdict.rule).ofPair ? 2 : 1)) withdraw(verdict, "corrected");
      }
    if (retracted.length > 0)
      for (const verdict of this.#past.restingOn(new Set(retracted))) withdraw(verdict, "retracted");
    for (const [rule, visits] of cleared)
      for (const verdict of this.#past.naming(new Set(visits))) if (verdict.rule === rule) withdraw(verdict, "cleared");
    return [...taken.values()];
  }
}

type Joined = Group & { visits: ReviewVisit[] };

const NOTHING: never[] = [];
const NOBODY: Map<string, never[]> = new Map();
const bareGroup = (key: string, visits: ReviewVisit[]): Joined => ({
  ...{ key, visits, news: NOTHING, entitlements: NOTHING, acts: NOTHING, fundDays: NOTHING },
});

/** Whether a name matters to one of the rules of its key. */
function concerned(rules: readonly Ruled[]): (name: string) => boolean {
  if (rules.some(({ rule }) => !rule.concerns)) return () => true;
  return (name) => rules.some(({ rule, at }) => rule.concerns!(name, at));
}

function carersOf(
  devices: ReadonlyMap<string, readonly [from: number, group: Joined]>,
  summaries: Summaries,
): Set<string> {
  return new Set([...devices].flatMap(([device, [from]]) => summaries.usersOf(device, from)));
}
