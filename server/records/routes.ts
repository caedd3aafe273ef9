import { z } from "zod";
import { ISSUES, Refusal } from "../../core/errors.ts";
import type { Receipted } from "../entries/store.ts";
import { route } from "../http/route.ts";
import { isProviders } from "../identity/roles.ts";
import { type Caller, requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { dayNumber, hash32, ReceiptedOutput, regionCode, uuid } from "../registry/schema.ts";
import { ReadmissionOutput, ReturnedBatch, VisitBatch, VisitCheck, VisitOutput } from "./schema.ts";

const PAGE_LIMIT = 1000;
const cursorOf = (visit: { day: number; index: number }) => `${visit.day}.${visit.index}`;
const regionQuery = z.coerce.number().pipe(regionCode);

/** A carer at a door speaks for nobody else. */
function requireOwnVisits(caller: Caller, visits: readonly { caregiver: string }[]): void {
  if (caller.role === "carer" && visits.some(({ caregiver }) => caregiver !== caller.subject))
    throw new Refusal("forbidden");
}

/** A receipt as the API answers it: who signed, on which ledger, and whether that ledger is a demonstration. */
export function receiptAnswer(ledger: Ledger, { receipt, signature }: Receipted) {
  const { ledgerId, simulated } = ledger.file;
  return { receipt, signature, operator: ledger.operatorOf(receipt.region), ledgerId, simulated };
}

export const recordRoutes = (ledger: Ledger) => [
  route({
    method: "post",
    path: "/visits",
    zh: "提交服务记录(一条或一批,最多 1000 条)",
    en: "Submit signed visits, one or up to 1,000. Accepted whole with a receipt, or refused whole with every reason. The same submission gives the same receipt.",
    body: VisitBatch,
    status: 201,
    response: ReceiptedOutput,
    async handle({ body, caller, bytes }) {
      const { submitter } = body.submission;
      requireScope(caller, body.visits[0]!.region, submitter);
      requireOwnVisits(caller, body.visits);
      return receiptAnswer(ledger, await ledger.records.submit(body, bytes));
    },
  }),
  route({
    method: "post",
    path: "/visits/check",
    zh: "预检服务记录:列出会被退回的原因,不接收",
    en: "What would be refused of these visits now, field by field. Nothing is signed, and nothing is taken.",
    body: VisitCheck,
    status: 200,
    response: z.object({
      issues: z.array(z.object({ pointer: z.string(), code: z.string(), zh: z.string(), en: z.string() })),
    }),
    handle({ body: { visits }, caller }) {
      const { region, provider } = visits[0]!;
      requireScope(caller, region, provider);
      const issues = [...ledger.records.check(visits, provider), ...ledger.records.conflicts(visits)];
      return { issues: issues.map(({ pointer, code }) => ({ pointer, code, ...ISSUES[code] })) };
    },
  }),
  route({
    method: "post",
    path: "/visits/{id}/correction",
    zh: "更正一条服务记录(须写明原因,每条只能更正一次)",
    en: "Correct a visit, once, with a reason: a signed submission of one visit whose `replaces` is this id.",
    params: z.object({ id: uuid }),
    body: VisitBatch,
    status: 201,
    response: ReceiptedOutput,
    async handle({ params, body, caller }) {
      const [only, ...more] = body.visits;
      if (more.length > 0) throw new Refusal("invalid_input", [{ pointer: "/visits", code: "too_long" }]);
      if (only!.replaces !== params.id)
        throw new Refusal("invalid_input", [{ pointer: "/visits/0/replaces", code: "invalid_value" }]);
      requireScope(caller, only!.region, body.submission.submitter);
      requireOwnVisits(caller, body.visits);
      return receiptAnswer(ledger, await ledger.records.submit(body));
    },
  }),
  route({
    method: "get",
    path: "/visits",
    zh: "服务记录列表(游标分页)",
    en: "List visits in the order of the log. `next` is the cursor of the next page, null at the end.",
    query: z.object({
      region: regionQuery,
      fromDay: z.coerce.number().pipe(dayNumber).default(0),
      toDay: z.coerce.number().pipe(dayNumber).default(0xffff_ffff),
      cursor: z
        .string()
        .regex(/^\d{1,10}\.\d{1,10}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(50),
    }),
    status: 200,
    response: z.object({ visits: z.array(VisitOutput), next: z.string().nullable() }),
    handle({ query, caller }) {
      const provider = isProviders(caller) ? caller.scope : null;
      requireScope(caller, query.region, provider);
      const [day, index] = (query.cursor ?? "0.-1").split(".").map(Number) as [number, number];
      const visits = ledger.records.store.list({ ...query, provider, after: { day, index } });
      return { visits, next: visits.length === query.limit ? cursorOf(visits.at(-1)!) : null };
    },
  }),
  route({
    method: "get",
    path: "/visits/{id}",
    zh: "查询一条服务记录(不含个人明细)",
    en: "One visit without personal details.",
    params: z.object({ id: uuid }),
    query: z.object({ region: regionQuery }),
    status: 200,
    response: VisitOutput,
    handle({ params, query, caller }) {
      const visit = ledger.records.store.find(query.region, params.id);
      // Somebody else's visit and none at all are the same answer to a provider.
      if (!visit || (isProviders(caller) && visit.provider !== caller.scope)) throw new Refusal("not_found");
      requireScope(caller, query.region, visit.provider);
      return visit;
    },
  }),
  route({
    method: "post",
    path: "/readmissions",
    zh: "交回回执:账本由备份恢复后,将已发回执的记录放回原位",
    en: "Return a receipt with what it was given for, after the books were restored from a backup: it goes back to its promised place, and the receipt stands.",
    body: ReturnedBatch,
    status: 201,
    response: ReceiptedOutput,
    async handle({ body, caller }) {
      const { submitter } = body.submission;
      requireScope(caller, body.receipt.region, body.entries ? null : submitter);
      requireOwnVisits(caller, body.visits ?? []);
      return receiptAnswer(ledger, await ledger.readmissions.readmit(body));
    },
  }),
  route({
    method: "get",
    path: "/regions/{region}/readmission",
    zh: "备份恢复后的核对情况",
    en: "Whether the region's books were restored from a backup and wait for receipts, and how far they are.",
    params: z.object({ region: regionQuery }),
    status: 200,
    response: ReadmissionOutput,
    handle({ params: { region } }) {
      const state = ledger.readmissions.stateOf(region);
      const { openDay: day, size } = ledger.entries.store.regionRow(region);
      return state
        ? { held: true, ...state }
        : { held: false, day, size, reachedDay: day, reachedSize: size, readmitted: 0 };
    },
  }),
  route({
    method: "get",
    path: "/submissions/{hash}",
    zh: "查询提交批次的回执",
    en: "The receipt of a submission, by its struct hash.",
    params: z.object({ hash: hash32 }),
    query: z.object({ region: regionQuery }),
    status: 200,
    response: ReceiptedOutput,
    handle({ params, query, caller }) {
      const found = ledger.entries.store.submissionOf(query.region, Buffer.from(params.hash.slice(2), "hex"));
      if (!found || (isProviders(caller) && found.submission.submitter !== caller.scope))
        throw new Refusal("not_found");
      requireScope(caller, query.region, found.submission.submitter);
      return receiptAnswer(ledger, { receipt: found.receipt, signature: found.receiptSignature, repeated: true });
    },
  }),
];
