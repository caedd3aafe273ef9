import { z } from "zod";
import { LINE_STATUSES } from "../../core/settlement.ts";
import { fenOut } from "../payouts/schema.ts";
import { creditCode, dayNumber, regionCode, unixSeconds, uuid } from "../registry/schema.ts";

/** What came of a provider's visits of one month, and what was paid for them. */
export const StatementOutput = z.object({
  region: regionCode,
  regionName: z.string(),
  offsetMinutes: z.int(),
  provider: creditCode,
  name: z.string(),
  month: z.string().meta({ description: "YYYY-MM of service" }),
  lines: z.array(
    z.object({
      visit: uuid,
      day: dayNumber,
      item: z.string(),
      caregiver: uuid,
      elder: uuid,
      startedAt: unixSeconds,
      endedAt: unixSeconds,
      corrected: z.boolean(),
      status: z.enum([...LINE_STATUSES, "unsettled"]),
      booked: z.int(),
      paidUnits: z.int(),
      amountFen: fenOut.meta({ description: "all funds' shares together" }),
      runs: z.array(z.object({ fund: z.string(), run: z.int(), state: z.string(), bank: z.string().nullable() })),
    }),
  ),
  totals: z.object({ visits: z.int(), settledFen: fenOut, paidFen: fenOut }),
});

export const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
