import { z } from "zod";
import { REGISTRY_KINDS } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { route } from "../http/route.ts";
import { requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { receiptAnswer } from "../records/routes.ts";
import { dayNumber, ReceiptedOutput, RegistryBatch, RegistryVersion, regionCode, uuid } from "./schema.ts";

const kind = z.enum(REGISTRY_KINDS);
const personKind = z.enum(["Elder", "Carer"]);
const personName = z.string().trim().min(1).max(100);
const purpose = z.string().trim().min(4).max(200);
const region = z.coerce.number().pipe(regionCode);

export const registryRoutes = (ledger: Ledger) => [
  route({
    method: "post",
    path: "/registry",
    zh: "登记机构、护理员、老人、项目、计划(导入密钥签名)",
    en: "Register providers, carers, elders, items or plans, signed by the region's importer key.",
    body: RegistryBatch,
    status: 201,
    response: ReceiptedOutput,
    async handle({ body, caller }) {
      requireScope(caller, body.entries[0]!.region, null);
      return receiptAnswer(ledger, await ledger.registry.register(body));
    },
  }),
  route({
    method: "post",
    path: "/registry/search",
    zh: "按姓名查找登记的老人或护理员(须说明用途;每人的查阅入账)",
    en: "Find registered elders or carers by name, for a purpose; everybody found becomes an Access entry.",
    body: z.strictObject({ region: regionCode, kind: personKind, name: personName, purpose }),
    status: 200,
    response: z.object({
      people: z.array(
        z.object({
          subject: uuid,
          entry: uuid,
          name: z.string(),
          birthDate: z.string(),
          provider: z.string(),
          valid: z.boolean(),
        }),
      ),
    }),
    async handle({ body, caller }) {
      requireScope(caller, body.region, null);
      const { region: r, kind: of, name, purpose: why } = body;
      return { people: await ledger.registered.search(r, of, name, caller.name, why) };
    },
  }),
  route({
    method: "post",
    path: "/registry/card",
    zh: "一人的登记卡:登记、计划、评估、津贴(须说明用途;查阅入账)",
    en: "Everything that the registry holds about one person, for a purpose; the reading is an Access entry.",
    body: z.strictObject({ region: regionCode, kind: personKind, subject: uuid, purpose }),
    status: 200,
    response: z.object({
      subject: uuid,
      kind: personKind,
      values: z.record(z.string(), z.unknown()),
      versions: z.array(z.object({ version: z.int(), validFrom: dayNumber, validTo: dayNumber, day: dayNumber })),
      owned: z.array(
        z.object({
          kind,
          subject: z.string(),
          provider: z.string(),
          version: z.int(),
          validFrom: dayNumber,
          validTo: dayNumber,
          values: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
    async handle({ body, caller }) {
      requireScope(caller, body.region, null);
      return await ledger.registered.card(body.region, body.kind, body.subject, caller.name, body.purpose);
    },
  }),
  route({
    method: "get",
    path: "/registry/{kind}/{subject}",
    zh: "查询登记事项的各版本;可问某日有效的版本",
    en: "All versions of a subject; with `onDay`, the one that was valid on that day.",
    params: z.object({ kind, subject: z.string().min(1).max(64) }),
    query: z.object({ region, onDay: z.coerce.number().pipe(dayNumber).optional() }),
    status: 200,
    response: z.object({ versions: z.array(RegistryVersion) }),
    handle({ params, query, caller }) {
      requireScope(caller, query.region, null);
      const versions =
        query.onDay === undefined
          ? ledger.registry.store.versions(query.region, params.kind, params.subject)
          : [ledger.registry.validOn(query.region, params.kind, params.subject, query.onDay)].filter(
              (version) => version !== null,
            );
      if (versions.length === 0) throw new Refusal("not_found");
      return { versions };
    },
  }),
  route({
    method: "get",
    path: "/registry/{kind}",
    zh: "登记事项列表(游标分页)",
    en: "Newest versions of a kind, by subject; `after` is the last subject of the page before.",
    params: z.object({ kind }),
    query: z.object({
      region,
      after: z.string().max(64).default(""),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    status: 200,
    response: z.object({ versions: z.array(RegistryVersion), next: z.string().nullable() }),
    handle({ params, query, caller }) {
      requireScope(caller, query.region, null);
      const versions = ledger.registry.store.list(query.region, params.kind, query.after, query.limit);
      return { versions, next: versions.length === query.limit ? versions.at(-1)!.subject : null };
    },
  }),
];
