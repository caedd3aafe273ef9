import { z } from "zod";
import { SEVERITIES } from "../../core/rules/rule.ts";
import { fenOut } from "../payouts/schema.ts";
import { VisitOutput } from "../records/schema.ts";
import { creditCode, dayNumber, hash32, uuid } from "../registry/schema.ts";

const counted = z.object({
  key: z.string(),
  severity: z.enum(SEVERITIES),
  count: z.int(),
});

/** What rules found in the visits of some days, by rule, provider, area and day. */
export const FindingsOutput = z.object({
  byRule: z.array(counted),
  byProvider: z.array(counted),
  byArea: z.array(counted),
  byDay: z.array(counted),
});

/** Check-ins of some days, in squares of some 200 m: how many, and how many of them a rule found. */
export const CheckInsOutput = z.object({
  cells: z.array(z.object({ lon: z.int(), lat: z.int(), visits: z.int(), found: z.int() })),
  without: z.int().meta({ description: "visits without a position" }),
});

export const SampleOutput = z.object({
  seed: z.string(),
  outOf: z.int(),
  visits: z.array(VisitOutput),
});

export const ChainDaysOutput = z.object({
  days: z.array(
    z.object({
      day: dayNumber,
      size: z.int(),
      root: hash32,
      state: z
        .enum(["same", "differs", "missing"])
        .meta({ description: "what the chain holds, compared with the books" }),
      tx: hash32.nullable(),
      blockNumber: z.int().nullable(),
    }),
  ),
  onlyOnChain: z.array(dayNumber),
});

export const PaidEntriesOutput = z.object({
  payee: z.string(),
  entries: z.array(
    z.object({ entry: uuid, kind: z.string(), day: dayNumber, index: z.int(), beforeFen: fenOut, shareFen: fenOut }),
  ),
});

export const TotalsOutput = z.object({
  months: z.array(
    z.object({
      month: z.int(),
      fund: z.string(),
      programme: z.string().meta({ description: "an allowance's code, or `services`" }),
      area: z.enum(["urban", "rural", "unknown"]),
      entries: z.int(),
      fen: fenOut,
    }),
  ),
});

export const ProvidersOutput = z.object({
  providers: z.array(
    z.object({
      provider: creditCode,
      name: z.string(),
      visits: z.int(),
      held: z.int().meta({ description: "visits that a rule holds, cuts or blocks" }),
      denied: z.int(),
      familyConfirmed: z.int(),
      familyDenied: z.int(),
      manualPercent: z.int().nullable(),
    }),
  ),
});

export const FsckOutput = z.object({
  state: z.enum(["never", "running", "done", "failed"]),
  startedAt: z.int().nullable(),
  finishedAt: z.int().nullable(),
  entries: z.int().meta({ description: "looked at so far" }),
  outOf: z.int(),
  report: z
    .object({
      ok: z.boolean(),
      days: z.int(),
      entries: z.int(),
      details: z.int(),
      erased: z.int(),
      anchored: z.int().nullable(),
      faults: z.array(
        z.object({
          region: z.int(),
          day: z.int().nullable(),
          index: z.int().nullable(),
          field: z.string(),
          what: z.string(),
        }),
      ),
    })
    .nullable(),
});
