import { timingSafeEqual } from "node:crypto";
import { fromHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { familyToken } from "../../core/familyLink.ts";
import { maskName } from "../../core/mask.ts";
import { type EventType, isFamilyWord } from "../../core/rules/rule.ts";
import { versionOn } from "../../core/validity.ts";
import type { Audits } from "../audits/service.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import { openDailyReads, type RecordAccess } from "../entries/dailyReads.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import type { VisitOutput } from "../records/schema.ts";
import type { RecordStore } from "../records/store.ts";
import type { BoxedRow, RegistryStore } from "../registry/store.ts";
import type { Desk } from "../reviews/desk.ts";
import type { EventDetails } from "../reviews/feeds.ts";
import type { FeedRow, ReviewStore } from "../reviews/store.ts";
import type { FamilyAnswer, FamilyVisit } from "./schema.ts";
import type { FamilyStore } from "./store.ts";

export interface FamilyWord {
  visit: string | null;
  carer: string;
  what: FamilyAnswer | "reply";
  note: string;
  by: string;
  day: number;
  startedAt: number;
}

/** What families are told of visits, and what they say to them: every word is a feed about the carer at the visit's times. */
export interface Families {
  /** The visit of a link. Throws Refusal not_found for a wrong secret as for no visit, erased. */
  byLink(region: number, visit: string, token: string): Promise<FamilyVisit>;
  /** The secret of a visit's link. Throws Refusal not_found, erased. */
  tokenOf(region: number, visit: string): string;
  /** Visits to an elder within the last weeks, for a family that signs in. */
  ofElder(region: number, elder: string, reader: string): Promise<FamilyVisit[]>;
  /** Whether a visit was to that elder. */
  isTo(region: number, visit: string, elder: string): boolean;
  /** Enters a family's answer; a denial that is taken back is retracted. Throws Refusal already_done, invalid_input. */
  answer(region: number, visit: string, answer: FamilyAnswer, note: string, by: string): Promise<void>;
  /** Everything that families said and were answered, the newest first. */
  words(region: number): FamilyWord[];
  /** The service's answer to a family. Throws Refusal not_found when the family said nothing. */
  reply(region: number, visit: string, note: string, by: string): Promise<void>;
}

const SHOWN_DAYS = 45;
const MOST_VISITS = 100;

export function openFamilies(parts: {
  store: FamilyStore;
  reviews: ReviewStore;
  records: RecordStore;
  registry: RegistryStore;
  entries: Entries;
  audits: Audits;
  desk: Desk;
  vault: Vault;
  clock: Clock;
  recordAccess: RecordAccess;
}): Families {
  const { store, reviews, records, registry, entries, audits, desk, vault, clock } = parts;
  const offset = (region: number) => entries.store.regionRow(region).offsetMinutes;
  const today = (region: number) => dayOf(clock.now(), offset(region));
  const note = openDailyReads(parts.recordAccess, today);

  function find(region: number, visit: string): VisitOutput {
    const found = records.find(region, visit);
    if (!found) throw new Refusal("not_found");
    return found;
  }

  const values = <T>(region: number, row: BoxedRow | null): T | null => row && openBox<T>(vault, region, row);
  const current = (region: number, kind: "Carer" | "Item" | "Provider", subject: string, day: number) =>
    versionOn(registry.boxedOf(region, kind, subject), day);

  type Said = { row: FeedRow; event: EventDetails; by: string; note: string };
  /** Family words about carers, those that nobody took back, in the order of the log. */
  function saidOf(region: number, carer: string | null): Said[] {
    const rows = reviews.feeds(region, Number.MAX_SAFE_INTEGER);
    const retracted = new Set(rows.map(({ retracts }) => retracts));
    return rows.flatMap((row): Said[] => {
      if (row.retracts !== null || retracted.has(row.id) || (carer !== null && row.subject !== carer)) return [];
      type Feed = { event: EventDetails; source: { by: string; note?: string } };
      const feed = openBox<Feed>(vault, region, row);
      if (!feed || !isFamilyWord(feed.event.type)) return [];
      return [{ row, event: feed.event, by: feed.source.by, note: feed.source.note ?? "" }];
    });
  }
  const whatOf = (type: EventType) => type.slice("family_".length) as FamilyWord["what"];
  const about = (visit: VisitOutput) =>
    saidOf(visit.region, visit.caregiver).filter(
      ({ event }) => event.from === visit.startedAt && event.to === visit.endedAt,
    );

  async function shown(visit: VisitOutput, reader: string): Promise<FamilyVisit> {
    const { region } = visit;
    const { name: regionName, offsetMinutes } = entries.store.regionRow(region);
    await note(region, visit.id, reader, "家属查看上门记录 a family looks at a visit");
    const served = dayOf(visit.startedAt, offsetMinutes);
    const carer = values<{ identity: { name: string } }>(region, current(region, "Carer", visit.caregiver, served));
    const item = values<{ names: { zh: string; en: string } }>(region, current(region, "Item", visit.item, served));
    const provider = values<{ identity: { name: string } }>(
      region,
      current(region, "Provider", visit.provider, served),
    );
    return {
      region,
      regionName,
      offsetMinutes,
      visit: visit.id,
      provider: provider?.identity.name ?? visit.provider,
      carer: maskName(carer?.identity.name ?? ""),
      item: { zh: item?.names.zh ?? visit.item, en: item?.names.en ?? visit.item },
      startedAt: visit.startedAt,
      endedAt: visit.endedAt,
      corrected: visit.replacedBy !== null,
      said: about(visit).map(({ row, event, note }) => ({ what: whatOf(event.type), note, day: row.day })),
    };
  }

  function tokenOf(region: number, visit: string): string {
    const token = familyToken(audits.details(region, find(region, visit).id).disclosure);
    if (!token) throw new Refusal("erased");
    return token.slice(2);
  }

  async function say(visit: VisitOutput, type: EventType, note: string, by: string): Promise<void> {
    const event = { type, precision: "time" as const, from: visit.startedAt, to: visit.endedAt, official: 0 };
    const source = "家属 family";
    await desk.feed(visit.region, [{ subject: visit.caregiver, event, source, by, ...(note && { note }) }]);
  }

  return {
    tokenOf,
    async byLink(region, visit, token) {
      const expected = fromHex(`0x${tokenOf(region, visit)}`);
      if (!timingSafeEqual(expected, fromHex(`0x${token}`))) throw new Refusal("not_found");
      return await shown(find(region, visit), "family link");
    },
    async ofElder(region, elder, reader) {
      const ids = store.ofElder(region, elder, today(region) - SHOWN_DAYS, MOST_VISITS);
      const list: FamilyVisit[] = [];
      for (const id of ids) list.push(await shown(find(region, id), reader));
      return list.filter(({ corrected }) => !corrected);
    },
    isTo: (region, visit, elder) => find(region, visit).elder === elder,
    async answer(region, visit, answer, note, by) {
      const found = find(region, visit);
      if (answer === "complaint" && note === "")
        throw new Refusal("invalid_input", [{ pointer: "/note", code: "missing_field" }]);
      const said = about(found);
      const last = said.findLast(({ event }) => ["family_confirmed", "family_denied"].includes(event.type));
      if (answer !== "complaint" && last?.event.type === `family_${answer}`) throw new Refusal("already_done");
      if (answer === "confirmed" && last)
        await desk.retract(region, last.row.id, by, "家属更正 the family corrects its answer");
      await say(found, `family_${answer}`, note, by);
    },
    words(region) {
      return saidOf(region, null)
        .map(({ row, event, note, by }) => ({
          visit: store.at(region, row.subject, event.from, event.to ?? event.from, row.day - SHOWN_DAYS * 2),
          carer: row.subject,
          what: whatOf(event.type),
          note,
          by,
          day: row.day,
          startedAt: event.from,
        }))
        .reverse();
    },
    async reply(region, visit, note, by) {
      const found = find(region, visit);
      if (about(found).length === 0) throw new Refusal("not_found");
      await say(found, "family_reply", note, by);
    },
  };
}
