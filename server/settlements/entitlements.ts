import { randomBytes } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import { type AllowanceRefusal, allowanceOf, monthOf } from "../../core/entitlement.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidv7 } from "../../core/id.ts";
import type { Clock } from "../clock.ts";
import type { Entries } from "../entries/service.ts";
import type { SealStore } from "../seals/store.ts";
import type { Settlements } from "./service.ts";

export interface EntitlementRun {
  region: number;
  month: number;
  /** The last sealed day, up to which the registry was read. */
  asOfDay: number;
  entitled: number;
  /** Entitled before, by an earlier run of the same month. */
  known: number;
  /** Enrolments that are due nothing, by reason. */
  refused: Partial<Record<AllowanceRefusal, number>>;
}

/** Hears of every enrolment that is due nothing. */
export type ToldRefusal = (programme: string, elder: string, reason: AllowanceRefusal) => void;

export interface Entitlements {
  /**
   * Writes one Entitlement for everybody who is due an allowance for the month and has none yet. Doing it again after a
   * crash, or once more is registered, adds what is missing. Throws Refusal not_sealed before the first seal,
   * invalid_input for a month that has not begun.
   */
  entitle(region: number, month: number, told?: ToldRefusal): Promise<EntitlementRun>;
}

const BATCH = 1000;
const seed = () => toHex(new Uint8Array(randomBytes(16)));

export function openEntitlements(parts: {
  entries: Entries;
  seals: SealStore;
  settlements: Settlements;
  clock: Clock;
}): Entitlements {
  const { entries, seals, settlements, clock } = parts;

  async function entitle(region: number, month: number, told?: ToldRefusal): Promise<EntitlementRun> {
    const last = seals.last(region);
    if (!last) throw new Refusal("not_sealed");
    const { openDay } = entries.store.regionRow(region);
    if (month > monthOf(openDay) || month % 100 < 1 || month % 100 > 12)
      throw new Refusal("invalid_input", [{ pointer: "/month", code: "in_future" }]);
    const book = settlements.book(region, last.day);
    const report: EntitlementRun = { region, month, asOfDay: last.day, entitled: 0, known: 0, refused: {} };
    const pairs = new Map<string, { programme: string; elder: string }>();
    for (const versions of book.kind("Enrolment").values()) {
      const elder = (versions[0]!.values?.["person"] as { elder: string } | undefined)?.elder;
      for (const { programme } of elder ? book.enrolments(elder) : [])
        pairs.set(`${elder}/${programme}`, { programme, elder: elder! });
    }
    const due = [...pairs.values()].flatMap(({ programme, elder }) => {
      if (settlements.store.isEntitled(region, programme, elder, month)) {
        report.known++;
        return [];
      }
      const found = allowanceOf(book, programme, elder, month);
      if (typeof found === "string") {
        told?.(programme, elder, found);
        report.refused[found] = (report.refused[found] ?? 0) + 1;
        return [];
      }
      const basis = { fund: found.fund, amountFen: Number(found.amountFen), day: found.day, asOfDay: last.day };
      const id = uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10)));
      return [
        entries.ready("Entitlement", { id, region, programme, elder, month }, { seed: seed(), values: { basis } }),
      ];
    });
    // A crash between two batches leaves the rest for the next run of the same month.
    for (let at = 0; at < due.length; at += BATCH) {
      const batch = due.slice(at, at + BATCH);
      await entries.append({ region, entries: batch, submission: null });
      report.entitled += batch.length;
    }
    return report;
  }

  return { entitle };
}
