import { randomBytes } from "node:crypto";
import { toHex, utf8 } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { canonical } from "../../core/details.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { uuidv7 } from "../../core/id.ts";
import { type RuleSet, ruleSetHash, ruleSetIssues, ruleSetText } from "../../core/rules/ruleSet.ts";
import type { Clock } from "../clock.ts";
import { uuidText } from "../db/uuid.ts";
import { REGION_PERSON, type Vault } from "../db/vault.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted } from "../entries/store.ts";
import type { Keys } from "../keys/service.ts";
import { OpenedRegistry, RegistryBook } from "../registry/book.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { EventDetails } from "./feeds.ts";
import { Outcomes, standing, type Word } from "./outcomes.ts";
import type { DecisionName } from "./schema.ts";
import { appealUntil, type ReviewStore } from "./store.ts";

/** What is known of the person that a feed speaks of; two of these must fit the same one. */
export interface Identifiers {
  kind: "elder" | "caregiver";
  idNumber?: string | undefined;
  /** Counts only together with the birth date. */
  name?: string | undefined;
  birthDate?: string | undefined;
  phone?: string | undefined;
  account?: string | undefined;
}

export interface DecisionInput {
  region: number;
  subject: string;
  outcome: DecisionName;
  by: string;
  reason: string;
  evidence?: string[];
}

/** What people do with verdicts: adopt rules, tell what other authorities told, decide, contest. Every act is an entry. */
export interface Desk {
  /** Puts a rule set in force from a day on. Throws Refusal invalid_input with every fault. */
  adopt(region: number, set: RuleSet, validFrom: number): Promise<Receipted>;
  /** Appends feeds about known persons. */
  feed(
    region: number,
    list: { subject: string; event: EventDetails; source: string; by: string; note?: string }[],
  ): Promise<Receipted>;
  /** Of what is told, what no feed of the region states already: an import may be repeated. */
  unknownFeeds<T extends { subject: string; event: EventDetails; source: string }>(
    region: number,
    list: readonly T[],
  ): T[];
  /** Every feed of a region, the newest first, without what it says. */
  feeds(region: number): { id: string; subject: string; day: number; retracted: boolean }[];
  /** Whether an elder or carer is registered under a pseudonym. */
  isPerson(region: number, subject: string): boolean;
  /** The person whom two identifiers name. Throws Refusal no_match. */
  match(region: number, identifiers: Identifiers): string;
  /** Takes a feed back. Throws Refusal not_found, already_done. */
  retract(region: number, feed: string, by: string, reason: string): Promise<Receipted>;
  /** Decides or contests a line. Throws Refusal not_found, line_state, second_person_needed, too_late. */
  decide(input: DecisionInput): Promise<Receipted>;
  /** What words do to a line. */
  outcomeOf(words: readonly Word[]): "pay" | "held" | "denied";
  /** Everything that was said about an entry so far. */
  wordsOn(region: number, entry: string): readonly Word[];
}

/** What may follow: which outcome a line must have for a decision. */
const FROM: Record<DecisionName, readonly string[]> = {
  release: ["held"],
  deny: ["held"],
  ask: ["held"],
  answer: ["held"],
  appeal: ["denied"],
  uphold: ["appealed"],
  overturn: ["appealed"],
};

export function openDesk(parts: {
  store: ReviewStore;
  registry: RegistryStore;
  entries: Entries;
  vault: Vault;
  keys: Keys;
  clock: Clock;
}): Desk {
  const { store, entries, vault, clock } = parts;
  const freshId = () => uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10)));
  const seed = () => toHex(new Uint8Array(randomBytes(16)));

  /** What stands about one line, all of it: what was said since the entry came. */
  function wordsOn(region: number, entry: string): readonly Word[] {
    const at = store.entry(region, entry);
    if (!at) throw new Refusal("not_found");
    return new Outcomes(store, region, at.day, Number.MAX_SAFE_INTEGER).words(entry);
  }

  function personOf(region: number, entry: string): { person: string; payee: string; signer: string } {
    const at = store.entry(region, entry)!;
    if (at.kind === "Entitlement") {
      const found = store.entitlements(region, at.day).find(({ id }) => id === entry)!;
      return { person: found.elder, payee: found.elder, signer: "" };
    }
    const row = at.kind === "Visit" ? store.visit(region, at.day, at.index) : undefined;
    if (!row) return { person: REGION_PERSON, payee: "", signer: "" };
    const [, , , payee, , elder, , , , , hash] = row;
    const signer = hash ? (store.signerOf(region, hash) ?? "") : "";
    return { person: uuidText(elder), payee, signer };
  }

  /** Who entered something that the line rests on: the record itself, or a feed against it. */
  function enteredBy(region: number, words: readonly Word[], signer: string, by: string): boolean {
    const grant = signer === "" ? undefined : parts.keys.grantOf(signer as `0x${string}`);
    if (grant && grant.person === toHex(keccak(utf8(by)))) return true;
    const ids = new Set(words.flatMap(({ id, verdict }) => (verdict ? [id] : [])));
    const feeds = new Map(store.feeds(region, Number.MAX_SAFE_INTEGER).map((row) => [row.id, row]));
    const from = Math.min(...words.map(({ day }) => day));
    return store.verdicts(region, from, Number.MAX_SAFE_INTEGER).some((row) => {
      const basis = ids.has(row.id) ? openBox<{ finding: { basis: string[] } }>(vault, region, row)?.finding.basis : [];
      return (basis ?? []).some((id) => {
        const feed = feeds.get(id);
        return feed && openBox<{ source: { by: string } }>(vault, region, feed)?.source.by === by;
      });
    });
  }

  function byOf(region: number, word: Word): string {
    const row = store.decisions(region, word.day, word.day).find(({ id }) => id === word.id);
    return (row && openBox<{ decision: { by: string } }>(vault, region, row)?.decision.by) ?? "";
  }

  function stateOf(words: readonly Word[]): string {
    const last = words.findLast(({ decision }) => decision !== undefined && !["ask", "answer"].includes(decision));
    return last?.decision === "appeal" ? "appealed" : standing(words);
  }

  function checkDecision({ region, outcome, by }: DecisionInput, words: readonly Word[], signer: string): void {
    if (words.length === 0 || !FROM[outcome].includes(stateOf(words))) throw new Refusal("line_state");
    const isProviders = outcome === "answer" || outcome === "appeal";
    if (outcome === "appeal") {
      if (words.some(({ decision }) => decision === "uphold" || decision === "appeal"))
        throw new Refusal("already_done");
      const denied = words.findLast(({ verdict, decision }) => decision === "deny" || verdict?.severity === "block")!;
      const today = dayOf(clock.now(), entries.store.regionRow(region).offsetMinutes);
      if (today > appealUntil(store, region, denied.day)) throw new Refusal("too_late");
    }
    if (isProviders) return;
    // Nobody decides on what they entered, nor twice on the same line: an appeal goes to somebody else.
    const decided = words.filter(
      ({ decision }) => decision === "deny" || decision === "appeal" || decision === "answer",
    );
    if (enteredBy(region, words, signer, by) || decided.some((word) => byOf(region, word) === by))
      throw new Refusal("second_person_needed");
  }

  const isPerson = (region: number, subject: string): boolean =>
    (["Elder", "Carer"] as const).some((kind) => parts.registry.versions(region, kind, subject).length > 0);

  function unknownFeeds<T extends { subject: string; event: EventDetails; source: string }>(
    region: number,
    list: readonly T[],
  ): T[] {
    if (list.length === 0) return [];
    type Stated = { event: EventDetails; source: { name: string } };
    const text = (subject: string, event: EventDetails, source: string) =>
      canonical({ subject, event: { ...event }, source });
    const known = new Set(
      store.feeds(region, Number.MAX_SAFE_INTEGER).flatMap((row) => {
        const stated = row.retracts === null ? openBox<Stated>(vault, region, row) : null;
        return stated ? [text(row.subject, stated.event, stated.source.name)] : [];
      }),
    );
    return list.filter(({ subject, event, source }) => !known.has(text(subject, event, source)));
  }

  return {
    isPerson,
    unknownFeeds,
    wordsOn,
    outcomeOf: standing,
    async adopt(region, set, validFrom) {
      const issues = ruleSetIssues(set).map(({ pointer, reason }) => ({ pointer: `/ruleSet${pointer}`, code: reason }));
      if (issues.length > 0) throw new Refusal("invalid_input", issues);
      const text = ruleSetText(set);
      const entry = { id: freshId(), region, validFrom, content: ruleSetHash(text), text };
      return await entries.append({ region, entries: [entries.readyBare("RuleSet", entry)], submission: null });
    },
    async feed(region, list) {
      const unknown = list.findIndex(({ subject }) => !isPerson(region, subject));
      if (unknown >= 0) throw new Refusal("no_match", [{ pointer: `/${unknown}/subject`, code: "unknown_elder" }]);
      const ready = list.map(({ subject, event, source, by, note }) => {
        const values = { event: { ...event }, source: { name: source, by, ...(note && { note }) } };
        return entries.ready("Feed", { id: freshId(), region, subject, retracts: null }, { seed: seed(), values });
      });
      return await entries.append({ region, entries: ready, submission: null });
    },
    match(region, identifiers) {
      const book = new RegistryBook(
        new OpenedRegistry(parts.registry, vault, region, Number.MAX_SAFE_INTEGER),
        Number.MAX_SAFE_INTEGER,
      );
      const kind = identifiers.kind === "elder" ? "Elder" : "Carer";
      const found = [...book.kind(kind)].filter(
        ([, versions]) => agreements(versions.at(-1)!.values, identifiers) >= 2,
      );
      if (found.length !== 1) throw new Refusal("no_match");
      return found[0]![0];
    },
    feeds(region) {
      const rows = store.feeds(region, Number.MAX_SAFE_INTEGER);
      const retracted = new Set(rows.map(({ retracts }) => retracts));
      return rows
        .filter(({ retracts }) => retracts === null)
        .map(({ id, subject, day }) => ({ id, subject, day, retracted: retracted.has(id) }))
        .reverse();
    },
    async retract(region, feed, by, reason) {
      const rows = store.feeds(region, Number.MAX_SAFE_INTEGER);
      const row = rows.find(({ id, retracts }) => id === feed && retracts === null);
      if (!row) throw new Refusal("not_found");
      if (rows.some(({ retracts }) => retracts === feed)) throw new Refusal("already_done");
      const entry = { id: freshId(), region, subject: row.subject, retracts: feed };
      const ready = entries.ready("Feed", entry, { seed: seed(), values: { source: { name: reason, by } } });
      return await entries.append({ region, entries: [ready], submission: null });
    },
    async decide(input) {
      const { region, subject, outcome, by, reason, evidence } = input;
      const words = wordsOn(region, subject);
      const { person, payee, signer } = personOf(region, subject);
      checkDecision(input, words, signer);
      const values = {
        decision: { by, at: clock.now(), payee, about: person },
        reason,
        ...(evidence && evidence.length > 0 && { evidence }),
      };
      const ready = entries.ready("Decision", { id: freshId(), region, subject, outcome }, { seed: seed(), values });
      return await entries.append({ region, entries: [ready], submission: null });
    },
  };
}

/** How many of the identifiers are those of a registered person. */
function agreements(values: Record<string, unknown> | null, wanted: Identifiers): number {
  const identity = (values?.["identity"] ?? {}) as { name?: string; idNumber?: string; birthDate?: string };
  const contact = values?.["contact"] as { phone?: string } | undefined;
  const account = values?.["account"] as { account?: string } | undefined;
  const birthDate = identity.birthDate ?? birthDateOf(identity.idNumber);
  const same = (a: string | undefined, b: string | undefined) => a !== undefined && a === b;
  return [
    same(wanted.idNumber, identity.idNumber),
    same(wanted.name, identity.name) && same(wanted.birthDate, birthDate),
    same(wanted.phone, contact?.phone),
    same(wanted.account, account?.account),
  ].filter(Boolean).length;
}

/** An identity number holds the birth date. */
const birthDateOf = (idNumber: string | undefined): string | undefined =>
  idNumber && `${idNumber.slice(6, 10)}-${idNumber.slice(10, 12)}-${idNumber.slice(12, 14)}`;
