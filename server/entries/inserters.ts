import { fromHex, type Hex } from "../../core/bytes.ts";
import {
  type Access,
  type Close,
  type Decision,
  ENTRY_KINDS,
  type Entitlement,
  type EntryKind,
  type Erasure,
  type Feed,
  ofRegistryKinds,
  type RegistryEntry,
  type RegistryKind,
  type Review,
  type RuleSetEntry,
  type Verdict,
  type Visit,
} from "../../core/entry.ts";
import type { Sql } from "../db/client.ts";
import { uuidBytes } from "../db/uuid.ts";

type Inserter = (place: [number, number, number], entry: never) => void;

/** The entry itself says all that a Gap says. */
const nothing: Inserter = () => undefined;

/** Writes each kind of entry into its own table, at its place. */
export function inserters(sql: Sql): Record<EntryKind, Inserter> {
  const visit = sql.prepare("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const registry = sql.prepare("INSERT INTO registry_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const erasure = sql.prepare("INSERT INTO erasure VALUES (?, ?, ?, ?, ?)");
  const access = sql.prepare("INSERT INTO access VALUES (?, ?, ?, ?, ?)");
  const entitlement = sql.prepare("INSERT INTO entitlement VALUES (?, ?, ?, ?, ?, ?, ?)");
  const ruleSet = sql.prepare("INSERT INTO rule_set VALUES (?, ?, ?, ?, ?, ?)");
  const review = sql.prepare("INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const verdict = sql.prepare("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const decision = sql.prepare("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?)");
  const feed = sql.prepare("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)");
  const close = sql.prepare("INSERT INTO close VALUES (?, ?, ?, ?, ?, ?, ?)");
  const bytes = (value: Hex | Uint8Array) => (typeof value === "string" ? fromHex(value) : value);
  const insertRegistry = (kind: RegistryKind): Inserter => {
    const number = ENTRY_KINDS.indexOf(kind);
    return (place, e: RegistryEntry) =>
      registry.run(...place, number, e.subject, e.provider, e.version, e.validFrom, e.validTo, bytes(e.details));
  };
  return {
    ...ofRegistryKinds(insertRegistry),
    Visit: (place, v: Visit) =>
      visit.run(
        ...place,
        v.provider,
        uuidBytes(v.caregiver),
        uuidBytes(v.elder),
        v.item,
        v.startedAt,
        v.endedAt,
        v.replaces && uuidBytes(v.replaces),
        bytes(v.details),
      ),
    Erasure: (place, e: Erasure) => erasure.run(...place, uuidBytes(e.person), bytes(e.details)),
    Access: (place, e: Access) => access.run(...place, uuidBytes(e.entry), bytes(e.details)),
    Entitlement: (place, e: Entitlement) =>
      entitlement.run(...place, e.programme, uuidBytes(e.elder), e.month, bytes(e.details)),
    // The text that the hash names comes with the entry: it is its only value that the struct does not hold.
    RuleSet: (place, e: RuleSetEntry & { text: string }) =>
      ruleSet.run(...place, e.validFrom, bytes(e.content), e.text),
    Review: (place, e: Review) =>
      review.run(...place, e.day, bytes(e.asOf), bytes(e.ruleset), e.count, bytes(e.verdicts)),
    Verdict: (place, e: Verdict) =>
      verdict.run(
        ...place,
        e.rule,
        e.version,
        e.severity,
        e.withdraws && uuidBytes(e.withdraws),
        uuidBytes(e.review),
        Buffer.concat(e.subjects.map((id) => (typeof id === "string" ? uuidBytes(id) : id))),
        bytes(e.details),
      ),
    Decision: (place, e: Decision) => decision.run(...place, uuidBytes(e.subject), e.outcome, bytes(e.details)),
    Feed: (place, e: Feed) =>
      feed.run(...place, uuidBytes(e.subject), e.retracts && uuidBytes(e.retracts), bytes(e.details)),
    Gap: nothing,
    Close: (place, e: Close) =>
      close.run(...place, JSON.stringify(e.counts), e.indexSize, bytes(e.indexRoot), bytes(e.accessRoot)),
  };
}
