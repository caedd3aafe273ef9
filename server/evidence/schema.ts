import { z } from "zod";
import { regionCode, uuid } from "../registry/schema.ts";

export const EVIDENCE_TYPES = ["image/jpeg", "image/png", "image/webp", "application/pdf"] as const;
export type EvidenceType = (typeof EVIDENCE_TYPES)[number];
/** Of the bytes, before they are written as text. A phone makes its photographs smaller first. */
export const MAX_EVIDENCE_BYTES = 2_500_000;

export const evidenceDigest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ example: `sha256:${"ab".repeat(32)}` });

export const EvidenceBody = z.strictObject({
  region: regionCode,
  elder: uuid.meta({ description: "whom it shows: it is sealed under their key, and goes with their erasure" }),
  digest: evidenceDigest,
  type: z.enum(EVIDENCE_TYPES),
  data: z
    .base64()
    .min(4)
    .max(Math.ceil(MAX_EVIDENCE_BYTES / 3) * 4),
});
export const EvidenceStored = z.object({ digest: evidenceDigest, repeated: z.boolean() });

export const EvidenceQuestion = z.strictObject({
  region: regionCode,
  visit: uuid.meta({ description: "the record that names it" }),
  purpose: z.string().min(4).max(200),
});
export const EvidenceOutput = z.object({ type: z.enum(EVIDENCE_TYPES), data: z.string() });
