import { dayStart } from "../../core/day.ts";
import { daysOfMonth } from "../../core/entitlement.ts";
import type { Vault } from "../db/vault.ts";
import type { EntryStore } from "../entries/store.ts";
import { OpenedRegistry, RegistryBook } from "../registry/book.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { Desk } from "./desk.ts";
import type { ReviewStore } from "./store.ts";

/**
 * The one place that looks across regions: whoever is entitled in two of them for one month. What it finds it tells the
 * region where the allowance was applied for later, as a feed: an entry of that region's log, so that the rules, a
 * replay and a retraction need nothing of the other region. Identity numbers are compared in memory and leave it never.
 */
export interface AcrossRegions {
  /** Looks for everybody who was entitled by days of a region that were sealed since; returns how many feeds were told. */
  lookDue(region: number, lastSealed: number): Promise<number>;
}

interface Entitled {
  region: number;
  elder: string;
  /** YYYY-MM-DD. */
  appliedOn: string;
}

/** Days that are looked at again when a process starts. */
const AGAIN_DAYS = 45;
const EVER = Number.MAX_SAFE_INTEGER;
export const ACROSS = "across-regions";

export function openAcrossRegions(parts: {
  store: ReviewStore;
  entries: EntryStore;
  registry: RegistryStore;
  vault: Vault;
  desk: Desk;
}): AcrossRegions {
  const { store, entries, vault, desk } = parts;

  /** Who is entitled in a region for a month, by identity number; who was erased is nobody any more. */
  function entitled(region: number, month: number): Map<string, Entitled> {
    const own = store.entitlements(region, EVER).filter((one) => one.month === month);
    const found = new Map<string, Entitled>();
    if (own.length === 0) return found;
    const book = new RegistryBook(new OpenedRegistry(parts.registry, vault, region, EVER), EVER);
    const { last } = daysOfMonth(month);
    for (const { elder, programme } of own) {
      const { idNumber } = (book.on("Elder", elder, last)?.values?.["identity"] ?? {}) as { idNumber?: string };
      const appliedOn = book.enrolments(elder).find((one) => one.programme === programme)?.appliedOn ?? "";
      const known = idNumber === undefined ? undefined : found.get(idNumber);
      if (idNumber && (!known || appliedOn < known.appliedOn)) found.set(idNumber, { region, elder, appliedOn });
    }
    return found;
  }

  async function tell({ region, elder }: Entitled, month: number): Promise<number> {
    const { offsetMinutes } = entries.regionRow(region);
    const { first, last } = daysOfMonth(month);
    const event = {
      type: "other_benefit" as const,
      precision: "month" as const,
      from: dayStart(first, offsetMinutes),
      to: dayStart(last, offsetMinutes),
      official: 1,
    };
    const fresh = desk.unknownFeeds(region, [{ subject: elder, event, source: ACROSS }]);
    if (fresh.length > 0)
      await desk.feed(
        region,
        fresh.map((one) => ({ ...one, by: ACROSS })),
      );
    return fresh.length;
  }

  const looked = new Map<number, number>();
  return {
    async lookDue(region, lastSealed) {
      const others = entries.regions().filter((row) => row.region !== region);
      if (others.length === 0) return 0;
      const months = new Set<number>();
      // Nothing remembers across a restart how far it was looked: what was told already is not told again.
      for (let day = looked.get(region) ?? lastSealed - AGAIN_DAYS; day <= lastSealed; day++)
        for (const month of store.entitledMonths(region, day)) months.add(month);
      let told = 0;
      for (const month of months) {
        const own = entitled(region, month);
        for (const other of others)
          for (const [idNumber, theirs] of entitled(other.region, month)) {
            const ours = own.get(idNumber);
            // Whoever applied later is not paid; on one day, the region whose code comes later.
            if (ours) told += await tell(isLater(ours, theirs) ? ours : theirs, month);
          }
      }
      looked.set(region, lastSealed + 1);
      return told;
    },
  };
}

const isLater = (a: Entitled, b: Entitled): boolean =>
  a.appliedOn === b.appliedOn ? a.region > b.region : a.appliedOn > b.appliedOn;
