import { z } from "zod";
import { creditCode, dayNumber, hash32, regionCode, uuid } from "../registry/schema.ts";

const PlanOfDay = z.object({
  item: z.string(),
  units: z.int(),
  period: z.enum(["day", "week", "month"]),
  carers: z.int(),
  done: z.int().meta({ description: "visits of that item to the elder today, by anybody" }),
});

export const ElderOfDay = z.object({
  id: uuid,
  name: z.string(),
  lon: z.int(),
  lat: z.int(),
  plans: z.array(PlanOfDay),
});
export type ElderOfDay = z.infer<typeof ElderOfDay>;

export const ItemOfDay = z.object({
  code: z.string(),
  zh: z.string(),
  en: z.string(),
  unitMinutes: z.int(),
  minimumMinutes: z.int(),
  priceFen: z.int().meta({ description: "of one unit" }),
});

/** What a carer's phone needs for a day at doors without a network. */
export const WorkdayOutput = z.object({
  region: regionCode,
  regionName: z.string(),
  offsetMinutes: z.int(),
  day: dayNumber,
  ledgerId: hash32,
  provider: creditCode,
  carer: z.object({ id: uuid, name: z.string() }),
  items: z.array(ItemOfDay),
  elders: z.array(ElderOfDay),
});
export type Workday = z.infer<typeof WorkdayOutput>;

export const ElderQuestion = z.strictObject({ name: z.string().trim().min(2).max(100) });
const names = z.array(z.string().trim().min(1).max(100)).max(1000);
export const MatchQuestion = z.strictObject({ carers: names, elders: names });
const matches = z
  .record(z.string(), z.array(uuid))
  .meta({ description: "pseudonyms of each name that is known; two where two bear it" });
export const MatchOutput = z.object({ region: regionCode, carers: matches, elders: matches });

export const EldersOutput = z.object({ elders: z.array(ElderOfDay) });
