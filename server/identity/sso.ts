import { APIError } from "better-auth";
import { genericOAuth } from "better-auth/plugins";
import type { PrismaClient } from "../db/generated/client.ts";
import { SECOND_FACTOR_ROLES } from "./roles.ts";
import { USERNAME } from "./schema.ts";

/** A government's single sign-on (OpenID Connect). Nobody is made by it: it signs in whom an administrator made. */
export interface SingleSignOn {
  /** The issuer's address; its discovery document lies below it. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Whether the provider itself asks for a second factor; otherwise who needs one signs in with password and code. */
  asksSecondFactor: boolean;
}

export const SSO_PROVIDER = "sso";
/** better-auth wants an address; nothing is ever sent to it (RFC 2606). */
export const addressOfPerson = (username: string): string => `${username}@people.invalid`;

/** better-auth's plugin for the provider: people are known by `preferred_username`, which is their user name here. */
export function singleSignOnPlugin({ issuer, clientId, clientSecret }: SingleSignOn) {
  return genericOAuth({
    config: [
      {
        providerId: SSO_PROVIDER,
        discoveryUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
        requireIdTokenVerification: true,
        clientId,
        clientSecret,
        scopes: ["openid", "profile"],
        pkce: true,
        // An administrator makes people, nobody else.
        disableSignUp: true,
        mapProfileToUser: (profile) => {
          const username = String(profile["preferred_username"] ?? "").toLowerCase();
          if (!USERNAME.test(username)) throw new APIError("FORBIDDEN", { code: "UNKNOWN_PERSON" });
          // The provider is the region's own: whom it names is whom the administrator made under that name.
          return { email: addressOfPerson(username), emailVerified: true };
        },
      },
    ],
  });
}

/** Refuses a session to whoever is locked out, and by single sign-on to whoever needs a second factor that nobody asked for. */
export function sessionGate(prisma: PrismaClient, sso: SingleSignOn | null) {
  return async (session: { userId: string }, context: { path?: string } | null | undefined) => {
    const user = await prisma.user.findUnique({ where: { id: session.userId } });
    if (!user || user.disabled) throw new APIError("FORBIDDEN", { code: "DISABLED", message: "disabled" });
    const bySso = context?.path?.startsWith("/callback") ?? false;
    const needs = (SECOND_FACTOR_ROLES as readonly string[]).includes(user.role);
    if (bySso && needs && !sso?.asksSecondFactor)
      throw new APIError("FORBIDDEN", { code: "SECOND_FACTOR_NEEDED", message: "second factor needed" });
  };
}
