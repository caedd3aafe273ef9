import { z } from "zod";
import { DETAIL_GROUPS, type DetailedKind, valuesOf } from "../../core/details.ts";
import { route } from "../http/route.ts";
import { requireOwn } from "../identity/own.ts";
import type { Ledger } from "../ledger.ts";
import { regionCode, uuid } from "../registry/schema.ts";
import { ProofOutput } from "./schema.ts";

const params = z.object({ id: uuid });
const region = z.coerce.number().pipe(regionCode);
const purpose = z
  .string()
  .min(4)
  .max(200)
  .meta({ description: "why the details are read; it becomes an entry of the log" });

export const auditRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/entries/{id}/proof",
    zh: "一条账目的完整证明(不含个人明细)",
    en: "Everything that checks one entry without this server; verify it with `silverledger verify`.",
    params,
    query: z.object({ region }),
    status: 200,
    response: ProofOutput,
    handle({ params: { id }, query, caller }) {
      requireOwn(ledger, caller, query.region, id);
      return ledger.audits.proof(query.region, id);
    },
  }),
  route({
    method: "post",
    path: "/entries/{id}/details",
    zh: "查阅个人明细(须说明用途;查阅本身入账)",
    en: "Read personal details, whole or by group, for a stated purpose. The read itself is appended to the log first.",
    params,
    body: z.strictObject({ region: regionCode, purpose, groups: z.array(z.string().max(40)).max(6).optional() }),
    status: 200,
    response: z.object({ kind: z.string(), values: z.record(z.string(), z.unknown()), proof: ProofOutput.nullable() }),
    async handle({ params: { id }, body, caller }) {
      requireOwn(ledger, caller, body.region, id);
      const { at, disclosure } = ledger.audits.details(body.region, id);
      const groups: readonly string[] = DETAIL_GROUPS[at.kind as DetailedKind];
      const shown = body.groups ?? groups;
      // Written before it is shown: a read that is not in the log did not happen.
      await ledger.erasures.recordAccess(body.region, id, caller.name, body.purpose);
      const values = valuesOf(disclosure.filter(({ group }) => shown.includes(group)));
      const sealed = ledger.seals.store.of(body.region, at.day) !== null;
      return {
        kind: at.kind,
        values,
        proof: sealed && at.submission ? ledger.audits.proof(body.region, id, shown) : null,
      };
    },
  }),
];
