import { existsSync, readFileSync } from "node:fs";
import { isPersonRole, PERSON_ROLES } from "../../server/identity/roles.ts";
import { oneTimeCode } from "../dataset/demoPeople.ts";
import { type Call, EXIT, need, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

async function add(call: Call): Promise<number> {
  const role = need(call, "role");
  if (!isPersonRole(role)) throw new UsageError(`--role: one of ${PERSON_ROLES.join(", ")}`);
  return await withExistingLedger(call, async (ledger) => {
    const who = {
      username: need(call, "username"),
      name: need(call, "name"),
      role,
      scope: need(call, "scope"),
      ...(text(call, "subject") && { subject: text(call, "subject") }),
      changesPassword: true,
    };
    const password = await ledger.identity.people.create(who);
    call.out.result({ username: who.username, password }, `${who.username}: ${password}   (shown once)`);
    return EXIT.ok;
  });
}

async function list(call: Call): Promise<number> {
  return await withExistingLedger(call, async (ledger) => {
    const people = await ledger.identity.people.list();
    const words = people.map(
      ({ username, name, role, scope, disabled, twoFactorEnabled }) =>
        `${username} ${name} ${role} ${scope}${twoFactorEnabled ? " 2fa" : ""}${disabled ? " disabled" : ""}`,
    );
    call.out.result(people, words.join("\n"));
    return EXIT.ok;
  });
}

const turn = (disabled: boolean) => async (call: Call) =>
  await withExistingLedger(call, async (ledger) => {
    const username = need(call, "username");
    await ledger.identity.people.disable(username, disabled);
    call.out.result({ username, disabled }, `${username}: ${disabled ? "disabled" : "enabled"}`);
    return EXIT.ok;
  });

/** The demonstration's people have no phone that would show their codes. */
async function code(call: Call): Promise<number> {
  const file = `${call.config.home}/demo-codes.json`;
  if (!existsSync(file))
    throw new UsageError(`${call.config.home}: no demonstration; codes are shown by your own device`);
  const secrets = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const secret = secrets[need(call, "username")];
  if (!secret) throw new UsageError(`--username: one of ${Object.keys(secrets).join(", ")}`);
  const now = await oneTimeCode(secret);
  call.out.result({ code: now }, now);
  return EXIT.ok;
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = {
  add,
  list,
  disable: turn(true),
  enable: turn(false),
  code,
};

const verb: Verb = {
  usage: "people add|list|disable|enable|code …",
  summary:
    "people who sign in: add one (the first password is shown once), lock one out, a demonstration's one-time code",
  options: {
    username: { type: "string" },
    name: { type: "string" },
    role: { type: "string" },
    scope: { type: "string" },
    subject: { type: "string" },
  },
  async run(call) {
    const action = ACTIONS[call.positionals[0] ?? ""];
    if (!action) throw new UsageError(`people ${Object.keys(ACTIONS).join(" | ")}`);
    return await action(call);
  },
};
export default verb;
