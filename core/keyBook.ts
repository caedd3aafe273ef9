import { type Hex, toHex, utf8, word } from "./bytes.ts";
import type { ProblemCode } from "./errors.ts";

/** Roles of KeyRegistry.sol, by number. */
export const ROLE = {
  Operator: 1,
  Provider: 2,
  Importer: 3,
  Auditor: 4,
  Proposer: 5,
  Approver: 6,
  Supervisor: 7,
  Treasury: 8,
} as const;
export type RoleName = keyof typeof ROLE;

/** One key's authority: from its first second to the first second at which it no longer speaks. */
export interface Grant {
  address: Hex;
  person: Hex;
  role: number;
  scope: Hex;
  from: number;
  to: number;
}

/** The scope of a key that speaks for a region. */
export function regionScope(region: number): Hex {
  return toHex(word(region));
}

/** The scope of a key that speaks for a provider: its credit code, left-aligned. */
export function providerScope(code: string): Hex {
  const scope = new Uint8Array(32);
  scope.set(utf8(code).subarray(0, 32));
  return toHex(scope);
}

/** Role and scope that a submitter's key must have: `import:<region>`, or a provider's credit code. */
export function submitterAuthority(submitter: string): { role: RoleName; scope: Hex } {
  if (submitter.startsWith("import:")) return { role: "Importer", scope: regionScope(Number(submitter.slice(7))) };
  return { role: "Provider", scope: providerScope(submitter) };
}

/** Why a key does not speak in that role and scope at that time; null when it does. */
export function keyProblem(grant: Grant | undefined, role: RoleName, scope: Hex, time: number): ProblemCode | null {
  if (!grant || grant.role !== ROLE[role] || grant.scope !== scope) return "key_unknown";
  if (time < grant.from) return "key_not_yet_valid";
  return time < grant.to ? null : "key_ended";
}
