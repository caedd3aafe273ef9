import { z } from "zod";
import { ABILITY_LEVELS, LTCI_LEVELS } from "../../core/assessment.ts";
import { isCreditCode, isIdNumber, isRegionCode, isUuid } from "../../core/id.ts";

/** The wire forms shared by registry and records. Every list and string is bounded; unknown fields are refused. */
export const uuid = z
  .string()
  .refine(isUuid, { error: "invalid_uuid" })
  .meta({ format: "uuid", example: "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6a" });
export const creditCode = z
  .string()
  .refine(isCreditCode, { error: "invalid_credit_code" })
  .meta({ example: "91110000600037341L" });
export const regionCode = z.int().refine(isRegionCode, { error: "invalid_region" }).meta({ example: 310105 });
export const hash32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ example: `0x${"ab".repeat(32)}` });
export const signature65 = z.string().regex(/^0x[0-9a-f]{130}$/);
export const seed16 = z
  .string()
  .regex(/^0x[0-9a-f]{32}$/)
  .meta({ description: "16 random bytes; the salts of all groups come from it" });
export const unixSeconds = z.int().min(0).max(253_402_300_799);
export const dayNumber = z.int().min(0).max(0xffff_ffff);
const text = (max: number) => z.string().min(1).max(max);
const code = z.string().regex(/^[a-z0-9-]{1,40}$/);
/** Micro-degrees, WGS 84. */
const longitude = z.int().min(-180_000_000).max(180_000_000);
const latitude = z.int().min(-90_000_000).max(90_000_000);
const point = z.strictObject({ lon: longitude, lat: latitude });
const flag = z.union([z.literal(0), z.literal(1)]);
const idNumber = z.string().refine(isIdNumber, { error: "invalid_id_number" });
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** The order that a price or programme rests on; `verified` says that somebody has held it against the original. */
const document = z.strictObject({ number: text(200), verified: flag });
const LEVELS = [...ABILITY_LEVELS, ...LTCI_LEVELS] as const;

/** A number that a bank takes: what else stands in an account's field cannot be paid to. */
export const bankAccount = z.string().regex(/^[0-9A-Za-z]{1,34}$/);

export const REGISTRY_DETAILS = {
  Provider: z.strictObject({
    identity: z.strictObject({
      name: text(200),
      type: z.enum(["home", "station", "institution", "rural_point", "meal_point"]),
    }),
    place: point.optional(),
    account: text(64).optional(),
  }),
  Carer: z.strictObject({
    employment: z.strictObject({ provider: creditCode, hiredOn: date, leftOn: date.optional() }),
    identity: z.strictObject({ name: text(100), idNumber }),
    qualifications: z
      .array(z.strictObject({ code, expires: date }))
      .max(50)
      .optional(),
    devices: z.array(text(64)).max(20).optional(),
  }),
  Elder: z.strictObject({
    identity: z.strictObject({ name: text(100), idNumber, birthDate: date }),
    home: z.strictObject({ lon: longitude, lat: latitude, area: z.enum(["urban", "rural"]) }),
    household: z.strictObject({ household: text(64), livesAlone: flag }).optional(),
    account: z.strictObject({ account: text(64), guardian: flag }).optional(),
    contact: z.strictObject({ phone: text(32) }).optional(),
  }),
  Item: z.strictObject({
    names: z.strictObject({
      zh: text(100),
      en: text(100),
      category: z.enum(["care", "nursing", "meal", "health", "company", "errand", "adaptation"]),
    }),
    measure: z.strictObject({
      unitMinutes: z.int().min(1).max(1440),
      minimumMinutes: z.int().min(0).max(1440),
      dailyCap: z.int().min(0).max(1000),
    }),
    conditions: z.strictObject({
      minimumLevel: z.string().max(20),
      certificate: z.string().max(40),
      location: z.enum(["home", "community", "any"]),
      concurrentWith: z.array(code).max(100),
      traits: z.array(z.enum(["live_in", "meal", "hospital_accompany", "emergency"])).max(10),
    }),
  }),
  Plan: z.strictObject({
    service: z.strictObject({ elder: uuid, item: code }),
    quantity: z.strictObject({
      units: z.int().min(1).max(10_000),
      period: z.enum(["day", "week", "month"]),
      carers: z.int().min(1).max(2),
    }),
  }),
  Assessment: z.strictObject({
    person: z.strictObject({ elder: uuid }),
    result: z.strictObject({ scale: z.enum(["gbt42195", "ltci"]), level: z.enum(LEVELS), assessedOn: date }),
    scores: z.array(z.int().min(0).max(1000)).max(100).optional(),
    assessor: z.strictObject({ assessor: text(100), organisation: text(200) }).optional(),
  }),
  Place: z.strictObject({
    place: z.strictObject({ name: text(200), lon: longitude, lat: latitude }),
    person: z.strictObject({ elder: uuid }).optional(),
  }),
  Fund: z.strictObject({
    names: z.strictObject({ zh: text(200), en: text(200) }),
    document: document.optional(),
    // Where the fund's money lies; a run's order to the bank names it as the payer.
    account: z.strictObject({ name: text(140), account: bankAccount, bank: z.string().max(35) }).optional(),
  }),
  Tariff: z.strictObject({
    price: z.strictObject({
      unitPriceFen: z.int().min(0).max(100_000_000),
      shares: z
        .array(z.strictObject({ fund: code, percent: z.int().min(0).max(100) }))
        .min(1)
        .max(10),
    }),
    document: document.optional(),
  }),
  Programme: z.strictObject({
    names: z.strictObject({ zh: text(200), en: text(200) }),
    terms: z.strictObject({
      fund: code,
      monthlyFen: z.int().min(0).max(100_000_000),
      minimumAge: z.int().min(0).max(150),
      minimumLevel: z.string().max(20),
      area: z.enum(["urban", "rural", "any"]),
      excludes: z.array(code).max(100),
      proofOfLifeMonths: z.int().min(0).max(120),
    }),
    document: document.optional(),
  }),
  Enrolment: z.strictObject({
    person: z.strictObject({ elder: uuid }),
    programme: z.strictObject({ programme: code, appliedOn: date }),
  }),
} as const;

const entryShape = {
  id: uuid,
  region: regionCode,
  version: z.int().min(1).max(1_000_000),
  validFrom: dayNumber,
  validTo: dayNumber,
};
const details = <T extends z.ZodType>(values: T) => z.strictObject({ seed: seed16, values });

/** Kinds that belong to no provider. */
const ofNobody = <K extends string, S extends z.ZodType, V extends z.ZodType>(kind: K, subject: S, values: V) =>
  z.strictObject({
    kind: z.literal(kind),
    ...entryShape,
    subject,
    provider: z.literal(""),
    details: details(values),
  });

/** One registry entry on the wire; `validTo` 4294967295 means open. */
export const RegistryInput = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("Provider"),
    ...entryShape,
    subject: creditCode,
    provider: creditCode,
    details: details(REGISTRY_DETAILS.Provider),
  }),
  z.strictObject({
    kind: z.literal("Carer"),
    ...entryShape,
    subject: uuid,
    provider: creditCode,
    details: details(REGISTRY_DETAILS.Carer),
  }),
  ofNobody("Elder", uuid, REGISTRY_DETAILS.Elder),
  ofNobody("Item", code, REGISTRY_DETAILS.Item),
  z.strictObject({
    kind: z.literal("Plan"),
    ...entryShape,
    subject: uuid,
    provider: creditCode,
    details: details(REGISTRY_DETAILS.Plan),
  }),
  ofNobody("Assessment", uuid, REGISTRY_DETAILS.Assessment),
  ofNobody("Place", uuid, REGISTRY_DETAILS.Place),
  ofNobody("Fund", code, REGISTRY_DETAILS.Fund),
  ofNobody("Tariff", code, REGISTRY_DETAILS.Tariff),
  ofNobody("Programme", code, REGISTRY_DETAILS.Programme),
  ofNobody("Enrolment", uuid, REGISTRY_DETAILS.Enrolment),
]);
export type AssessmentDetails = z.infer<typeof REGISTRY_DETAILS.Assessment>;
export type RegistryInput = z.infer<typeof RegistryInput>;

export const SubmissionInput = z.strictObject({
  submitter: z.string().min(1).max(32),
  root: hash32,
  count: z.int().min(1).max(1000),
  signedAt: unixSeconds,
});

export const RegistryBatch = z.strictObject({
  submission: SubmissionInput,
  signature: signature65,
  entries: z.array(RegistryInput).min(1).max(1000),
});
export type RegistryBatch = z.infer<typeof RegistryBatch>;

export const RegistryVersion = z.object({
  kind: z.string(),
  subject: z.string(),
  provider: z.string(),
  version: z.int(),
  validFrom: dayNumber,
  validTo: dayNumber,
  day: dayNumber,
  index: z.int(),
});

export const ReceiptOutput = z.object({
  submission: hash32,
  region: regionCode,
  day: dayNumber,
  firstIndex: z.int().min(0),
  count: z.int().min(1),
  receivedAt: unixSeconds,
  head: hash32,
});
export const ReceiptedOutput = z.object({
  receipt: ReceiptOutput,
  signature: signature65,
  operator: z.string(),
  ledgerId: hash32,
  simulated: z.boolean().meta({ description: "true on a demonstration ledger, whose clock is simulated" }),
});
