import { z } from "zod";
import { dayNumber, hash32, regionCode } from "../registry/schema.ts";

export const SealOutput = z.object({
  region: regionCode,
  day: dayNumber,
  date: z.string(),
  size: z.int(),
  root: hash32,
  head: hash32,
  anchor: z
    .object({ chainId: z.int(), contract: z.string(), tx: hash32, blockNumber: z.int(), blockHash: hash32 })
    .nullable()
    .meta({ description: "null while the seal waits for the chain" }),
});

/** A proof is read by `silverledger verify`; docs/spec.md §8 lists its fields. */
export const ProofOutput = z.looseObject({
  format: z.literal("silverledger-proof"),
  version: z.literal(1),
  ledgerId: hash32,
  simulated: z.boolean(),
});
