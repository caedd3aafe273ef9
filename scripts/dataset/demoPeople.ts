import { writeFileSync } from "node:fs";
import { createOTP } from "@better-auth/utils/otp";
import { Refusal } from "../../core/errors.ts";
import type { Home } from "../../server/home.ts";
import type { PersonInput } from "../../server/identity/people.ts";
import { type PersonRole, PROVIDERS_ROLES, SECOND_FACTOR_ROLES } from "../../server/identity/roles.ts";
import type { Ledger } from "../../server/ledger.ts";

/** One of each role of a demonstration, with made-up names. */
const PEOPLE: readonly (readonly [username: string, name: string, role: PersonRole])[] = [
  ["wang-clerk", "王文员", "clerk"],
  ["li-carer", "李护理", "carer"],
  ["zhao-coordinator", "赵科员", "coordinator"],
  ["sun-proposer", "孙经办", "proposer"],
  ["zhou-approver", "周复核", "approver"],
  ["qian-treasurer", "钱国库", "treasurer"],
  ["feng-supervisor", "冯监督", "supervisor"],
  ["wei-supervisor", "卫监督", "supervisor"],
  ["wu-auditor", "吴审计", "auditor"],
  ["zheng-admin", "郑管理", "administrator"],
  ["chen-family", "陈家属", "family"],
];

export const oneTimeCode = async (secret: string): Promise<string> =>
  await createOTP(secret, { digits: 6, period: 30 }).totp();

/** Of the provider's last visits, the carer who made most of them, and an elder whom they served. */
function busiest(ledger: Ledger, region: number, provider: string): { carer?: string; elder?: string } {
  const { openDay } = ledger.entries.store.regionRow(region);
  const filter = { region, provider, fromDay: openDay - 3, toDay: openDay, after: { day: 0, index: -1 }, limit: 1000 };
  const visits = ledger.records.store.list(filter).filter(({ replacedBy }) => replacedBy === null);
  const groups = [...Map.groupBy(visits, ({ caregiver }) => caregiver)].sort((a, b) => b[1].length - a[1].length);
  const [carer, own] = groups[0] ?? [];
  return carer && own ? { carer, elder: own.at(-1)!.elder } : {};
}

/**
 * Makes somebody of every role, with random passwords that stand nowhere but in what this returns, and sets up the
 * one-time codes of those who must have them. Their secrets are kept in the home, for `people code`. Throws Refusal
 * forbidden where the ledger is no demonstration.
 */
export async function demoPeople(
  ledger: Ledger,
  home: Home,
  region: number,
  provider: string,
): Promise<(PersonInput & { password: string; codes: boolean })[]> {
  if (!ledger.file.simulated) throw new Refusal("forbidden");
  const { people } = ledger.identity;
  const secrets: Record<string, string> = {};
  const { carer, elder } = busiest(ledger, region, provider);
  const made = [];
  for (const [username, name, role] of PEOPLE) {
    const subject = role === "carer" ? carer : role === "family" ? elder : undefined;
    const scope = PROVIDERS_ROLES.includes(role) ? provider : String(region);
    const person = { username, name, role, scope, ...(subject && { subject }) };
    const password = await people.create(person);
    const codes = SECOND_FACTOR_ROLES.includes(role);
    if (codes) secrets[username] = await people.setUpCodes(username, password, oneTimeCode);
    made.push({ ...person, password, codes });
  }
  writeFileSync(home.path("demo-codes.json"), `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return made;
}
