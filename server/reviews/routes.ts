import { z } from "zod";
import { Refusal } from "../../core/errors.ts";
import { RULES } from "../../core/rules/catalogue.ts";
import { route } from "../http/route.ts";
import { isProviders } from "../identity/roles.ts";
import { type Caller, requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { dayNumber, hash32, ReceiptOutput, regionCode, uuid } from "../registry/schema.ts";
import type { DecisionInput } from "./desk.ts";
import type { EventDetails } from "./feeds.ts";
import {
  DecisionBody,
  ExplanationOutput,
  FeedBody,
  HistoryOutput,
  QUEUE_STATES,
  ReviewOutput,
  ReviewsOutput,
  RuleOutput,
  RuleSetInput,
  VerdictOutput,
} from "./schema.ts";

const region = z.coerce.number().pipe(regionCode);
const day = z.coerce.number().pipe(dayNumber);
/** A year and a month. */
const MOST_DAYS = 400;
const PROVIDERS_OWN: readonly string[] = ["answer", "appeal"];

/** A provider's system reads and contests what is said about its own records alone. */
function requireOwnEntry(ledger: Ledger, caller: Caller, regionNumber: number, entry: string): void {
  const provider = isProviders(caller) ? (ledger.records.store.find(regionNumber, entry)?.provider ?? "") : null;
  requireScope(caller, regionNumber, provider);
}

export const reviewRoutes = (ledger: Ledger) => {
  const { reviews, desk, explanations } = ledger;
  return [
    route({
      method: "get",
      path: "/rules",
      zh: "全部核查规则:含义、参数与例外",
      en: "Every review rule: what it says, its parameters and when it is not a fault.",
      status: 200,
      response: z.object({ rules: z.array(RuleOutput) }),
      handle: () => ({
        rules: RULES.map(({ id, name, version, level, key, windowDays, params, title, text }) => ({
          ...{ id, name, version, level, key, windowDays, params, title, text },
        })),
      }),
    }),
    route({
      method: "get",
      path: "/regions/{region}/rule-set",
      zh: "现行规则集、各规则的误判记录与额度",
      en: "The rule set in force, how often each rule was found wrong, and whether its budget is spent.",
      params: z.object({ region }),
      status: 200,
      response: z.object({
        content: hash32,
        validFrom: dayNumber,
        ruleSet: RuleSetInput,
        history: z.array(HistoryOutput),
      }),
      handle({ params, caller }) {
        requireScope(caller, params.region, isProviders(caller) ? caller.scope : null);
        const set = reviews.ruleSetOn(params.region, ledger.entries.store.regionRow(params.region).openDay);
        if (!set) throw new Refusal("not_found");
        const { content, validFrom } = set;
        return {
          content,
          validFrom,
          ruleSet: set.ruleSet,
          history: explanations.history(params.region),
        };
      },
    }),
    route({
      method: "post",
      path: "/rule-sets",
      zh: "启用规则集(自某日起),内容寻址、入账",
      en: "Put a rule set in force from a day on. It is named by its hash and is an entry of the log.",
      body: z.strictObject({ region: regionCode, validFrom: dayNumber, ruleSet: RuleSetInput }),
      status: 201,
      response: z.object({ receipt: ReceiptOutput }),
      async handle({ body, caller }) {
        requireScope(caller, body.region, null);
        return { receipt: (await desk.adopt(body.region, body.ruleSet, body.validFrom)).receipt };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/reviews",
      zh: "各日的核查及其结论数",
      en: "The reviews of some days, the last first, with how often each rule spoke; at most 400 days.",
      params: z.object({ region }),
      query: z.object({ fromDay: day, toDay: day }),
      status: 200,
      response: ReviewsOutput,
      handle({ params, query, caller }) {
        requireScope(caller, params.region, null);
        const fromDay = Math.max(query.fromDay, query.toDay - MOST_DAYS + 1);
        const found = Map.groupBy(
          reviews.store.found(params.region, fromDay, query.toDay),
          ({ reviewedDay }) => reviewedDay,
        );
        const list = reviews.store.reviews(params.region, fromDay, query.toDay).reverse();
        return {
          reviews: list.map((one) => ({
            ...one,
            found: (found.get(one.reviewedDay) ?? []).map(({ rule, severity, count }) => ({ rule, severity, count })),
          })),
        };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/days/{day}/review",
      zh: "某日的核查:规则集、依据与全部结论",
      en: "The review of a day: its rule set, what it could know, and all verdicts.",
      params: z.object({ region, day }),
      status: 200,
      response: z.object({ review: ReviewOutput, verdicts: z.array(VerdictOutput) }),
      handle({ params, caller }) {
        requireScope(caller, params.region, null);
        const review = reviews.store.reviewOf(params.region, params.day);
        if (!review) throw new Refusal("not_found");
        const rows = reviews.store.bareVerdicts(params.region, review.day, review.day);
        const verdicts = rows.filter((row) => row.review === review.id);
        return { review, verdicts: verdicts.map(({ person: _person, box: _box, review: _review, ...rest }) => rest) };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/days/{day}/replay",
      zh: "重放核查:由账目与所记规则集重新计算,逐字节比对",
      en: "Compute the verdicts of a day again from the log and the named rule set, and compare byte by byte.",
      params: z.object({ region, day }),
      status: 200,
      response: z.object({
        review: ReviewOutput,
        recomputed: z.int(),
        same: z.boolean(),
        erased: z.int(),
        otherVersions: z.array(z.object({ id: z.string(), version: z.int(), here: z.int().nullable() })).meta({
          description: "rules that the named set has in other versions than this program; `same` says nothing then",
        }),
      }),
      handle({ params, caller }) {
        requireScope(caller, params.region, null);
        const { review, verdicts, same, erased, otherVersions } = reviews.replay(params.region, params.day);
        return { review, recomputed: verdicts.length, same, erased, otherVersions };
      },
    }),
    route({
      method: "get",
      path: "/entries/{id}/verdicts",
      zh: "一条记录上的全部结论与决定,以及现状",
      en: "Everything that stands about an entry, in the order of the log, and what follows for its line.",
      params: z.object({ id: uuid }),
      query: z.object({ region }),
      status: 200,
      response: z.object({
        outcome: z.enum(["pay", "held", "denied"]),
        words: z.array(
          z.object({
            id: uuid,
            day: dayNumber,
            index: z.int(),
            rule: z.string().nullable(),
            severity: z.string().nullable(),
            decision: z.string().nullable(),
          }),
        ),
      }),
      handle({ params: { id }, query, caller }) {
        requireOwnEntry(ledger, caller, query.region, id);
        const words = desk.wordsOn(query.region, id);
        return {
          outcome: desk.outcomeOf(words),
          words: words.map(({ id: word, day: on, index, verdict, decision }) => ({
            ...{ id: word, day: on, index, rule: verdict?.rule ?? null, severity: verdict?.severity ?? null },
            decision: decision ?? null,
          })),
        };
      },
    }),
    route({
      method: "post",
      path: "/verdicts/{id}/explanation",
      zh: "解释一条结论:说明、数字、并列记录、规则原文、误判记录与申诉途径(须说明用途;查阅入账)",
      en: "Explain one verdict: sentence, numbers, records side by side, the rule's text, its errors, and how to appeal. The read is an entry.",
      params: z.object({ id: uuid }),
      body: z.strictObject({ region: regionCode, purpose: z.string().min(4).max(200) }),
      status: 200,
      response: ExplanationOutput,
      async handle({ params: { id }, body, caller }) {
        const found = explanations.explain(body.region, id);
        const own = isProviders(caller) ? caller.scope : null;
        requireScope(caller, body.region, own);
        const records = found.records.filter(({ provider }) => own === null || provider === own);
        if (own !== null && records.length === 0) throw new Refusal("forbidden");
        // Written before it is shown: a read that is not in the log did not happen.
        await ledger.erasures.recordAccess(body.region, id, caller.name, body.purpose);
        return { ...found, records };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/queue",
      zh: "待办:暂缓、待补证据、申诉与抽查",
      en: "What waits for somebody: held, asked about, contested, or in the sample.",
      params: z.object({ region }),
      query: z.object({
        state: z.enum(QUEUE_STATES).optional(),
        after: z
          .string()
          .regex(/^\d{1,10}:\d{1,10}$/)
          .optional()
          .meta({ description: "day:index of the last one seen" }),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
      status: 200,
      response: z.object({
        items: z.array(
          z.object({
            entry: uuid,
            day: dayNumber,
            index: z.int(),
            state: z.enum(QUEUE_STATES),
            rules: z.array(z.string()),
            verdicts: z.array(uuid),
          }),
        ),
        next: z.string().nullable(),
      }),
      handle({ params, query, caller }) {
        requireScope(caller, params.region, null);
        const [afterDay, afterIndex] = (query.after ?? "0:-1").split(":").map(Number) as [number, number];
        const states = query.state ? [query.state] : QUEUE_STATES;
        const items = explanations.queue(params.region, states, { day: afterDay, index: afterIndex }, query.limit);
        const last = items.length === query.limit ? items.at(-1)! : null;
        return { items, next: last && `${last.day}:${last.index}` };
      },
    }),
    route({
      method: "post",
      path: "/entries/{id}/decisions",
      zh: "决定或申诉:放行、拒付、要求补证(审核人);补证、申诉(机构);维持、改判(另一人)",
      en: "Decide or contest a line: release, deny, ask (a reviewer); answer, appeal (the provider); uphold, overturn (somebody else).",
      params: z.object({ id: uuid }),
      body: DecisionBody,
      status: 201,
      response: z.object({ receipt: ReceiptOutput }),
      async handle({ params: { id }, body, caller }) {
        if (PROVIDERS_OWN.includes(body.outcome) !== isProviders(caller)) throw new Refusal("forbidden");
        requireOwnEntry(ledger, caller, body.region, id);
        const decision = { ...body, subject: id, by: caller.name } as DecisionInput;
        return { receipt: (await desk.decide(decision)).receipt };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/feeds",
      zh: "外部信息列表(不含内容;内容凭用途查阅)",
      en: "Feeds without what they say, the newest first; an entry's details are read for a purpose.",
      params: z.object({ region }),
      status: 200,
      response: z.object({
        feeds: z.array(z.object({ id: uuid, subject: uuid, day: dayNumber, retracted: z.boolean() })),
      }),
      handle({ params, caller }) {
        requireScope(caller, params.region, null);
        return { feeds: desk.feeds(params.region) };
      },
    }),
    route({
      method: "post",
      path: "/feeds",
      zh: "登记外部信息(死亡、住院、迁移、休假等);须两项身份信息一致",
      en: "Enter what another authority told (death, hospital, moving, leave …). Two identifiers must fit one person.",
      body: FeedBody,
      status: 201,
      response: z.object({ subject: uuid, receipt: ReceiptOutput }),
      async handle({ body, caller }) {
        requireScope(caller, body.region, null);
        if (Boolean(body.subject) === Boolean(body.identifiers))
          throw new Refusal("invalid_input", [{ pointer: "/identifiers", code: "invalid_value" }]);
        if (body.event.to !== undefined && body.event.to < body.event.from)
          throw new Refusal("invalid_input", [{ pointer: "/event/to", code: "end_before_start" }]);
        const subject = body.subject ?? desk.match(body.region, body.identifiers!);
        const event = body.event as EventDetails;
        const { receipt } = await desk.feed(body.region, [{ subject, event, source: body.source, by: caller.name }]);
        return { subject, receipt };
      },
    }),
    route({
      method: "post",
      path: "/feeds/{id}/retraction",
      zh: "撤回一条外部信息,依据它的结论随之撤回",
      en: "Take a feed back; what was found by it is taken back with the next review.",
      params: z.object({ id: uuid }),
      body: z.strictObject({ region: regionCode, reason: z.string().min(4).max(200) }),
      status: 201,
      response: z.object({ receipt: ReceiptOutput }),
      async handle({ params: { id }, body, caller }) {
        requireScope(caller, body.region, null);
        return { receipt: (await desk.retract(body.region, id, caller.name, body.reason)).receipt };
      },
    }),
  ];
};
