import { z } from "zod";
import {
  creditCode,
  dayNumber,
  hash32,
  ReceiptOutput,
  RegistryInput,
  regionCode,
  SubmissionInput,
  seed16,
  signature65,
  unixSeconds,
  uuid,
} from "../registry/schema.ts";

const fix = z.strictObject({
  lon: z.int().min(-180_000_000).max(180_000_000).meta({ description: "micro-degrees, WGS 84" }),
  lat: z.int().min(-90_000_000).max(90_000_000),
  accuracyM: z.int().min(0).max(100_000),
});

/** The groups of a visit's details, each committed to and shown on its own. */
export const VisitDetails = z.strictObject({
  placeIn: fix.optional(),
  placeOut: fix.optional(),
  device: z
    .strictObject({
      id: z.string().min(1).max(64),
      startedAt: unixSeconds.optional(),
      mock: z.int().min(0).max(1).optional(),
    })
    .optional(),
  evidence: z
    .array(z.string().regex(/^sha256:[0-9a-f]{64}$/))
    .max(20)
    .optional(),
  circumstances: z
    .strictObject({
      bookedMinutes: z.int().min(0).max(1440),
      units: z.int().min(0).max(1000),
      priceFen: z.int().min(0).max(100_000_000),
      entry: z.enum(["auto", "manual"]),
      reason: z
        .string()
        .min(1)
        .max(500)
        .optional()
        .meta({ description: "required for manual entries and corrections" }),
      group: z.string().max(64).optional(),
      twoCarer: z.int().min(0).max(1).optional(),
      alternateProof: z.enum(["none", "qr", "nfc"]).optional(),
      family: z.enum(["none", "confirmed", "denied"]).optional(),
      submittedAt: unixSeconds.optional(),
    })
    .optional(),
  note: z.string().min(1).max(2000).optional(),
});

export const VisitInput = z.strictObject({
  id: uuid,
  region: regionCode,
  provider: creditCode,
  caregiver: uuid,
  elder: uuid,
  item: z.string().regex(/^[a-z0-9-]{1,40}$/),
  startedAt: unixSeconds,
  endedAt: unixSeconds,
  replaces: uuid.nullable().default(null).meta({ description: "the visit that this one corrects" }),
  details: z.strictObject({ seed: seed16, values: VisitDetails }),
});
export type VisitInput = z.infer<typeof VisitInput>;

export const VisitBatch = z.strictObject({
  submission: SubmissionInput,
  signature: signature65,
  visits: z.array(VisitInput).min(1).max(1000),
});
export type VisitBatch = z.infer<typeof VisitBatch>;

/** Visits that nobody signed yet: what would be refused of them is told, and nothing is taken. */
export const VisitCheck = z.strictObject({ visits: z.array(VisitInput).min(1).max(1000) });

/** What a receipt was given for, with the receipt, as it was sent then. */
export const ReturnedBatch = z
  .strictObject({
    receipt: z.strictObject(ReceiptOutput.shape),
    receiptSignature: signature65,
    submission: SubmissionInput,
    signature: signature65,
    visits: z.array(VisitInput).min(1).max(1000).optional(),
    entries: z.array(RegistryInput).min(1).max(1000).optional(),
  })
  .refine(({ visits, entries }) => visits !== undefined || entries !== undefined, {
    error: "missing_field",
    path: ["visits"],
  })
  .refine(({ visits, entries }) => visits === undefined || entries === undefined, {
    error: "unknown_field",
    path: ["entries"],
  });
export type ReturnedBatch = z.infer<typeof ReturnedBatch>;

export const ReadmissionOutput = z.object({
  held: z.boolean().meta({ description: "whether the region waits for receipts after a restore" }),
  day: dayNumber,
  size: z.int().meta({ description: "entries of that day in the books, counted from its beginning" }),
  reachedDay: dayNumber,
  reachedSize: z.int(),
  readmitted: z.int(),
});

export const VisitOutput = z.object({
  id: uuid,
  region: regionCode,
  provider: creditCode,
  caregiver: uuid,
  elder: uuid,
  item: z.string(),
  startedAt: unixSeconds,
  endedAt: unixSeconds,
  replaces: uuid.nullable(),
  replacedBy: uuid.nullable(),
  details: hash32,
  day: dayNumber,
  index: z.int(),
  submission: hash32,
  provenance: z.enum(["provider", "attested"]),
  sealed: z.boolean(),
});
export type VisitOutput = z.infer<typeof VisitOutput>;
