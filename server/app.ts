import { toNodeHandler } from "better-auth/node";
import express, { type Express } from "express";
import { rateLimit } from "express-rate-limit";
import type { Logger } from "pino";
import { apiRouter, keepBytes } from "./http/api.ts";
import { DOCS_STYLE, docsPage } from "./http/docs.ts";
import { openMetrics } from "./http/metrics.ts";
import { apiRoutes, openApiDocument } from "./http/openapi.ts";
import { problemHandler, sendProblem } from "./http/problem.ts";
import { securityHeaders, webPages } from "./http/web.ts";
import type { Ledger } from "./ledger.ts";
import { readiness } from "./worker.ts";

/** A batch of 1,000 visits with details is about 1 MB. */
const BODY_LIMIT = "4mb";
/** Signing in is guessed at: fewer requests than for the rest. */
const SIGN_IN_SHARE = 5;

/** The HTTP shell over a ledger. */
export function createApp(ledger: Ledger, log: Logger, rateLimitPerMinute: number): Express {
  const app = express();
  const metrics = openMetrics(ledger);
  const routes = apiRoutes(ledger);
  const openapi = openApiDocument();
  app.disable("x-powered-by");
  app.use(securityHeaders());
  app.use(metrics.observe);
  app.use((request, response, next) => {
    // The path without its query: no id of a person ever stands in a log line.
    response.on("finish", () =>
      log.debug({ method: request.method, path: request.route?.path ?? "-", status: response.statusCode }, "request"),
    );
    next();
  });
  app.get("/healthz", (_request, response) => response.json({ status: "ok" }));
  app.get("/readyz", async (_request, response) => {
    const state = await readiness(ledger);
    response.status(state.ready ? 200 : 503).json(state);
  });
  app.get("/metrics", async (_request, response) => response.type(metrics.contentType).send(await metrics.text()));
  const limiter = rateLimit({
    windowMs: 60_000,
    limit: rateLimitPerMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    handler: (_request, response) => sendProblem(response, "rate_limited"),
  });
  const signIns = rateLimit({
    windowMs: 60_000,
    limit: Math.ceil(rateLimitPerMinute / SIGN_IN_SHARE),
    standardHeaders: "draft-8",
    legacyHeaders: false,
    handler: (_request, response) => sendProblem(response, "rate_limited"),
  });
  // Before the JSON parser: better-auth reads the body itself.
  app.all("/api/auth/{*any}", signIns, toNodeHandler(ledger.identity.people.handler));
  app.use("/api/v1", limiter, express.json({ limit: BODY_LIMIT, verify: keepBytes }));
  app.get("/api/v1/openapi.json", (_request, response) => response.json(openapi));
  app.get("/api/docs.css", (_request, response) => response.type("css").send(DOCS_STYLE));
  app.get("/api/docs", (_request, response) => response.type("html").send(docsPage(routes)));
  app.use("/api/v1", apiRouter(routes, ledger.identity));
  app.use(webPages());
  app.use((_request, response) => sendProblem(response, "not_found"));
  app.use(problemHandler((error) => log.error({ err: error }, "bug")));
  return app;
}
