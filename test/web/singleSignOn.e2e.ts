import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { Provider } from "oidc-provider";
import type { Browser } from "playwright-core";
import { openLedger } from "../../server/ledger.ts";
import { type Api, openApi } from "../server/api.ts";
import { makeWorld, REGION, type World } from "../server/world.ts";
import { openChromium, type Visitor, visit } from "./chromium.ts";

const SECRET = "the client's secret of this test";

/** Single sign-on against a real OpenID provider: it lets in whom an administrator made, and nobody else. */
describe("web: single sign-on", () => {
  let w: World;
  let api: Api;
  let provider: Server;
  let browser: Browser;
  const open: Visitor[] = [];

  before(async function () {
    this.timeout(120_000);
    w = await makeWorld();
    // The provider's address must be known to the server, and the server's to the provider.
    provider = createServer();
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    let oidc: Provider | null = null;
    provider.on("request", (request, response) => oidc!.callback()(request, response));
    const reserve = createServer();
    await new Promise<void>((resolve) => reserve.listen(0, "127.0.0.1", resolve));
    const { port } = reserve.address() as AddressInfo;
    await new Promise((resolve) => reserve.close(resolve));
    oidc = new Provider(issuer, {
      clients: [
        {
          client_id: "silverledger",
          client_secret: SECRET,
          redirect_uris: [`http://127.0.0.1:${port}/api/auth/callback/sso`],
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "k", use: "sig", alg: "RS256" }] },
      cookies: { keys: ["a test's cookie key"] },
      claims: { openid: ["sub"], profile: ["preferred_username", "name"] },
      conformIdTokenClaims: false,
      findAccount: (_context: unknown, sub: string) => ({
        accountId: sub,
        claims: () => ({ sub, preferred_username: sub, name: sub }),
      }),
    });
    await w.ledger.close();
    const sso = { issuer, clientId: "silverledger", clientSecret: SECRET, asksSecondFactor: false };
    w.ledger = await openLedger({ home: w.home, clock: w.clock, sso, publicUrl: `http://127.0.0.1:${port}` });
    api = await openApi(w, [], port);
    for (const role of ["coordinator", "auditor", "clerk"] as const)
      await w.ledger.identity.people.create({ username: role, name: `测试${role}`, role, scope: String(REGION) });
    browser = await openChromium();
  });
  after(async () => {
    await browser?.close();
    await api?.http.stop();
    await new Promise((resolve) => provider?.close(resolve));
    await w?.destroy();
  });
  afterEach(async () => {
    for (const visitor of open.splice(0)) await visitor.close();
  });

  /** Signs in at the provider's own page under a name. */
  async function signOn(name: string): Promise<Visitor> {
    const visitor = await visit(browser, api.http.url);
    open.push(visitor);
    const { page } = visitor;
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "单点登录" }).click();
    await page.locator('input[name="login"]').fill(name);
    await page.locator('input[name="password"]').fill("whatever the provider takes");
    await page.locator("button[type=submit]").click();
    await page.getByText("Authorize").first().waitFor();
    await page.locator("button[type=submit]").click();
    await page.waitForURL(`${api.http.url}/**`);
    return visitor;
  }

  it("signs in a person whom an administrator made, by the name that the provider states", async () => {
    const { page, shot } = await signOn("coordinator");
    await page.getByText("测试coordinator · 民政经办").waitFor();
    await page.getByRole("link", { name: "待核队列" }).waitFor();
    await shot("single-sign-on");
    // The same account again, now that it is linked.
    await page.getByRole("button", { name: "退出登录" }).click();
    expect(w.ledger.db.sql.prepare("SELECT count(*) FROM credential WHERE provider_id = 'sso'").pluck().get()).to.equal(
      1,
    );
  });
  it("makes nobody: a name that is unknown here is refused, and nothing is written", async () => {
    const people = () => w.ledger.db.sql.prepare("SELECT count(*) FROM person").pluck().get();
    const before = people();
    const { page } = await signOn("stranger");
    await page.getByText("单点登录未成功").waitFor();
    expect(people()).to.equal(before);
  });
  it("refuses a role that needs a second factor which the provider does not ask for", async () => {
    const sessions = () => w.ledger.db.sql.prepare("SELECT count(*) FROM session").pluck().get();
    const before = sessions();
    const { page } = await signOn("auditor");
    await page.waitForLoadState("networkidle");
    expect(await page.getByRole("link", { name: "审计", exact: true }).count()).to.equal(0);
    expect(sessions()).to.equal(before);
  });
  it("refuses somebody who was locked out", async () => {
    await w.ledger.identity.people.disable("clerk", true);
    const sessions = () => w.ledger.db.sql.prepare("SELECT count(*) FROM session").pluck().get();
    const before = sessions();
    await signOn("clerk");
    expect(sessions()).to.equal(before);
  });
}).timeout(60_000);
