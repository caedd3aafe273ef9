import type { IncomingMessage } from "node:http";
import { fromNodeHeaders } from "better-auth/node";
import { type Request, type Response, Router } from "express";
import { Refusal } from "../../core/errors.ts";
import { type Access, accessOf } from "../identity/access.ts";
import type { Caller, Identity } from "../identity/service.ts";
import { sendProblem } from "./problem.ts";
import { parse, type Route } from "./route.ts";

interface WithBytes extends IncomingMessage {
  bytes?: Buffer;
}

/** Keeps the bytes of a JSON body beside what they were parsed to; called by the parser. */
export function keepBytes(request: WithBytes, _response: unknown, bytes: Buffer, charset: string): void {
  if (charset === "utf-8") request.bytes = bytes;
}

const NOBODY: Caller = { name: "anonymous", role: "auditor", scope: "" };

/** Every entry point has one shape: authenticate → authorise → parse → decide and write (the handler) → answer. */
async function answer(
  route: Route,
  access: Access,
  identity: Identity,
  request: Request,
  response: Response,
): Promise<void> {
  const withoutSecondFactor = access === "anybody";
  const caller =
    access === "public"
      ? NOBODY
      : await identity.callerOf(fromNodeHeaders(request.headers), { method: request.method, withoutSecondFactor });
  if (Array.isArray(access) && !access.includes(caller.role)) throw new Refusal("forbidden");
  const params = route.params && parse(route.params, request.params);
  const query = route.query && parse(route.query, request.query);
  const body = route.body && parse(route.body, request.body);
  const result = await route.handle({ params, query, body, caller, bytes: (request as WithBytes).bytes } as never);
  response.status(route.status);
  if (route.contentType) response.type(route.contentType).send(result);
  else response.json(result);
}

export function apiRouter(routes: Route[], identity: Identity): Router {
  const router = Router();
  for (const route of routes) {
    // A route without a rule stops the server at its start.
    const access = accessOf(route);
    const path = route.path.replace(/\{(\w+)\}/g, ":$1");
    router[route.method](path, (request, response) => answer(route, access, identity, request, response));
    router.all(path, (request, response, next) => {
      const known = routes.some((other) => other.path === route.path && other.method === request.method.toLowerCase());
      return known ? next() : sendProblem(response, "method_not_allowed");
    });
  }
  return router;
}
