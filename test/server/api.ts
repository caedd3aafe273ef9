import { pino } from "pino";
import type { SystemRole } from "../../server/identity/roles.ts";
import { type Running, serve } from "../../server/serve.ts";
import type { World } from "./world.ts";

/** A world's server over HTTP, and callers with keys of their own. */
export interface Api {
  http: Running;
  /** By the caller's name. */
  keys: Record<string, string>;
}

export async function openApi(
  w: World,
  callers: readonly (readonly [name: string, role: SystemRole, scope: string])[],
  port = 0,
): Promise<Api> {
  const http = await serve(w.ledger, pino({ level: "silent" }), {
    host: "127.0.0.1",
    port,
    rateLimit: 100_000,
    worker: false,
  });
  const keys: Record<string, string> = {};
  for (const [name, role, scope] of callers) keys[name] = await w.ledger.identity.createKey({ name, role, scope });
  return { http, keys };
}

/** What a request is sent with; a text goes as it is. */
export function requestOf(
  method: string,
  key: string | null | undefined,
  body: unknown,
  json: (body: unknown) => string = JSON.stringify,
) {
  return {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : json(body) }),
  };
}
