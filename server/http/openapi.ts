import type { z } from "zod";
import { createDocument } from "zod-openapi";
import { PROBLEMS } from "../../core/errors.ts";
import { anchorRoutes } from "../anchors/routes.ts";
import { auditRoutes } from "../audits/routes.ts";
import { erasureRoutes } from "../erasures/routes.ts";
import { evidenceRoutes } from "../evidence/routes.ts";
import { familyRoutes } from "../families/routes.ts";
import { accessOf } from "../identity/access.ts";
import { ROLES } from "../identity/roles.ts";
import { identityRoutes } from "../identity/routes.ts";
import { keyRoutes } from "../keys/routes.ts";
import type { Ledger } from "../ledger.ts";
import { overviewRoutes } from "../overviews/routes.ts";
import { payoutRoutes } from "../payouts/routes.ts";
import { recordRoutes } from "../records/routes.ts";
import { registryRoutes } from "../registry/routes.ts";
import { reviewRoutes } from "../reviews/routes.ts";
import { sealRoutes } from "../seals/routes.ts";
import { settlementRoutes } from "../settlements/routes.ts";
import { statementRoutes } from "../statements/routes.ts";
import { workdayRoutes } from "../workdays/routes.ts";
import type { Route } from "./route.ts";

/** Every route of the API, in the order in which a record travels. */
export function apiRoutes(ledger: Ledger): Route[] {
  return [
    ...recordRoutes(ledger),
    ...registryRoutes(ledger),
    ...sealRoutes(ledger),
    ...anchorRoutes(ledger),
    ...reviewRoutes(ledger),
    ...settlementRoutes(ledger),
    ...payoutRoutes(ledger),
    ...statementRoutes(ledger),
    ...auditRoutes(ledger),
    ...erasureRoutes(ledger),
    ...overviewRoutes(ledger),
    ...identityRoutes(ledger),
    ...keyRoutes(ledger),
    ...workdayRoutes(ledger),
    ...evidenceRoutes(ledger),
    ...familyRoutes(ledger),
  ];
}

function operation(route: Route) {
  const access = accessOf(route);
  const roles = access === "anybody" ? ROLES : access;
  const json = (schema: z.ZodType, type = "application/json") => ({ content: { [type]: { schema } } });
  return {
    summary: route.zh,
    description: route.en + (roles === "public" ? "" : `\n\nRoles: ${roles.join(", ")}.`),
    ...(access !== "public" && { security: [{ apiKey: [] }, { session: [] }] }),
    requestParams: { ...(route.params && { path: route.params }), ...(route.query && { query: route.query }) },
    ...(route.body && { requestBody: { required: true, ...json(route.body) } }),
    responses: {
      [String(route.status)]: { description: "OK", ...json(route.response, route.contentType) },
      default: {
        description: "A refusal: RFC 9457 problem; docs/problems.md lists the codes.",
        $ref: "#/components/responses/Problem",
      },
    },
  };
}

/** OpenAPI 3.1 of the whole API. Routes are only described, so no ledger is needed. */
export function openApiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of apiRoutes({} as Ledger)) {
    paths[`/api/v1${route.path}`] = { ...paths[`/api/v1${route.path}`], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "SilverLedger 银龄账本",
      version: "1",
      description: "养老服务记录与补贴的可验证账本。Signed records in, receipts and proofs out.",
    },
    servers: [{ url: "/" }],
    paths: paths as never,
    components: {
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "silverledger.session_token" },
        apiKey: { type: "http", scheme: "bearer", description: "slk_…" },
      },
      responses: {
        Problem: {
          description: "A refusal.",
          content: {
            "application/problem+json": {
              schema: {
                type: "object",
                required: ["type", "title", "status", "code"],
                properties: {
                  type: { type: "string" },
                  title: { type: "string" },
                  title_zh: { type: "string" },
                  status: { type: "integer" },
                  code: { type: "string", enum: Object.keys(PROBLEMS) },
                  issues: {
                    type: "array",
                    items: {
                      type: "object",
                      properties: {
                        pointer: { type: "string" },
                        code: { type: "string" },
                        zh: { type: "string" },
                        en: { type: "string" },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  });
}
