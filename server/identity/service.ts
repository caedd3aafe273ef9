import { createHash, randomBytes } from "node:crypto";
import { Refusal } from "../../core/errors.ts";
import type { Clock } from "../clock.ts";
import type { PrismaClient } from "../db/generated/client.ts";

/** Who calls: a provider's system, or an official's tool for one region. People who sign in come with a later part. */
export const API_ROLES = ["provider", "importer", "officer", "auditor"] as const;
export type ApiRole = (typeof API_ROLES)[number];
export interface Caller {
  name: string;
  role: ApiRole;
  /** Credit code of a provider, or a region code. */
  scope: string;
}

export interface Identity {
  /** Makes an API key; the text is shown once, only its hash is kept. */
  createKey(caller: Caller): Promise<string>;
  /** Who a key speaks for. Throws Refusal unauthenticated. */
  callerOf(authorization: string | undefined): Promise<Caller>;
  revokeKey(name: string): Promise<number>;
}

/** A revocation by another process is seen within this time; one by this process at once. */
const CACHE_MS = 2_000;
const CACHED_CALLERS = 10_000;
const hashOf = (key: string) => new Uint8Array(createHash("sha256").update(key).digest());

export function openIdentity(prisma: PrismaClient, clock: Clock): Identity {
  const callers = new Map<string, { caller: Caller; until: number }>();
  return {
    async createKey({ name, role, scope }) {
      // 256 random bits need no slow hash; the prefix lets secret scanners find a leaked key.
      const key = `slk_${randomBytes(32).toString("base64url")}`;
      await prisma.apiKey.create({ data: { hash: hashOf(key), name, role, scope, createdAt: BigInt(clock.now()) } });
      return key;
    },
    async callerOf(authorization) {
      const match = /^Bearer (slk_[A-Za-z0-9_-]{43})$/.exec(authorization ?? "");
      const known = match && callers.get(match[1]!);
      if (known && known.until > performance.now()) return known.caller;
      const row = match && (await prisma.apiKey.findUnique({ where: { hash: hashOf(match[1]!) } }));
      if (!row || row.revokedAt !== null) throw new Refusal("unauthenticated");
      const caller = { name: row.name, role: row.role as ApiRole, scope: row.scope };
      if (callers.size >= CACHED_CALLERS) callers.clear();
      callers.set(match![1]!, { caller, until: performance.now() + CACHE_MS });
      return caller;
    },
    async revokeKey(name) {
      callers.clear();
      const { count } = await prisma.apiKey.updateMany({
        where: { name, revokedAt: null },
        data: { revokedAt: BigInt(clock.now()) },
      });
      return count;
    },
  };
}

/** Whether a caller may act on a provider's records in a region. */
export function requireScope(caller: Caller, region: number, provider: string | null): void {
  const allowed = caller.role === "provider" ? provider === caller.scope : caller.scope === String(region);
  if (!allowed) throw new Refusal("forbidden");
}
