import { z } from "zod";
import { dayNumber, regionCode, unixSeconds, uuid } from "../registry/schema.ts";

export const FAMILY_ANSWERS = ["confirmed", "denied", "complaint"] as const;
export type FamilyAnswer = (typeof FAMILY_ANSWERS)[number];

export const familyLink = {
  region: regionCode,
  visit: uuid,
  token: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .meta({ description: "the secret of the link" }),
};
export const FamilyQuestion = z.strictObject(familyLink);
export const AnswerBody = z.strictObject({
  ...familyLink,
  answer: z.enum(FAMILY_ANSWERS),
  note: z.string().trim().min(1).max(500).optional().meta({ description: "required for a complaint" }),
});
export const OwnAnswerBody = AnswerBody.omit({ token: true });

const SaidOutput = z.object({
  what: z.enum([...FAMILY_ANSWERS, "reply"]),
  note: z.string(),
  day: dayNumber,
});

export const FamilyVisitOutput = z.object({
  region: regionCode,
  regionName: z.string(),
  offsetMinutes: z.int(),
  visit: uuid,
  provider: z.string(),
  carer: z.string().meta({ description: "name, masked" }),
  item: z.object({ zh: z.string(), en: z.string() }),
  startedAt: unixSeconds,
  endedAt: unixSeconds,
  corrected: z.boolean(),
  said: z.array(SaidOutput),
});
export type FamilyVisit = z.infer<typeof FamilyVisitOutput>;

export const ReplyBody = z.strictObject({ region: regionCode, note: z.string().trim().min(4).max(500) });
export const FamilyWordOutput = z.object({
  visit: uuid.nullable(),
  carer: uuid,
  what: z.enum([...FAMILY_ANSWERS, "reply"]),
  note: z.string(),
  by: z.string(),
  day: dayNumber,
  startedAt: unixSeconds,
});
