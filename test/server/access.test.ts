import { expect } from "chai";
import { oneTimeCode } from "../../scripts/dataset/demoPeople.ts";
import { apiRoutes } from "../../server/http/openapi.ts";
import { ACCESS, accessOf } from "../../server/identity/access.ts";
import {
  PERSON_ROLES,
  type PersonRole,
  PROVIDERS_ROLES,
  type Role,
  SECOND_FACTOR_ROLES,
  SYSTEM_ROLES,
} from "../../server/identity/roles.ts";
import { type Api, openApi, requestOf } from "./api.ts";
import { Browser } from "./browser.ts";
import { CARE } from "./money.ts";
import { freshId, makeWorld, PROVIDER, REGION, type World } from "./world.ts";

/** Every entry point with every role: people by their sessions, systems by their keys, and nobody at all. */
describe("access: every route with every role", () => {
  let w: World;
  let api: Api;
  const people = new Map<PersonRole, Browser>();
  const passwords = new Map<PersonRole, string>();
  const routes = apiRoutes({} as never);
  const scopeOf = (role: Role) => (PROVIDERS_ROLES.includes(role) ? PROVIDER : String(REGION));

  before(async function () {
    this.timeout(120_000);
    w = await makeWorld();
    api = await openApi(
      w,
      SYSTEM_ROLES.map((role) => [role, role, scopeOf(role)] as const),
    );
    for (const role of PERSON_ROLES) {
      const who = { username: `the-${role}`, name: role, role, scope: scopeOf(role) };
      passwords.set(role, await w.ledger.identity.people.create(who));
      const browser = new Browser(api.http.url);
      await browser.signIn(who.username, passwords.get(role)!);
      people.set(role, browser);
    }
  });
  after(async () => {
    await api.http.stop();
    await w.destroy();
  });

  const addressOf = ({ method, path }: { method: string; path: string }) =>
    path
      .replace("{region}", String(REGION))
      .replace("{day}", "1")
      .replace("{fund}", CARE)
      .replace("{run}", "99")
      .replace("{kind}", "Elder")
      .replace("{subject}", freshId())
      .replace("{hash}", `0x${"00".repeat(32)}`)
      .replace("{username}", "the-nobody")
      .replace("{id}", freshId()) + (method === "get" ? `?region=${REGION}&purpose=test&from=1` : "");
  const bodyOf = (method: string) => (method === "post" ? {} : undefined);
  async function codeOf(answer: Response): Promise<string> {
    const text = await answer.text();
    if (answer.ok) return "ok";
    return (JSON.parse(text) as { code: string }).code;
  }
  const withKey = async (route: { method: string; path: string }, key: string | null) =>
    await codeOf(
      await fetch(
        `${api.http.url}/api/v1${addressOf(route)}`,
        requestOf(route.method.toUpperCase(), key, bodyOf(route.method)),
      ),
    );

  it("has one rule for every route, and no rule without a route", () => {
    const names = routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(names.sort()).to.deep.equal(Object.keys(ACCESS).sort());
    expect(() => accessOf({ method: "get", path: "/nowhere" })).to.throw("no rule");
  });

  it("refuses everybody who must have a second factor until it is set up, and lets them set it up", async () => {
    for (const role of SECOND_FACTOR_ROLES as PersonRole[]) {
      const browser = people.get(role)!;
      expect(await codeOf(await browser.get("/api/v1/people")), role).to.equal("second_factor_needed");
      const me = await browser.json<{ second_factor: string }>("/api/v1/me");
      expect(me.second_factor).to.equal("needed");
      await browser.setUpSecondFactor(passwords.get(role)!);
      expect((await browser.json<{ second_factor: string }>("/api/v1/me")).second_factor).to.equal("on");
    }
  });

  for (const route of routes)
    it(`${route.method.toUpperCase()} ${route.path} lets in its roles alone`, async () => {
      const access = accessOf(route);
      const nobody = await withKey(route, null);
      if (access === "public") {
        expect(nobody).to.not.be.oneOf(["unauthenticated", "forbidden"]);
        return;
      }
      expect(nobody).to.be.oneOf(["unauthenticated", "cross_site"]);
      const mayCall = (role: Role) => access === "anybody" || access.includes(role);
      const seen: Record<string, string> = {};
      for (const role of SYSTEM_ROLES) seen[`key ${role}`] = await withKey(route, api.keys[role]!);
      for (const [role, browser] of people) {
        const address = `/api/v1${addressOf(route)}`;
        seen[`person ${role}`] = await codeOf(
          route.method === "get" ? await browser.get(address) : await browser.post(address, {}),
        );
      }
      for (const [who, code] of Object.entries(seen)) {
        const role = who.split(" ")[1] as Role;
        if (mayCall(role))
          expect(code, who).to.not.be.oneOf(["unauthenticated", "second_factor_needed", "cross_site", "internal"]);
        else expect(code, who).to.equal("forbidden");
        // An allowed role may still be told that a thing is not of its scope; a route without a body names none.
        if (mayCall(role) && route.method === "post") expect(code, who).to.not.equal("forbidden");
      }
    });

  describe("access: sessions", () => {
    const browserOf = () => new Browser(api.http.url);
    it("refuses a change that another site's page asks for with the person's cookie", async () => {
      const clerk = people.get("clerk")!;
      const evil = await clerk.post("/api/v1/visits", {}, { origin: "https://evil.example" });
      expect(await codeOf(evil)).to.equal("cross_site");
      const silent = await clerk.post("/api/v1/visits", {}, { origin: null });
      expect(await codeOf(silent)).to.equal("cross_site");
      const auth = await clerk.post("/api/auth/sign-out", {}, { origin: "https://evil.example" });
      expect(auth.status).to.equal(403);
    });
    it("sets cookies that no script reads and no other site sends", async () => {
      const browser = browserOf();
      await browser.signIn("the-clerk", passwords.get("clerk")!);
      expect(browser.setCookies.join())
        .to.match(/HttpOnly/i)
        .and.match(/SameSite=Strict/i);
    });
    it("asks for the one-time code, and refuses a wrong one", async () => {
      const browser = browserOf();
      expect(await browser.signIn("the-auditor", passwords.get("auditor")!)).to.include({ twoFactorRedirect: true });
      expect(await codeOf(await browser.get("/api/v1/me"))).to.equal("unauthenticated");
      const wrong = await browser.post("/api/auth/two-factor/verify-totp", { code: "000000" });
      expect(wrong.ok).to.equal(false);
      const code = await oneTimeCode(people.get("auditor")!.secret!);
      expect((await browser.post("/api/auth/two-factor/verify-totp", { code })).ok).to.equal(true);
      expect(await browser.json<object>("/api/v1/me")).to.include({ username: "the-auditor", role: "auditor" });
    });
    it("locks somebody out after five wrong passwords, the right one too, and nobody else", async () => {
      for (let i = 0; i < 5; i++) await browserOf().signIn("the-family", "wrong-Password-1");
      const locked = await browserOf().post("/api/auth/sign-in/username", {
        username: "the-family",
        password: passwords.get("family"),
      });
      expect([locked.status, ((await locked.json()) as { code: string }).code]).to.deep.equal([403, "LOCKED"]);
      expect(await browserOf().signIn("the-coordinator", passwords.get("coordinator")!)).to.not.have.property("code");
    });
    it("lists a person's own sessions and ends one of them", async () => {
      const [here, there] = [browserOf(), browserOf()];
      for (const browser of [here, there]) await browser.signIn("the-coordinator", passwords.get("coordinator")!);
      const sessions = await here.json<{ token: string }[]>("/api/auth/list-sessions");
      expect(sessions.length).to.be.at.least(2);
      await here.post("/api/auth/revoke-other-sessions", {});
      expect(await codeOf(await there.get("/api/v1/me"))).to.equal("unauthenticated");
      expect(await codeOf(await here.get("/api/v1/me"))).to.equal("ok");
    });
    it("takes no weak password", async () => {
      const browser = browserOf();
      const currentPassword = passwords.get("coordinator")!;
      await browser.signIn("the-coordinator", currentPassword);
      for (const newPassword of ["short-1A", "aaaaaaaaaaaaaaaa", "onlylowercase"]) {
        const answer = await browser.post("/api/auth/change-password", { currentPassword, newPassword });
        expect(answer.status, newPassword).to.equal(400);
      }
      const newPassword = "Lang-genug-2026";
      expect((await browser.post("/api/auth/change-password", { currentPassword, newPassword })).ok).to.equal(true);
    });
    it("lets nobody sign up, name themselves or give themselves a role", async () => {
      const stranger = browserOf();
      const signUp = { email: "a@b.example", password: "Some-Password-1", name: "x", role: "administrator" };
      expect((await stranger.post("/api/auth/sign-up/email", signUp)).status).to.equal(404);
      const clerk = people.get("clerk")!;
      expect((await clerk.post("/api/auth/update-user", { role: "administrator" })).status).to.equal(404);
    });
  });

  describe("access: people", () => {
    it("are made by an administrator of their region alone, once, and locked out with all their sessions", async () => {
      const admin = people.get("administrator")!;
      const body = { username: "new.clerk", name: "新员", role: "clerk", scope: PROVIDER };
      const made = await admin.post("/api/v1/people", body);
      expect(made.status).to.equal(201);
      const { password } = (await made.json()) as { password: string };
      expect(await codeOf(await admin.post("/api/v1/people", body))).to.equal("already_done");
      for (const scope of ["110101", "911100006000373410"])
        expect(await codeOf(await admin.post("/api/v1/people", { ...body, username: "x.y", scope }))).to.equal(
          "forbidden",
        );
      const browser = new Browser(api.http.url);
      await browser.signIn("new.clerk", password);
      expect(await codeOf(await browser.get("/api/v1/me"))).to.equal("ok");
      expect(await codeOf(await admin.post("/api/v1/people/new.clerk/state", { disabled: true }))).to.equal("ok");
      expect(await codeOf(await browser.get("/api/v1/me"))).to.equal("unauthenticated");
      expect(await codeOf(await admin.post("/api/v1/people/the-administrator/state", { disabled: true }))).to.equal(
        "second_person_needed",
      );
      const again = await browser.post("/api/auth/sign-in/username", { username: "new.clerk", password });
      expect(((await again.json()) as { code: string }).code).to.equal("DISABLED");
      const list = await admin.json<{ people: { username: string; disabled: boolean }[] }>("/api/v1/people");
      expect(list.people.find(({ username }) => username === "new.clerk")).to.include({ disabled: true });
    });
  });
});
