import { createHmac } from "node:crypto";
import { type Hex, toHex } from "../../core/bytes.ts";
import { dateOfDay, dayOfDate, dayStart } from "../../core/day.ts";
import type { Json } from "../../core/details.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidv7 } from "../../core/id.ts";
import { ruleOf } from "../../core/rules/catalogue.ts";
import { type DayOfLog, emptyDay, Reviewer } from "../../core/rules/engine.ts";
import { type ReviewAct, type ReviewVisit, SEVERITIES } from "../../core/rules/rule.ts";
import { otherVersions } from "../../core/rules/ruleSet.ts";
import { NumberList } from "../../core/rules/scratch.ts";
import { WINDOW_DAYS } from "../../core/rules/summaries.ts";
import { type VerdictContent, verdictsHash, verdictText } from "../../core/rules/verdict.ts";
import { asOfHash } from "../../core/settlement.ts";
import { REGION_PERSON, type Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import type { ReadyEntry } from "../entries/store.ts";
import { OpenedRegistry, RegistryBook } from "../registry/book.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { SealStore } from "../seals/store.ts";
import { ReviewBook, type ReviewPolicies } from "./book.ts";
import { eventsAsOf } from "./feeds.ts";
import { BookPast, evidenceMark, standingOf } from "./past.ts";
import { SealedScratch } from "./scratch.ts";
import {
  type DecisionRow,
  type EvidenceMark,
  type ReviewRow,
  type ReviewStore,
  type RuleSetRow,
  ruleSetOn,
  type VerdictRow,
} from "./store.ts";
import { VisitReader } from "./visits.ts";

/** What a review computed, and what the log says that it was. */
export interface Replayed {
  region: number;
  day: number;
  review: ReviewRow;
  verdicts: VerdictContent[];
  /** Whether the recomputed verdicts are those of the log, byte for byte. */
  same: boolean;
  /** Verdicts of the log that nobody could compute again, because a person was erased. */
  erased: number;
  /** Rules that the named set has in other versions than this program: then other bytes say nothing against the books. */
  otherVersions: ReturnType<typeof otherVersions>;
}

export interface Reviews {
  /** Reviews every sealed day that has a rule set and was not reviewed, oldest first. */
  reviewDue(region: number): Promise<ReviewRow[]>;
  /**
   * Computes the verdicts of a reviewed day again, from the log and the rule set that its review names. `rescan` reads the
   * whole past instead of trusting the summaries. Throws Refusal not_found.
   */
  replay(region: number, day: number, options?: { rescan?: boolean }): Replayed;
  /** Lets go of the days that are kept in memory for the next review: somebody's details are to be gone from it too. */
  forget(region: number): void;
  /** Lets go of all of them. */
  close(): void;
  /** The rule set in force for a day; null where rules are not run. */
  ruleSetOn(region: number, day: number): RuleSetRow | null;
  store: ReviewStore;
}

interface Running {
  content: Hex;
  nextDay: number;
  reviewer: Reviewer;
  past: BookPast;
  reader: VisitReader;
  scratch: SealedScratch;
}

/** Of a day's evidence: the two halves of a mark, and the index of the visit; one after the other. */
function* marksIn(day: number, numbers: NumberList): Generator<EvidenceMark> {
  let mark = 0n;
  let i = 0;
  for (const number of numbers) {
    if (i % 3 === 2) yield [mark, day, number];
    else mark = i % 3 === 0 ? BigInt(number) << 32n : mark | BigInt(number);
    i++;
  }
}
function putMark(numbers: NumberList, mark: bigint, index: number): void {
  for (const number of [Number(mark >> 32n), Number(mark & 0xffffffffn), index]) numbers.add(number);
}

function closedOnError<T>(scratch: SealedScratch, make: () => T): T {
  try {
    return make();
  } catch (error) {
    scratch.close();
    throw error;
  }
}

/** Who is spoken of decides under whose key the details lie. */
function aboutOf(
  verdict: VerdictContent,
  personOf: (entry: string) => { carer: string; elder: string } | null,
): string {
  const person = personOf(verdict.subjects[0] ?? "");
  if (!person) return REGION_PERSON;
  return ruleOf(verdict.rule).key === "elder" ? person.elder : person.carer;
}

export function openReviews(parts: {
  store: ReviewStore;
  registry: RegistryStore;
  entries: Entries;
  seals: SealStore;
  vault: Vault;
  /** Ids and salts of verdicts come from it: who reviews again gets the same entries. */
  vaultKey: Uint8Array;
  /** A folder for what a review lays down, sealed, and lets go of. */
  scratchFolder: string;
}): Reviews {
  const { store, entries, seals, vault } = parts;
  const running = new Map<number, Running>();
  /** Regions whose running review is to be let go of as soon as it stands still. */
  const forgotten = new Set<number>();

  function bookOf(region: number, day: number, opened: OpenedRegistry) {
    const { offsetMinutes, policies } = entries.store.regionRow(region);
    const events = eventsAsOf(store, vault, region, offsetMinutes, day);
    const registry = new RegistryBook(opened, day);
    return {
      registry,
      events,
      book: new ReviewBook(registry, events.bySubject, JSON.parse(policies) as ReviewPolicies),
    };
  }

  /** Acts on every entry and account that was acted on that day. */
  function actsOf(region: number, day: number, registry: RegistryBook, decisions: readonly DecisionRow[]): ReviewAct[] {
    const acts: ReviewAct[] = [];
    const { offsetMinutes } = entries.store.regionRow(region);
    const touched = new Set(decisions.filter((row) => row.day === day).map(({ subject }) => subject));
    for (const row of decisions) {
      if (!touched.has(row.subject) || ["ask", "answer", "appeal"].includes(row.outcome)) continue;
      const decided = openBox<{ decision: { by: string; at: number; payee: string } }>(vault, region, row)?.decision;
      if (!decided) continue;
      const overrides = row.outcome === "release" || row.outcome === "overturn";
      const { by: person, at, payee } = decided;
      acts.push({ id: row.id, day: row.day, person, act: "review", thing: row.subject, payee, at, overrides });
    }
    for (const versions of registry.kind("Account").values())
      for (const { day: on, subject, version, values, id } of versions) {
        const decision = values?.["decision"] as { requestedBy: string; approvedBy: string } | undefined;
        if (on !== day || !decision) continue;
        const base = {
          id,
          day: on,
          thing: `${subject}/${version}`,
          payee: subject,
          at: dayStart(on, offsetMinutes),
          overrides: false,
        };
        acts.push(
          { ...base, person: decision.requestedBy, act: "enter" },
          { ...base, person: decision.approvedBy, act: "approve" },
        );
      }
    return acts;
  }

  function forget(region: number): void {
    running.get(region)?.scratch.close();
    running.delete(region);
    forgotten.add(region);
  }

  /** A day of the log; the marks of its evidence are there when its visits were gone through. */
  function dayOfLog(
    region: number,
    day: number,
    { reader, scratch }: Pick<Running, "reader" | "scratch">,
    corrected: ReadonlyMap<string, number>,
  ): { input: DayOfLog; marks: NumberList } {
    const marks = new NumberList(scratch);
    function* visits(): Generator<ReviewVisit> {
      for (const visit of reader.day(day)) {
        if ((corrected.get(visit.id) ?? Number.MAX_SAFE_INTEGER) <= day) continue;
        for (const digest of new Set(visit.evidence)) putMark(marks, evidenceMark(parts.vaultKey, digest), visit.index);
        yield visit;
      }
    }
    const replaced = [...corrected].flatMap(([replaces, on]) => {
      const at = on === day ? store.entry(region, replaces) : null;
      const visit = at && at.day < day ? reader.at(at.day, at.index) : null;
      return visit ? [visit] : [];
    });
    // Allowances come once a month: on all other days nothing of them is read.
    const months = store.entitledMonths(region, day);
    const entitlements =
      months.size === 0 ? [] : store.entitlements(region, day).filter(({ month }) => months.has(month));
    return { input: { ...emptyDay(day), visits: visits(), replaced, entitlements }, marks };
  }

  /** What a fund was settled for in the year that ends with the day. */
  function fundDaysOf(region: number, day: number, registry: RegistryBook) {
    const date = dateOfDay(day);
    if (!date.endsWith("-12-31")) return [];
    const ids = new Map([...registry.kind("Fund")].map(([code, versions]) => [code, versions.at(-1)!.id]));
    return store
      .fundTotals(region, dayOfDate(`${date.slice(0, 4)}-01-01`)!, day)
      .flatMap(({ fund, day: of, fen }) => (ids.has(fund) ? [{ fund: ids.get(fund)!, day: of, fen }] : []));
  }

  function contentOf(region: number, row: VerdictRow): VerdictContent | null {
    const { rule, version, severity, subjects, withdraws } = row;
    type Finding = Pick<VerdictContent, "rated" | "numbers" | "basis">;
    const finding = openBox<{ finding: Finding }>(vault, region, row)?.finding;
    if (!finding) return null;
    const { rated, numbers, basis } = finding;
    return { rule, version, severity, rated, subjects, numbers, basis, withdraws: withdraws ?? "" };
  }

  /** Verdicts of the reviews of earlier days, wherever in the log they stand. */
  function standingBefore(region: number, day: number, past: BookPast): void {
    const reviewed = new Map(store.reviews(region, 0, day - 1).map(({ id, reviewedDay }) => [id, reviewedDay]));
    for (const row of store.verdicts(region, 0, Number.MAX_SAFE_INTEGER)) {
      const content = reviewed.has(row.review) ? contentOf(region, row) : null;
      if (content) past.standing.add([standingOf(row.id, content)]);
    }
  }

  function begin(region: number, day: number, set: RuleSetRow, opened: OpenedRegistry, rescan: boolean): Running {
    const { offsetMinutes, firstDay } = entries.store.regionRow(region);
    const scratch = new SealedScratch(parts.scratchFolder);
    const reader = new VisitReader(store, vault, region, offsetMinutes);
    const past = new BookPast(store, reader, region, offsetMinutes, parts.vaultKey);
    return closedOnError(scratch, () => {
      const reviewer = new Reviewer(set.ruleSet, past, { rescan, scratch });
      for (let before = Math.max(firstDay, day - WINDOW_DAYS); before < day; before++) {
        const { book } = bookOf(region, before, opened);
        const { input, marks } = dayOfLog(region, before, { reader, scratch }, store.corrections(region, before));
        reviewer.skip(input, book);
        saveMarks(region, before, marks);
      }
      standingBefore(region, day, past);
      return { content: set.content, nextDay: day, reviewer, past, reader, scratch };
    });
  }

  function saveMarks(region: number, day: number, marks: NumberList): void {
    store.saveMarks(region, marksIn(day, marks));
    marks.close();
  }

  /** `known`: a review that stands before the day, or nothing. It is closed when this fails: it may have half of the day. */
  function compute(region: number, day: number, set: RuleSetRow, known: Running | null, rescan = false) {
    const open = () => new OpenedRegistry(parts.registry, vault, region, day);
    const opened = known ? closedOnError(known.scratch, open) : open();
    const run = known ?? begin(region, day, set, opened, rescan);
    return closedOnError(run.scratch, () => {
      const { registry, events, book } = bookOf(region, day, opened);
      const corrected = store.corrections(region, day);
      const decisions = store.decisions(region, 0, day);
      const released = decisions.filter(({ outcome }) => outcome === "release" || outcome === "overturn");
      run.past.now = { day, corrected, released: new Set(released.map(({ subject }) => subject)) };
      const { input, marks } = dayOfLog(region, day, run, corrected);
      const { news, retracted } = events;
      const acts = actsOf(region, day, registry, decisions);
      const verdicts = run.reviewer.review(
        { ...input, news, retracted, acts, fundDays: fundDaysOf(region, day, registry) },
        book,
      );
      return { run, input, marks, verdicts };
    });
  }

  /** The review that was kept, if it is the one that goes on with this day. */
  function takeRunning(region: number, day: number, set: RuleSetRow): Running | null {
    forgotten.delete(region);
    const known = running.get(region);
    running.delete(region);
    if (known?.nextDay === day && known.content === set.content) return known;
    known?.scratch.close();
    return null;
  }

  /** Sixteen bytes that only this home can make, the same each time. */
  const secret = (name: string) => createHmac("sha256", parts.vaultKey).update(name).digest().subarray(0, 16);

  function readyVerdict(
    region: number,
    review: string,
    content: VerdictContent,
    at: number,
    about: string,
  ): ReadyEntry {
    const { rule, version, severity, rated, subjects, numbers, basis, withdraws } = content;
    const text = `${review} ${verdictText(content)}`;
    const id = uuidv7(at * 1000, secret(`verdict ${text}`));
    const finding = { rated, numbers, basis, about } as unknown as Json;
    const bare = {
      id,
      region,
      rule,
      version,
      severity: SEVERITIES.indexOf(severity),
      review,
      subjects,
      withdraws: withdraws || null,
    };
    return entries.ready("Verdict", bare, { seed: toHex(secret(`seed ${text}`)), values: { finding } });
  }

  async function review(region: number, day: number, set: RuleSetRow): Promise<ReviewRow> {
    const { run, input, marks, verdicts } = compute(region, day, set, takeRunning(region, day, set));
    try {
      return await write(region, day, set, { run, input, marks, verdicts });
    } catch (error) {
      run.scratch.close();
      throw error;
    }
  }

  async function write(
    region: number,
    day: number,
    set: RuleSetRow,
    { run, input, marks, verdicts }: ReturnType<typeof compute>,
  ): Promise<ReviewRow> {
    saveMarks(region, day, marks);
    const sealed = seals.of(region, day)!;
    const at = dayStart(day + 1, entries.store.regionRow(region).offsetMinutes);
    const id = uuidv7(at * 1000, secret(`review ${region} ${day} ${sealed.head} ${set.content}`));
    const people = new Map(input.entitlements.map(({ id: entry, elder }) => [entry, { carer: elder, elder }]));
    const personOf = (entry: string) => people.get(entry) ?? personAt(region, entry, run.reader);
    const ready = verdicts.map((content) => readyVerdict(region, id, content, at, aboutOf(content, personOf)));
    const asOf = asOfHash([{ region, day, head: sealed.head }]);
    const entry = {
      id,
      region,
      day,
      asOf,
      ruleset: set.content,
      count: verdicts.length,
      verdicts: verdictsHash(verdicts),
    };
    // All of it in one transaction: a crash before leaves the day unreviewed, and the same entries are made again.
    await entries.append({ region, entries: [...ready, entries.readyBare("Review", entry)], submission: null });
    run.past.standing.add(ready.map(({ entry: made }, i) => standingOf((made as { id: string }).id, verdicts[i]!)));
    // Somebody was erased while it was written: their details are to be gone from here too.
    if (forgotten.has(region)) run.scratch.close();
    else running.set(region, { ...run, nextDay: day + 1 });
    return store.reviewOf(region, day)!;
  }

  function personAt(region: number, entry: string, reader: VisitReader): { carer: string; elder: string } | null {
    const at = store.entry(region, entry);
    if (at?.kind === "Visit") return reader.at(at.day, at.index);
    const found =
      at?.kind === "Entitlement" ? store.entitlements(region, at.day).find(({ id }) => id === entry) : undefined;
    return found ? { carer: found.elder, elder: found.elder } : null;
  }

  return {
    store,
    close() {
      for (const region of running.keys()) forget(region);
    },
    forget,
    ruleSetOn: (region, day) => ruleSetOn(store, region, day),
    async reviewDue(region) {
      const done: ReviewRow[] = [];
      if (store.ruleSets(region, Number.MAX_SAFE_INTEGER).length === 0) return done;
      for (const day of store.unreviewedDays(region, 0)) {
        const set = ruleSetOn(store, region, day);
        if (set) done.push(await review(region, day, set));
      }
      return done;
    },
    replay(region, day, { rescan = false } = {}) {
      const found = store.reviewOf(region, day);
      if (!found) throw new Refusal("not_found");
      const set = store.ruleSets(region, found.day).find(({ content }) => content === found.ruleset);
      if (!set) throw new Refusal("not_found");
      const { verdicts, run } = compute(region, day, set, null, rescan);
      run.scratch.close();
      const written = store.verdicts(region, found.day, found.day).filter(({ review: of }) => of === found.id);
      const erased = written.filter((row) => contentOf(region, row) === null).length;
      const same = verdictsHash(verdicts) === found.verdicts;
      return { region, day, review: found, verdicts, same, erased, otherVersions: otherVersions(set.ruleSet) };
    },
  };
}
