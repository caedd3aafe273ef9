import { z } from "zod";
import { EVENT_TYPES, PRECISIONS, SEVERITIES } from "../../core/rules/rule.ts";
import { MODES } from "../../core/rules/ruleSet.ts";
import { creditCode, dayNumber, hash32, regionCode, unixSeconds, uuid } from "../registry/schema.ts";

/** What a reviewer, or a provider who contests, may do to a line. */
export const DECISIONS = ["release", "deny", "ask", "answer", "appeal", "uphold", "overturn"] as const;
export type DecisionName = (typeof DECISIONS)[number];
/** Why a line waits for somebody. */
export const QUEUE_STATES = ["held", "asked", "answered", "appealed", "sample"] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

/** The wire forms of reviews: rule sets, verdicts, decisions, feeds. */
export const words = z.object({ zh: z.string(), en: z.string() });

export const RuleSetInput = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^R\d{2}$/),
        version: z.int().min(1).max(1000),
        params: z.record(z.string().max(40), z.int()),
        modes: z.array(z.strictObject({ fromDay: dayNumber, mode: z.enum(MODES) })).max(20),
        falsePercent: z.int().min(0).max(100),
      }),
    )
    .min(1)
    .max(100),
  appealDays: z.int().min(1).max(365),
});

export const RuleOutput = z.object({
  id: z.string(),
  name: z.string(),
  version: z.int(),
  level: z.string().meta({ description: "B blocks, H holds, M marks" }),
  key: z.string(),
  windowDays: z.int(),
  params: z.record(z.string(), z.object({ value: z.int(), min: z.int(), max: z.int() })),
  title: words,
  text: words,
});

export const HistoryOutput = z.object({
  rule: z.string(),
  decided: z.int(),
  wrong: z.int(),
  budgetPercent: z.int().nullable(),
  spent: z.boolean().meta({ description: "more were found wrong than the budget allows" }),
});

export const ReviewOutput = z.object({
  id: uuid,
  reviewedDay: dayNumber,
  day: dayNumber.meta({ description: "day of the log in which the review stands" }),
  index: z.int(),
  asOf: hash32,
  ruleset: hash32,
  count: z.int(),
  verdicts: hash32,
});

/** The reviews of some days, the last first, with how often each rule spoke. */
export const ReviewsOutput = z.object({
  reviews: z.array(
    ReviewOutput.extend({
      found: z.array(z.object({ rule: z.string(), severity: z.enum(SEVERITIES), count: z.int() })),
    }),
  ),
});

export const VerdictOutput = z.object({
  id: uuid,
  day: dayNumber,
  index: z.int(),
  rule: z.string(),
  version: z.int(),
  severity: z.enum(SEVERITIES),
  withdraws: uuid.nullable(),
  subjects: z.array(uuid),
});

const fix = z.object({ lon: z.int(), lat: z.int(), accuracyM: z.int() }).nullable();
export const ExplanationOutput = z.object({
  id: uuid,
  rule: z.object({ id: z.string(), name: z.string(), version: z.int(), level: z.string(), title: words, text: words }),
  severity: z.enum(SEVERITIES),
  rated: z.enum(SEVERITIES),
  sentence: words,
  numbers: z.record(z.string(), z.union([z.int(), z.string()])),
  basis: z.array(uuid),
  records: z.array(
    z.object({
      id: uuid,
      provider: creditCode,
      caregiver: uuid,
      elder: uuid,
      item: z.string(),
      startedAt: unixSeconds,
      endedAt: unixSeconds,
      receivedAt: unixSeconds,
      placeIn: fix,
      placeOut: fix,
      metresFromBefore: z.int().nullable(),
      bookedMinutes: z.int(),
      units: z.int(),
      priceFen: z.int(),
      manual: z.boolean(),
      family: z.string(),
    }),
  ),
  history: HistoryOutput,
  appeal: z.object({ until: z.string(), zh: z.string(), en: z.string() }),
  reviewedDay: dayNumber,
  ruleset: hash32,
});

export const DecisionBody = z.strictObject({
  region: regionCode,
  outcome: z.enum(DECISIONS),
  reason: z.string().min(4).max(2000),
  evidence: z
    .array(z.string().regex(/^sha256:[0-9a-f]{64}$/))
    .max(20)
    .optional(),
});

export const FeedBody = z.strictObject({
  region: regionCode,
  subject: uuid.optional().meta({ description: "the person's pseudonym; otherwise two identifiers that agree" }),
  identifiers: z
    .strictObject({
      kind: z.enum(["elder", "caregiver"]),
      idNumber: z.string().max(18).optional(),
      name: z.string().max(100).optional(),
      birthDate: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .optional(),
      phone: z.string().max(32).optional(),
      account: z.string().max(64).optional(),
    })
    .optional(),
  event: z.strictObject({
    type: z.enum(EVENT_TYPES),
    precision: z.enum(PRECISIONS),
    from: unixSeconds,
    to: unixSeconds.optional(),
    official: z.int().min(0).max(1),
  }),
  source: z.string().min(1).max(200),
});
