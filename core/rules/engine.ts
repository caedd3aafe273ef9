import { RULES, ruleOf } from "./catalogue.ts";
import { groupsBy, once } from "./grouping.ts";
import { Names } from "./packedVisit.ts";
import {
  bareGroup,
  type Ground,
  type Pass,
  passOfColumn,
  passOfEvidence,
  passOfOne,
  passOfPlace,
  passOfTemplate,
} from "./passes.ts";
import { keyFault } from "./r41InvalidKey.ts";
import {
  type At,
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
import { MemoryScratch, type Scratch } from "./scratch.ts";
import { StoredDay } from "./storedDay.ts";
import { Summaries, TAIL_DAYS, WINDOW_DAYS } from "./summaries.ts";
import { bounded, inOrder, type Standing, type VerdictContent } from "./verdict.ts";

/** Keys whose groups have a past that can be fetched. */
const HAS_PAST: ReadonlySet<Key> = new Set(["carer", "elder", "device", "provider"]);
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

/** A day's visits: those whose keys are keys, laid down, and the others, which reach no statistics. */
interface Taken {
  today: StoredDay;
  bad: ReviewVisit[];
}

/** A pass that rules which are judged last go through again, for these groups. */
interface Kept {
  pass: Pass;
  rules: readonly Ruled[];
  suspects: ReadonlySet<string>;
}

export interface ReviewerOptions {
  /** Reads every group's past whatever the summaries say: slow, and must find the same. */
  rescan?: boolean;
  /** Where days are laid down; in memory if nothing is given. */
  scratch?: Scratch;
}

/**
 * Reviews a region's days in order. One ordered pass for each key over what arrived, with what was kept of the days before:
 * the last two days whole, summaries of the window, and of the past only those groups whose summaries say that it matters.
 * Days lie in the scratch, sorted; in memory are the visits of one group at a time. A group that waits for its past, or for
 * what the other rules block, is gone through again.
 */
export class Reviewer {
  readonly #past: Past;
  readonly #rules: readonly Rule[];
  readonly #set: RuleSet;
  readonly #summaries: Summaries;
  readonly #rescan: boolean;
  readonly #scratch: Scratch;
  readonly #names = new Names();
  #tail: StoredDay[] = [];

  constructor(set: RuleSet, past: Past, { rescan = false, scratch = new MemoryScratch() }: ReviewerOptions = {}) {
    this.#past = past;
    this.#set = set;
    this.#rescan = rescan;
    this.#scratch = scratch;
    this.#rules = RULES.filter(({ id }) => set.rules.some((setting) => setting.id === id));
    const of = (id: string) => set.rules.find((setting) => setting.id === id)?.params ?? {};
    const fences = { urbanM: of("R05")["urbanM"] ?? 150, ruralM: of("R05")["ruralM"] ?? 300 };
    this.#summaries = new Summaries({ fences, templateElders: of("R36")["elders"] ?? 15 }, scratch);
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
    const { day } = input;
    const [past, summaries] = [this.#past, this.#summaries];
    // Asked of the whole region once, however many groups ask.
    const served = once((month) => past.served(month, day));
    const lastSeen = once((fromDay) => past.lastSeen(fromDay));
    const base = { day, book, summaries, served, lastSeen };
    const isBlocked = (visit: string) => blocked.has(visit) || past.blocked(visit);
    const rulesOf = (key: Key) =>
      this.#rules
        .filter((rule) => rule.key === key && rule.id !== "R41" && this.#mode(rule, day))
        .map((rule) => ({ rule, at: { ...base, params: this.#paramsOf(rule), blocked: isBlocked } }));
    const judge = (group: Group, { rule, at }: Ruled) => {
      for (const finding of rule.judge(group, at)) judged.push({ rule, finding });
      const clears = rule.clears?.(group, at) ?? [];
      if (clears.length > 0) cleared.set(rule.id, [...(cleared.get(rule.id) ?? []), ...clears]);
    };
    const ground: Ground = {
      ...{ day, past, summaries, scratch: this.#scratch, names: this.#names },
      ...{ days: [today, ...this.#tail], from: day - this.#tail.length },
    };
    const kept: Kept[] = [];
    for (const key of KEYS) {
      const rules = rulesOf(key);
      if (rules.length === 0) continue;
      const pass = this.#pass(key, input, ground, rules);
      const suspects = judgePass(pass, rules, (group) => this.#pastFrom(group, key, day, rules), judge);
      if (suspects.size > 0) kept.push({ pass, rules, suspects });
      else pass.close();
    }
    for (const { rule, finding } of judged)
      if (severityUnder(this.#mode(rule, day)!, finding.severity) === "block")
        for (const subject of finding.subjects) blocked.add(subject);
    for (const { pass, rules, suspects } of kept) {
      for (const group of pass.groups(suspects))
        for (const ruled of rules) if (isSuspect(group, ruled)) judge(group, ruled);
      pass.close();
    }
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
    const today = new StoredDay(day, this.#scratch, this.#names);
    const bad: ReviewVisit[] = [];
    for (const visit of input.visits)
      if (keyFault(visit, book.item(visit.item, visit.serviceDay) !== null) === null) today.add(visit);
      else bad.push(visit);
    today.seal();
    for (const stored of this.#tail) stored.remove(replaced.map(({ id }) => id));
    const grouped = (key: "carer" | "elder") => groupsBy(key, [{ runs: today[key] }], this.#names, today);
    this.#summaries.add(day, { byCarer: grouped("carer"), byElder: grouped("elder") }, replaced, book);
    return { today, bad };
  }

  #end(today: StoredDay): void {
    today.age();
    this.#tail.push(today);
    if (this.#tail.length > TAIL_DAYS) this.#tail.shift()!.close();
  }

  #pass(key: Key, input: DayOfLog, ground: Ground, rules: readonly Ruled[]): Pass {
    const { entitlements, acts, fundDays } = input;
    if (key === "region") return passOfOne({ ...bareGroup("", []), entitlements, acts, fundDays });
    if (key === "place") return passOfPlace(ground, this.#rescan);
    if (key === "evidence") return passOfEvidence(ground);
    const isWanted = concerned(rules);
    if (key === "template") return passOfTemplate(ground, isWanted);
    const isPerson = key === "elder" || key === "carer";
    const told = {
      news: isPerson ? Map.groupBy(input.news, ({ subject }) => subject) : NOBODY,
      entitlements: key === "elder" ? this.#entitlements(input) : NOBODY,
    };
    return passOfColumn(key, ground, told, isWanted);
  }

  /** All allowances of elders who got a new one, or of whom something was told. */
  #entitlements({ day, entitlements, news }: DayOfLog): Map<string, ReviewEntitlement[]> {
    const touched = new Set(news.map(({ subject }) => subject));
    for (const one of entitlements) if (one.day === day) touched.add(one.elder);
    return Map.groupBy(touched.size === 0 ? [] : this.#past.entitlementsOf(touched), ({ elder }) => elder);
  }

  /** First day of service of the past that a group needs; null when what is at hand is enough. */
  #pastFrom(group: Group, key: Key, day: number, rules: readonly Ruled[]): number | null {
    if (!HAS_PAST.has(key)) return null;
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

const NOBODY: Map<string, never[]> = new Map();

/**
 * Judges every group by the rules that are not judged last, those that need their past in a second going through. Gives the
 * names of the groups in which a rule that is judged last may find something.
 */
function judgePass(
  pass: Pass,
  rules: readonly Ruled[],
  pastFrom: (group: Group) => number | null,
  judge: (group: Group, ruled: Ruled) => void,
): Set<string> {
  const suspects = new Set<string>();
  const judgeNow = (group: Group) => {
    for (const ruled of rules)
      if (ruled.rule.last) {
        if (isSuspect(group, ruled)) suspects.add(group.key);
      } else if (group.visits.length >= (ruled.rule.least ?? 0)) judge(group, ruled);
  };
  const waiting = new Map<string, number>();
  for (const group of pass.groups()) {
    const from = pastFrom(group);
    if (from === null) judgeNow(group);
    else waiting.set(group.key, from);
  }
  if (waiting.size > 0) {
    pass.join?.(waiting);
    for (const group of pass.groups(new Set(waiting.keys()))) judgeNow(group);
  }
  return suspects;
}

const isSuspect = (group: Group, { rule, at }: Ruled): boolean =>
  rule.last === true && group.visits.length >= (rule.least ?? 0) && (rule.suspects?.(group, at) ?? true);

/** Whether a name matters to one of the rules of its key. */
function concerned(rules: readonly Ruled[]): (name: string) => boolean {
  if (rules.some(({ rule }) => !rule.concerns)) return () => true;
  return (name) => rules.some(({ rule, at }) => rule.concerns!(name, at));
}
