import { z } from "zod";
import { signature65, unixSeconds } from "../registry/schema.ts";

export const address20 = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/)
  .meta({ example: `0x${"ab".repeat(20)}` });

export const KeyBody = z.strictObject({
  address: address20,
  signature: signature65.meta({ description: "of keyClaim(ledger, user name, address) by the key itself" }),
});

export const KEY_STATES = ["waiting", "valid", "revoked"] as const;
export const KeyOutput = z.object({
  address: address20,
  username: z.string(),
  role: z.string(),
  scope: z.string(),
  requested_at: unixSeconds,
  approved_by: z.string().nullable(),
  state: z.enum(KEY_STATES),
});
export const KeyList = z.object({ keys: z.array(KeyOutput) });
export type KeyState = z.infer<typeof KeyOutput>;
