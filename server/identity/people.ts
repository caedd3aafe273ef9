import { randomInt } from "node:crypto";
import { base32 } from "@better-auth/utils/base32";
import { APIError, betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { createAuthMiddleware } from "better-auth/api";
import { twoFactor, username } from "better-auth/plugins";
import { toHex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { passwordProblem } from "./password.ts";
import { type Caller, type PersonRole, SECOND_FACTOR_ROLES } from "./roles.ts";
import { USERNAME } from "./schema.ts";
import { addressOfPerson, type SingleSignOn, SSO_PROVIDER, sessionGate, singleSignOnPlugin } from "./sso.ts";

export interface PersonInput {
  username: string;
  name: string;
  role: PersonRole;
  scope: string;
  /** Pseudonym of the carer or elder whose account it is. */
  subject?: string | undefined;
  /** Whether the password must be changed before anything else, because somebody else has seen it. */
  changesPassword?: boolean;
}

export interface Person extends PersonInput {
  disabled: boolean;
  twoFactorEnabled: boolean;
  /** Unix seconds; null when not locked out now. */
  lockedUntil: number | null;
}

/** People who sign in: made by an administrator, never by themselves; sessions, second factors and lock-out by better-auth. */
export interface People {
  /** better-auth's own handler, for everything under /api/auth. */
  readonly handler: (request: Request) => Promise<Response>;
  /** Whether people may sign in by a single sign-on. */
  readonly singleSignOn: boolean;
  /** Makes a person and a first password, which is shown once. Throws Refusal invalid_input, already_done. */
  create(input: PersonInput): Promise<string>;
  /** Sets up one-time codes for somebody at this end, and returns their secret; `codeOf` makes a code of it. */
  setUpCodes(username: string, password: string, codeOf: (secret: string) => Promise<string>): Promise<string>;
  list(): Promise<Person[]>;
  /** Locks somebody out for good and ends their sessions, or lets them in again. Throws Refusal not_found. */
  disable(username: string, disabled: boolean): Promise<void>;
  /** Who a session's cookie speaks for; null without a session. Throws Refusal second_factor_needed. */
  callerOf(headers: Headers, options: { withoutSecondFactor: boolean }): Promise<SignedIn | null>;
}

export interface SignedIn extends Caller {
  displayName: string;
  twoFactorEnabled: boolean;
  firstPassword: boolean;
}

const SESSION_SECONDS = 12 * 3600;
const REFRESH_SECONDS = 3600;
const MOST_FAILURES = 5;
const LOCKED_MS = 15 * 60_000;
const FIRST_PASSWORD_LENGTH = 20;
// Without letters and digits that look like others: it is copied from paper.
const PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Everything of better-auth that lets people in by themselves, or name themselves. */
const CLOSED = [
  "/sign-up/email",
  "/sign-in/email",
  "/sign-in/social",
  "/link-social",
  "/unlink-account",
  "/update-user",
  "/change-email",
  "/delete-user",
  "/delete-user/callback",
  "/request-password-reset",
  "/reset-password",
  "/send-verification-email",
  "/verify-email",
  "/is-username-available",
  "/two-factor/disable",
  "/two-factor/send-otp",
  "/two-factor/verify-otp",
];

function firstPassword(): string {
  const letters = Array.from(
    { length: FIRST_PASSWORD_LENGTH },
    () => PASSWORD_LETTERS[randomInt(PASSWORD_LETTERS.length)],
  );
  return letters.join("");
}

interface AuthOptions {
  prisma: PrismaClient;
  /** 32 bytes; sessions' cookies are signed and second factors encrypted with it. */
  secret: Uint8Array;
  /** https://… where a proxy ends TLS; null on plain HTTP of this machine. */
  publicUrl: string | null;
  sso: SingleSignOn | null;
}

function openAuth({ prisma, secret, publicUrl, sso }: AuthOptions) {
  const lock = {
    before: createAuthMiddleware(async (ctx) => {
      const body = (ctx.body ?? {}) as { username?: unknown; newPassword?: unknown };
      if (ctx.path === "/change-password") {
        const problem = passwordProblem(String(body.newPassword ?? ""));
        if (problem) throw new APIError("BAD_REQUEST", { code: problem, message: problem });
      }
      if (ctx.path !== "/sign-in/username") return;
      const user = await prisma.user.findUnique({ where: { username: String(body.username ?? "").toLowerCase() } });
      if (user?.disabled) throw new APIError("FORBIDDEN", { code: "DISABLED", message: "disabled" });
      if (user?.lockedUntil && user.lockedUntil > new Date())
        throw new APIError("FORBIDDEN", { code: "LOCKED", message: "locked" });
    }),
    after: createAuthMiddleware(async (ctx) => {
      if (ctx.path === "/change-password" && !(ctx.context.returned instanceof APIError)) {
        const userId = ctx.context.session?.user.id ?? ctx.context.newSession?.user.id;
        if (userId) await prisma.user.update({ where: { id: userId }, data: { firstPassword: false } });
      }
      if (ctx.path !== "/sign-in/username") return;
      const name = String((ctx.body as { username?: unknown }).username ?? "").toLowerCase();
      if (!(ctx.context.returned instanceof APIError)) {
        await prisma.user.updateMany({ where: { username: name }, data: { failedSignIns: 0, lockedUntil: null } });
        return;
      }
      // Counted in the database in one statement: many guesses at once count as many.
      await prisma.user.updateMany({ where: { username: name }, data: { failedSignIns: { increment: 1 } } });
      await prisma.user.updateMany({
        where: { username: name, failedSignIns: { gte: MOST_FAILURES } },
        data: { failedSignIns: 0, lockedUntil: new Date(Date.now() + LOCKED_MS) },
      });
    }),
  };
  return betterAuth({
    appName: "SilverLedger",
    basePath: "/api/auth",
    ...(publicUrl && { baseURL: publicUrl }),
    secret: toHex(secret).slice(2),
    database: prismaAdapter(prisma, { provider: "sqlite" }),
    account: {
      modelName: "credential",
      accountLinking: {
        enabled: sso !== null,
        trustedProviders: sso ? [SSO_PROVIDER] : [],
        updateUserInfoOnLink: false,
      },
    },
    databaseHooks: { session: { create: { before: sessionGate(prisma, sso) } } },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 128 },
    session: { expiresIn: SESSION_SECONDS, updateAge: REFRESH_SECONDS },
    user: {
      additionalFields: {
        role: { type: "string", required: true, input: false },
        scope: { type: "string", required: true, input: false },
        subject: { type: "string", required: false, input: false },
        disabled: { type: "boolean", required: false, input: false },
        firstPassword: { type: "boolean", required: false, input: false },
      },
    },
    plugins: [
      username({ minUsernameLength: 3, maxUsernameLength: 40, usernameValidator: isUsername }),
      // No device is trusted past its session: the code is asked for at every sign-in.
      twoFactor({ issuer: "SilverLedger", trustDeviceMaxAge: 1 }),
      ...(sso ? [singleSignOnPlugin(sso)] : []),
    ],
    hooks: lock,
    disabledPaths: sso ? CLOSED.filter((path) => path !== "/sign-in/social") : CLOSED,
    // Requests are counted by the server's own limiter, for all of it.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: "silverledger",
      useSecureCookies: publicUrl?.startsWith("https:") ?? false,
      defaultCookieAttributes: { sameSite: "strict", httpOnly: true },
      // The provider's page sends the browser back to us: a strict cookie would stay behind.
      ...(sso && { cookies: { state: { attributes: { sameSite: "lax" as const } } } }),
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}

const isUsername = (name: string): boolean => USERNAME.test(name);

export function openPeople(options: AuthOptions): People {
  const { prisma } = options;
  const auth = openAuth(options);
  return {
    handler: auth.handler,
    singleSignOn: options.sso !== null,
    async create({ username: name, role, scope, subject, changesPassword = false, name: displayName }) {
      if (!isUsername(name)) throw new Refusal("invalid_input", [{ pointer: "/username", code: "invalid_value" }]);
      if (await prisma.user.findUnique({ where: { username: name } }))
        throw new Refusal("already_done", [{ pointer: "/username", code: "id_taken" }]);
      const context = await auth.$context;
      const password = firstPassword();
      const hash = await context.password.hash(password);
      const user = await context.internalAdapter.createUser(
        {
          name: displayName,
          email: addressOfPerson(name),
          emailVerified: true,
          username: name,
          displayUsername: name,
          role,
          scope,
          ...(subject && { subject }),
          firstPassword: changesPassword,
        },
        { method: "admin" },
      );
      await context.internalAdapter.linkAccount({
        userId: user.id,
        providerId: "credential",
        accountId: user.id,
        password: hash,
      });
      return password;
    },
    async setUpCodes(name, password, codeOf) {
      const signedIn = await auth.api.signInUsername({ body: { username: name, password }, returnHeaders: true });
      const cookies = signedIn.headers.getSetCookie().map((line) => line.split(";")[0]);
      const headers = new Headers({ cookie: cookies.join("; ") });
      const enabled = await auth.api.enableTwoFactor({ body: { password }, headers });
      const { totpURI } = enabled as { totpURI: string };
      const secret = new TextDecoder().decode(base32.decode(new URL(totpURI).searchParams.get("secret")!));
      await auth.api.verifyTOTP({ body: { code: await codeOf(secret) }, headers });
      await prisma.session.deleteMany({ where: { userId: signedIn.response.user.id } });
      return secret;
    },
    async list() {
      const rows = await prisma.user.findMany({ orderBy: { username: "asc" } });
      const now = new Date();
      return rows.map((row) => ({
        username: row.username ?? "",
        name: row.name,
        role: row.role as PersonRole,
        scope: row.scope,
        ...(row.subject && { subject: row.subject }),
        disabled: row.disabled,
        twoFactorEnabled: row.twoFactorEnabled ?? false,
        lockedUntil: row.lockedUntil && row.lockedUntil > now ? Math.floor(row.lockedUntil.getTime() / 1000) : null,
      }));
    },
    async disable(name, disabled) {
      const user = await prisma.user.findUnique({ where: { username: name } });
      if (!user) throw new Refusal("not_found");
      await prisma.user.update({ where: { id: user.id }, data: { disabled, failedSignIns: 0, lockedUntil: null } });
      await prisma.session.deleteMany({ where: { userId: user.id } });
    },
    async callerOf(headers, { withoutSecondFactor }) {
      if (!headers.get("cookie")) return null;
      const found = await auth.api.getSession({ headers });
      if (!found) return null;
      const user = found.user as typeof found.user & { username?: string | null; twoFactorEnabled?: boolean | null };
      if (user.disabled) return null;
      const role = user.role as PersonRole;
      const twoFactorEnabled = user.twoFactorEnabled ?? false;
      if (!withoutSecondFactor && !twoFactorEnabled && SECOND_FACTOR_ROLES.includes(role))
        throw new Refusal("second_factor_needed");
      const { scope, subject = null } = user as { scope: string; subject?: string | null };
      const { firstPassword = false } = user as { firstPassword?: boolean | null };
      if (!withoutSecondFactor && firstPassword) throw new Refusal("password_change_needed");
      return {
        name: user.username ?? "",
        role,
        scope,
        subject,
        displayName: user.name,
        twoFactorEnabled,
        firstPassword: firstPassword ?? false,
      };
    },
  };
}
