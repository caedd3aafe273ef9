import { dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { type Route, route } from "../http/route.ts";
import type { Ledger } from "../ledger.ts";
import { isOfRegion, regionOf } from "./own.ts";
import { type Caller, type PersonRole, type Role, SECOND_FACTOR_ROLES, SUBJECT_ROLES } from "./roles.ts";
import {
  ApiKeyBody,
  ApiKeyList,
  ApiKeyMade,
  Done,
  FirstPassword,
  Me,
  PersonBody,
  PersonList,
  StateBody,
  Username,
} from "./schema.ts";

/** People, as an administrator of a region makes them. Signing in itself is better-auth's, under /api/auth. */
export function identityRoutes(ledger: Ledger): Route[] {
  const people = () => ledger.identity.people;

  /** Providers belong to no region: their people are made where one of them is registered. */
  const isOwn = (caller: Caller, of: { role: Role; scope: string }) => isOfRegion(ledger, caller, of);
  /** A carer's account is that of a carer of the provider; a family's, that of an elder of the region. */
  function checkSubject(
    region: number,
    { role, scope, subject }: { role: PersonRole; scope: string; subject?: string | undefined },
  ) {
    const at = { pointer: "/subject" } as const;
    if (!SUBJECT_ROLES.includes(role)) {
      if (subject) throw new Refusal("invalid_input", [{ ...at, code: "unknown_field" }]);
      return;
    }
    if (!subject) throw new Refusal("invalid_input", [{ ...at, code: "missing_field" }]);
    const today = dayOf(ledger.clock.now(), ledger.entries.store.regionRow(region).offsetMinutes);
    const view = ledger.registry.view(region);
    if (role === "carer" && view.employerOf(subject, today) !== scope)
      throw new Refusal("invalid_input", [{ ...at, code: "unknown_carer" }]);
    if (role === "family" && !view.elderValid(subject, today))
      throw new Refusal("invalid_input", [{ ...at, code: "unknown_elder" }]);
  }
  const ownKeys = async (caller: Caller) => (await ledger.identity.listKeys()).filter((key) => isOwn(caller, key));
  const ofRegion = async (caller: Caller) => (await people().list()).filter((person) => isOwn(caller, person));

  return [
    route({
      method: "get",
      path: "/me",
      zh: "当前登录者",
      en: "Who is signed in",
      status: 200,
      response: Me,
      handle: ({ caller }) => {
        const {
          displayName = caller.name,
          twoFactorEnabled = null,
          firstPassword = false,
        } = caller as Caller & {
          displayName?: string;
          twoFactorEnabled?: boolean;
          firstPassword?: boolean;
        };
        const needed = twoFactorEnabled === false && SECOND_FACTOR_ROLES.includes(caller.role);
        return {
          username: caller.name,
          name: displayName,
          role: caller.role,
          scope: caller.scope,
          region: regionOf(ledger, caller),
          second_factor: needed ? "needed" : twoFactorEnabled ? "on" : "off",
          first_password: firstPassword,
        };
      },
    }),
    route({
      method: "get",
      path: "/api-keys",
      zh: "本区系统的 API 密钥(不含密钥本身)",
      en: "API keys of the region's systems, without the keys.",
      status: 200,
      response: ApiKeyList,
      handle: async ({ caller }) => ({
        keys: (await ownKeys(caller)).map(({ createdAt, ...key }) => ({ ...key, created_at: createdAt })),
      }),
    }),
    route({
      method: "post",
      path: "/api-keys",
      zh: "为系统新增 API 密钥",
      en: "Makes an API key for a system; it is shown once.",
      body: ApiKeyBody,
      status: 201,
      response: ApiKeyMade,
      handle: async ({ body, caller }) => {
        if (!isOwn(caller, body)) throw new Refusal("forbidden");
        // Revoking goes by name: two keys of one name would end together.
        if ((await ledger.identity.listKeys()).some(({ name, revoked }) => name === body.name && !revoked))
          throw new Refusal("already_done", [{ pointer: "/name", code: "id_taken" }]);
        return { name: body.name, key: await ledger.identity.createKey(body) };
      },
    }),
    route({
      method: "post",
      path: "/api-keys/{username}/revocation",
      zh: "吊销 API 密钥",
      en: "Revokes a system's API key at once.",
      params: Username,
      status: 200,
      response: Done,
      handle: async ({ params, caller }) => {
        if (!(await ownKeys(caller)).some(({ name, revoked }) => name === params.username && !revoked))
          throw new Refusal("not_found");
        await ledger.identity.revokeKey(params.username);
        return { username: params.username, disabled: true };
      },
    }),
    route({
      method: "get",
      path: "/people",
      zh: "本区人员",
      en: "People of the administrator's region",
      status: 200,
      response: PersonList,
      handle: async ({ caller }) => ({
        people: (await ofRegion(caller)).map(({ twoFactorEnabled, lockedUntil, ...person }) => ({
          ...person,
          two_factor: twoFactorEnabled,
          locked_until: lockedUntil,
        })),
      }),
    }),
    route({
      method: "post",
      path: "/people",
      zh: "新增人员",
      en: "Makes a person; the first password is shown once",
      body: PersonBody,
      status: 201,
      response: FirstPassword,
      handle: async ({ body, caller }) => {
        if (!isOwn(caller, body)) throw new Refusal("forbidden");
        checkSubject(Number(caller.scope), body);
        const password = await people().create({ ...body, changesPassword: true });
        return { username: body.username, password };
      },
    }),
    route({
      method: "post",
      path: "/people/{username}/state",
      zh: "停用或恢复人员",
      en: "Locks a person out and ends all sessions, or lets in again",
      params: Username,
      body: StateBody,
      status: 200,
      response: Done,
      handle: async ({ params, body, caller }) => {
        if (!(await ofRegion(caller)).some(({ username }) => username === params.username))
          throw new Refusal("not_found");
        // Whoever locks themself out cannot let themself in again.
        if (params.username === caller.name) throw new Refusal("second_person_needed");
        await people().disable(params.username, body.disabled);
        return { username: params.username, disabled: body.disabled };
      },
    }),
  ];
}
