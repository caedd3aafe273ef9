import { z } from "zod";
import { Refusal } from "../../core/errors.ts";
import { familyPath } from "../../core/familyLink.ts";
import { route } from "../http/route.ts";
import { requireOwn } from "../identity/own.ts";
import { type Caller, requireScope } from "../identity/service.ts";
import type { Ledger } from "../ledger.ts";
import { regionCode, uuid } from "../registry/schema.ts";
import { AnswerBody, FamilyQuestion, FamilyVisitOutput, FamilyWordOutput, OwnAnswerBody, ReplyBody } from "./schema.ts";

const region = z.coerce.number().pipe(regionCode);
const BY_LINK = "family link";

export const familyRoutes = (ledger: Ledger) => {
  const { families } = ledger;
  const elderOf = (caller: Caller): string => {
    if (!caller.subject) throw new Refusal("not_found");
    return caller.subject;
  };
  return [
    route({
      method: "post",
      path: "/family/visit",
      zh: "家属凭链接查看一次上门:谁来过、何时",
      en: "What a visit's link shows: who came and when (names masked), and what was said since. The secret is the authority.",
      body: FamilyQuestion,
      status: 200,
      response: FamilyVisitOutput,
      handle: async ({ body }) => await families.byLink(body.region, body.visit, body.token),
    }),
    route({
      method: "post",
      path: "/family/answer",
      zh: "家属凭链接答复:来过、没来过、投诉",
      en: "A family's answer by link: yes, no, or a complaint. It becomes an entry of the log.",
      body: AnswerBody,
      status: 201,
      response: FamilyVisitOutput,
      async handle({ body }) {
        await families.byLink(body.region, body.visit, body.token);
        await families.answer(body.region, body.visit, body.answer, body.note ?? "", BY_LINK);
        return await families.byLink(body.region, body.visit, body.token);
      },
    }),
    route({
      method: "get",
      path: "/family/visits",
      zh: "家属登录后查看本家老人的上门记录",
      en: "Visits to one's own elder within the last 45 days, for a family that signs in.",
      status: 200,
      response: z.object({ visits: z.array(FamilyVisitOutput) }),
      handle: async ({ caller }) => ({
        visits: await families.ofElder(Number(caller.scope), elderOf(caller), caller.name),
      }),
    }),
    route({
      method: "post",
      path: "/family/visits/answer",
      zh: "家属登录后答复一次上门",
      en: "The answer of a family that signed in.",
      body: OwnAnswerBody,
      status: 201,
      response: z.object({ visit: uuid }),
      async handle({ body, caller }) {
        requireScope(caller, body.region, null);
        if (!families.isTo(body.region, body.visit, elderOf(caller))) throw new Refusal("not_found");
        await families.answer(body.region, body.visit, body.answer, body.note ?? "", caller.name);
        return { visit: body.visit };
      },
    }),
    route({
      method: "get",
      path: "/visits/{id}/family-link",
      zh: "一条记录的家属链接(可打印为二维码)",
      en: "The link of a visit that its family answers by.",
      params: z.object({ id: uuid }),
      query: z.object({ region }),
      status: 200,
      response: z.object({ path: z.string() }),
      handle({ params: { id }, query, caller }) {
        requireOwn(ledger, caller, query.region, id);
        const visit = ledger.records.store.find(query.region, id);
        if (caller.role === "carer" && visit?.caregiver !== caller.subject) throw new Refusal("not_found");
        return { path: familyPath(query.region, id, `0x${families.tokenOf(query.region, id)}`) };
      },
    }),
    route({
      method: "get",
      path: "/regions/{region}/family-words",
      zh: "家属的答复与投诉,以及对他们的回复",
      en: "What families said, and what they were answered, the newest first.",
      params: z.object({ region }),
      status: 200,
      response: z.object({ words: z.array(FamilyWordOutput) }),
      handle({ params, caller }) {
        requireScope(caller, params.region, null);
        return { words: families.words(params.region) };
      },
    }),
    route({
      method: "post",
      path: "/visits/{id}/family-reply",
      zh: "回复家属",
      en: "Answer a family; it is shown by the visit's link, and is an entry of the log.",
      params: z.object({ id: uuid }),
      body: ReplyBody,
      status: 201,
      response: z.object({ visit: uuid }),
      async handle({ params: { id }, body, caller }) {
        requireScope(caller, body.region, null);
        await families.reply(body.region, id, body.note, caller.name);
        return { visit: id };
      },
    }),
  ];
};
