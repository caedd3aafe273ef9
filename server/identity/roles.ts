import type { RoleName } from "../../core/keyBook.ts";
import { PERSON_ROLES } from "./schema.ts";

export { PERSON_ROLES };
/** Systems that come with an API key, and people who sign in. Nobody is more than one. */
export const SYSTEM_ROLES = ["provider", "importer", "officer", "auditor"] as const;
export const ROLES = [...new Set([...SYSTEM_ROLES, ...PERSON_ROLES])] as const;
export type SystemRole = (typeof SYSTEM_ROLES)[number];
export type PersonRole = (typeof PERSON_ROLES)[number];
export const isPersonRole = (role: string): role is PersonRole => (PERSON_ROLES as readonly string[]).includes(role);
export type Role = SystemRole | PersonRole;

/** Whose scope is a provider's credit code; everybody else's is a region. */
export const PROVIDERS_ROLES: readonly Role[] = ["provider", "clerk", "carer"];

/** Who moves money, reads everything or makes people may do nothing without a second factor. */
export const SECOND_FACTOR_ROLES: readonly Role[] = [
  "proposer",
  "approver",
  "treasurer",
  "supervisor",
  "auditor",
  "administrator",
];

export interface Caller {
  /** An API key's name, or a person's user name: what decisions are signed with. */
  name: string;
  role: Role;
  /** Credit code of a provider, or a region code. */
  scope: string;
  /** Whose account it is, of a carer or a family: the pseudonym of the carer or elder. */
  subject?: string | null;
}

/** Roles that are nothing without the person of the registry whose account it is. */
export const SUBJECT_ROLES: readonly Role[] = ["carer", "family"];

/** Role on the chain of a key that a person makes in a browser. */
export const KEY_ROLE: Partial<Record<Role, RoleName>> = {
  clerk: "Provider",
  carer: "Provider",
  coordinator: "Importer",
  proposer: "Proposer",
  approver: "Approver",
  auditor: "Auditor",
  treasurer: "Treasury",
  supervisor: "Supervisor",
};

export const isProviders = ({ role }: Pick<Caller, "role">): boolean => PROVIDERS_ROLES.includes(role);
