import { createHash, randomBytes } from "node:crypto";
import { Refusal } from "../../core/errors.ts";
import type { Clock } from "../clock.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import type { People } from "./people.ts";
import { type Caller, isProviders, type SystemRole } from "./roles.ts";

export type { Caller } from "./roles.ts";

export interface Identity {
  people: People;
  /** Makes an API key; the text is shown once, only its hash is kept. */
  createKey(caller: Caller & { role: SystemRole }): Promise<string>;
  /**
   * Who calls: by an API key, else by a session's cookie. Throws Refusal unauthenticated, second_factor_needed, or
   * cross_site for a change that another site's page asked for.
   */
  callerOf(headers: Headers, request: { method: string; withoutSecondFactor: boolean }): Promise<Caller>;
  revokeKey(name: string): Promise<number>;
  /** API keys without the keys themselves, in the order in which they were made. */
  listKeys(): Promise<{ name: string; role: SystemRole; scope: string; createdAt: number; revoked: boolean }[]>;
}

/** A revocation by another process is seen within this time; one by this process at once. */
const CACHE_MS = 2_000;
const CACHED_CALLERS = 10_000;
const hashOf = (key: string) => new Uint8Array(createHash("sha256").update(key).digest());

/** `publicUrl` where a proxy ends TLS before the server: its host is this server's own, whatever the proxy says. */
export function openIdentity(prisma: PrismaClient, clock: Clock, people: People, publicUrl: string | null): Identity {
  const publicHost = publicUrl && new URL(publicUrl).host;
  const callers = new Map<string, { caller: Caller; until: number }>();

  async function keyHolder(authorization: string): Promise<Caller> {
    const match = /^Bearer (slk_[A-Za-z0-9_-]{43})$/.exec(authorization);
    const known = match && callers.get(match[1]!);
    if (known && known.until > performance.now()) return known.caller;
    const row = match && (await prisma.apiKey.findUnique({ where: { hash: hashOf(match[1]!) } }));
    if (!row || row.revokedAt !== null) throw new Refusal("unauthenticated");
    const caller = { name: row.name, role: row.role as SystemRole, scope: row.scope };
    if (callers.size >= CACHED_CALLERS) callers.clear();
    callers.set(match![1]!, { caller, until: performance.now() + CACHE_MS });
    return caller;
  }

  return {
    people,
    async createKey({ name, role, scope }) {
      // 256 random bits need no slow hash; the prefix lets secret scanners find a leaked key.
      const key = `slk_${randomBytes(32).toString("base64url")}`;
      await prisma.apiKey.create({ data: { hash: hashOf(key), name, role, scope, createdAt: BigInt(clock.now()) } });
      return key;
    },
    async callerOf(headers, { method, withoutSecondFactor }) {
      const authorization = headers.get("authorization");
      if (authorization !== null) return await keyHolder(authorization);
      if (method !== "GET" && !isSameSite(headers, publicHost)) throw new Refusal("cross_site");
      const caller = await people.callerOf(headers, { withoutSecondFactor });
      if (!caller) throw new Refusal("unauthenticated");
      return caller;
    },
    async listKeys() {
      const rows = await prisma.apiKey.findMany({ orderBy: { createdAt: "asc" } });
      return rows.map(({ name, role, scope, createdAt, revokedAt }) => ({
        name,
        role: role as SystemRole,
        scope,
        createdAt: Number(createdAt),
        revoked: revokedAt !== null,
      }));
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

/** Whether a browser says that its own page of this server asks; what is no browser says nothing, and has no cookie. */
function isSameSite(headers: Headers, publicHost: string | null): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return URL.canParse(origin) && [headers.get("host"), publicHost].includes(new URL(origin).host);
  return [null, "same-origin", "none"].includes(headers.get("sec-fetch-site")) && headers.get("cookie") === null;
}

/** Whether a caller may act on a provider's records in a region. */
export function requireScope(caller: Caller, region: number, provider: string | null): void {
  const allowed = isProviders(caller) ? provider === caller.scope : caller.scope === String(region);
  if (!allowed) throw new Refusal("forbidden");
}
