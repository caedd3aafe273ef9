import { z } from "zod";
import { uuid } from "../registry/schema.ts";

/** Roles of people who sign in. */
export const PERSON_ROLES = [
  "clerk",
  "carer",
  "coordinator",
  "proposer",
  "approver",
  "treasurer",
  "supervisor",
  "auditor",
  "administrator",
  "family",
] as const;
export const USERNAME = /^[a-z][a-z0-9._-]{2,39}$/;

export const Me = z
  .object({
    username: z.string(),
    name: z.string(),
    role: z.string(),
    scope: z.string().meta({ description: "机构信用代码或区划代码 credit code of a provider, or region code" }),
    region: z
      .int()
      .nullable()
      .meta({ description: "所在地区,机构取其登记地区 where they work; a provider's is where it is registered" }),
    second_factor: z.enum(["on", "off", "needed"]),
    first_password: z.boolean().meta({ description: "须先修改首个密码 the first password must be changed" }),
  })
  .meta({ id: "Me" });

export const PersonBody = z
  .strictObject({
    username: z.string().regex(USERNAME),
    name: z.string().trim().min(1).max(100),
    role: z.enum(PERSON_ROLES),
    scope: z.string().min(1).max(40),
    subject: uuid.optional().meta({ description: "护理员或家属对应的登记人员 the carer or elder whose account it is" }),
  })
  .meta({ id: "NewPerson" });

export const PersonList = z
  .object({
    people: z.array(
      z.object({
        username: z.string(),
        name: z.string(),
        role: z.string(),
        scope: z.string(),
        disabled: z.boolean(),
        two_factor: z.boolean(),
        locked_until: z.int().nullable().meta({ description: "Unix 秒 Unix seconds" }),
      }),
    ),
  })
  .meta({ id: "People" });

export const FirstPassword = z
  .object({ username: z.string(), password: z.string().meta({ description: "只显示一次 shown once" }) })
  .meta({ id: "FirstPassword" });

export const ApiKeyBody = z
  .strictObject({
    name: z.string().regex(USERNAME),
    role: z.enum(["provider", "importer", "officer", "auditor"]),
    scope: z.string().min(1).max(40),
  })
  .meta({ id: "NewApiKey" });
export const ApiKeyList = z.object({
  keys: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      scope: z.string(),
      created_at: z.int().meta({ description: "Unix 秒 Unix seconds" }),
      revoked: z.boolean(),
    }),
  ),
});
export const ApiKeyMade = z.object({
  name: z.string(),
  key: z.string().meta({ description: "只显示一次 shown once" }),
});

export const StateBody = z.strictObject({ disabled: z.boolean() }).meta({ id: "PersonState" });
export const Done = z.object({ username: z.string(), disabled: z.boolean() }).meta({ id: "PersonStateDone" });
export const Username = z.object({ username: z.string().min(1).max(40) });
