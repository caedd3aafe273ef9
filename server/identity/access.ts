import type { Role } from "./roles.ts";

/** Who may call an entry point: everybody, everybody who is somebody, or the roles named. */
export type Access = "public" | "anybody" | readonly Role[];

const FINANCE: readonly Role[] = ["officer", "auditor", "proposer", "approver", "treasurer", "supervisor"];
const EVERYBODY: readonly Role[] = ["provider", "clerk", "coordinator", ...FINANCE];
const REVIEWERS: readonly Role[] = ["coordinator", ...FINANCE];
const SIGNERS: readonly Role[] = [
  "carer",
  "clerk",
  "coordinator",
  "proposer",
  "approver",
  "treasurer",
  "supervisor",
  "auditor",
];

/**
 * The one table of authorisation: every entry point and the roles that it lets in. What of their scope a role may touch
 * (which region, which provider's records) is checked by the handler, with `requireScope`.
 */
export const ACCESS = {
  "GET /ledger": "public",
  "GET /regions/{region}/seals": "public",
  "GET /regions/{region}/seals/{day}": "public",
  "GET /regions/{region}/checkpoint": "public",
  "GET /regions/{region}/days/{day}/consistency": "public",
  "GET /regions/{region}/days/{day}/settlement": "public",
  "GET /regions/{region}/funds": "public",
  "GET /funds/{fund}/runs/{run}/publicity": "public",
  "GET /regions/{region}/items": "public",
  "GET /regions/{region}/readmission": "public",
  "GET /rules": "public",

  "POST /visits": ["provider", "importer", "clerk", "carer"],
  "POST /readmissions": ["provider", "importer", "clerk", "carer", "coordinator"],
  "POST /visits/check": ["provider", "clerk"],
  "POST /visits/{id}/correction": ["provider", "importer", "clerk", "carer"],
  "GET /visits": ["importer", ...EVERYBODY],
  "GET /visits/{id}": ["importer", ...EVERYBODY],
  "GET /submissions/{hash}": ["importer", "carer", ...EVERYBODY],
  "POST /registry": ["importer", "coordinator"],
  "POST /registry/search": ["officer", "coordinator"],
  "POST /registry/card": ["officer", "coordinator"],
  "GET /regions/{region}/feeds": ["officer", "coordinator", "auditor"],
  "GET /erasures": ["officer", "coordinator"],
  "GET /registry/{kind}/{subject}": ["importer", "officer", "auditor", "coordinator"],
  "GET /registry/{kind}": ["importer", "officer", "auditor", "coordinator"],

  "GET /regions/{region}/rule-set": EVERYBODY,
  "POST /rule-sets": ["officer", "coordinator"],
  "GET /regions/{region}/reviews": REVIEWERS,
  "GET /regions/{region}/days/{day}/review": REVIEWERS,
  "GET /regions/{region}/days/{day}/replay": REVIEWERS,
  "GET /entries/{id}/verdicts": EVERYBODY,
  "POST /verdicts/{id}/explanation": EVERYBODY,
  "GET /regions/{region}/queue": REVIEWERS,
  "POST /entries/{id}/decisions": ["provider", "clerk", "officer", "coordinator"],
  "POST /feeds": ["officer", "coordinator"],
  "POST /feeds/{id}/retraction": ["officer", "coordinator"],

  "GET /entries/{id}/settlement": EVERYBODY,
  "GET /regions/{region}/days/{day}/revision": FINANCE,
  "POST /regions/{region}/days/{day}/revision": ["officer", "proposer"],
  "POST /entitlements": ["officer", "proposer"],
  "GET /funds/{fund}/books": FINANCE,
  "GET /funds/{fund}/runs": FINANCE,
  "POST /funds/{fund}/runs": ["officer", "proposer"],
  "GET /funds/{fund}/runs/{run}/payments": FINANCE,
  "POST /funds/{fund}/runs/{run}/release": ["officer", "proposer"],
  "POST /requests": FINANCE,
  "POST /relays": FINANCE,
  "POST /accounts": ["officer", "coordinator"],
  "POST /accounts/{id}/approval": ["officer", "coordinator"],
  "GET /funds/{fund}/due": FINANCE,
  "GET /funds/{fund}/debts": FINANCE,
  "GET /accounts": ["officer", "coordinator"],
  "POST /funds/{fund}/runs/{run}/order": ["officer", "proposer", "treasurer"],
  "POST /funds/{fund}/bank-files": ["officer", "proposer", "treasurer"],
  "GET /funds/{fund}/returns": FINANCE,

  "GET /entries/{id}/proof": ["importer", ...EVERYBODY],
  "POST /entries/{id}/details": ["provider", "clerk", "officer", "auditor", "coordinator"],
  "POST /erasures": ["officer", "coordinator"],
  "POST /erasures/{id}/approval": ["officer", "coordinator"],

  "GET /regions/{region}/findings": REVIEWERS,
  "GET /regions/{region}/check-ins": ["officer", "auditor", "coordinator"],
  "GET /regions/{region}/sample": ["officer", "auditor"],
  "GET /regions/{region}/chain-days": REVIEWERS,
  "GET /funds/{fund}/runs/{run}/payments/{index}/entries": FINANCE,
  "GET /regions/{region}/totals": "public",
  "GET /regions/{region}/providers": "public",
  "GET /audits/fsck": ["officer", "auditor", "administrator"],
  "POST /audits/fsck": ["auditor", "administrator"],

  "GET /keys": [...SIGNERS, "administrator"],
  "POST /keys": SIGNERS,
  "POST /keys/{address}/approval": ["administrator"],
  "POST /keys/{address}/revocation": [...SIGNERS, "administrator"],
  "GET /workday": ["carer"],
  "POST /workday/elders": ["carer"],
  "POST /workday/match": ["clerk"],
  "GET /providers/{provider}/statements/{month}": ["provider", "clerk", "officer", "auditor", "coordinator"],
  "POST /evidence": ["carer", "clerk"],
  "POST /evidence/{digest}/view": ["provider", "clerk", "officer", "auditor", "coordinator"],
  "POST /family/visit": "public",
  "POST /family/answer": "public",
  "GET /family/visits": ["family"],
  "POST /family/visits/answer": ["family"],
  "GET /visits/{id}/family-link": ["provider", "clerk", "carer", "coordinator"],
  "GET /regions/{region}/family-words": ["officer", "coordinator", "auditor"],
  "POST /visits/{id}/family-reply": ["coordinator"],

  "GET /me": "anybody",
  "GET /api-keys": ["administrator"],
  "POST /api-keys": ["administrator"],
  "POST /api-keys/{username}/revocation": ["administrator"],
  "GET /people": ["administrator"],
  "POST /people": ["administrator"],
  "POST /people/{username}/state": ["administrator"],
} as const satisfies Record<string, Access>;

/** The rule of one entry point. Throws when the table has none: such a server does not start. */
export function accessOf({ method, path }: { method: string; path: string }): Access {
  const access = (ACCESS as Record<string, Access>)[`${method.toUpperCase()} ${path}`];
  if (!access) throw new Error(`${method} ${path}: no rule in server/identity/access.ts`);
  return access;
}
