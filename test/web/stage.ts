import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axeCore from "axe-core";
import { expect } from "chai";
import type { Browser, Locator, Page } from "playwright-core";
import type { Hex } from "../../core/bytes.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { oneTimeCode } from "../../scripts/dataset/demoPeople.ts";
import { type PersonRole, PROVIDERS_ROLES, SECOND_FACTOR_ROLES } from "../../server/identity/roles.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { type Api, openApi } from "../server/api.ts";
import { type OfficialKeys, openFunds, registerMoney, registerOfficials } from "../server/money.ts";
import { endDay, makeWorld, PROVIDER, REGION, visitBatch, visit as visitInput, type World } from "../server/world.ts";
import { openChromium, type Visitor, visit } from "./chromium.ts";

/** A district with its people, a day of visits behind it, and a browser for everybody who comes. */
export interface Stage {
  w: World;
  api: Api;
  officials: OfficialKeys;
  /** A visit that a rule holds, and one that none does. */
  held: string;
  clean: string;
  folder: string;
  people: Record<string, { password: string; secret: string | null }>;
  arrive(path: string, width?: number): Promise<Visitor>;
  signIn(name: string, width?: number, password?: string): Promise<Visitor>;
  /** Ends the day, with everything that the server does by itself after it. */
  nextDay(): Promise<void>;
  /** Closes every browser that came since; none of their pages may have complained. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(roles: readonly PersonRole[]): Promise<Stage> {
  const w = await makeWorld();
  await registerMoney(w);
  const officials = await registerOfficials(w);
  await openFunds(w, officials);
  await w.ledger.desk.adopt(REGION, defaultRuleSet(), 0);
  async function nextDay(): Promise<void> {
    await endDay(w);
    await w.ledger.reviews.reviewDue(REGION);
    await w.ledger.settlements.settleDue(REGION);
    w.clock.moveTo(w.clock.now() + 12 * 3600);
  }
  await nextDay();
  const [good, bad] = [
    visitInput(w),
    visitInput(w, { startedAt: w.clock.now() - 9000, endedAt: w.clock.now() - 7200 }),
  ];
  for (const one of [good, bad]) one.details.values.circumstances!.priceFen = 6501;
  bad.details.values.placeIn = { lon: 121_420_033, lat: 31_220_044, accuracyM: 12 };
  bad.details.values.circumstances!.family = "denied";
  await w.ledger.records.submit(visitBatch(w, [good, bad]));
  await nextDay();
  await nextDay();
  const api = await openApi(w, []);
  const people: Stage["people"] = {};
  for (const role of roles) {
    const scope = PROVIDERS_ROLES.includes(role) ? PROVIDER : String(REGION);
    const subject = role === "carer" ? w.carer : role === "family" ? w.elder : undefined;
    const who = { username: role, name: `测试${role}`, role, scope, ...(subject && { subject }) };
    const password = await w.ledger.identity.people.create(who);
    const secret = SECOND_FACTOR_ROLES.includes(role)
      ? await w.ledger.identity.people.setUpCodes(role, password, oneTimeCode)
      : null;
    people[role] = { password, secret };
  }
  const browser: Browser = await openChromium();
  const folder = mkdtempSync(join(tmpdir(), "silverledger-web-"));
  const open: Visitor[] = [];

  async function arrive(path: string, width = 1440): Promise<Visitor> {
    const visitor = await visit(browser, api.http.url, width);
    open.push(visitor);
    await visitor.page.goto(path);
    return visitor;
  }
  async function signIn(name: string, width = 1440, password = people[name]!.password): Promise<Visitor> {
    const visitor = await arrive("/sign-in", width);
    const { page } = visitor;
    await page.getByLabel("用户名").fill(name);
    await page.getByLabel("密码", { exact: true }).fill(password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    const secret = people[name]?.secret;
    if (secret) {
      await page.getByLabel("动态口令(6位)").fill(await oneTimeCode(secret));
      await page.getByRole("button", { name: "继续" }).click();
    }
    return visitor;
  }
  return {
    w,
    api,
    officials,
    held: bad.id,
    clean: good.id,
    folder,
    people,
    arrive,
    signIn,
    nextDay,
    async leave() {
      for (const visitor of open.splice(0)) {
        expect(visitor.complaints, "the page complained").to.deep.equal([]);
        await visitor.close();
      }
    },
    async close() {
      await browser.close();
      await api.http.stop();
      await w.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function go({ page }: Visitor, name: string): Promise<void> {
  // Who just signed in is on the way to the first page: that would overtake the click.
  await page.waitForURL(({ pathname }) => pathname !== "/sign-in");
  await page.getByRole("link", { name, exact: true }).click();
}

/** So many visits to the stage's elder, each so many seconds before the one after it, taken in. */
export async function submitVisits(w: World, count: number, seconds: number): Promise<VisitInput[]> {
  const visits = Array.from({ length: count }, (_, i) => {
    const endedAt = w.clock.now() - 600 - i * seconds;
    return visitInput(w, { startedAt: endedAt - 1800, endedAt });
  });
  await w.ledger.records.submit(visitBatch(w, visits));
  return visits;
}

/** The region's visits in the order of the log. */
export const visitsInLog = (w: World) =>
  w.ledger.records.store.list({
    region: REGION,
    provider: null,
    fromDay: 0,
    toDay: 0xffff_ffff,
    after: { day: 0, index: -1 },
    limit: 100,
  });

/** Lines of the table that a list hands out. */
export async function exported(page: Page, list: Page | Locator = page): Promise<string[]> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    list.getByRole("button", { name: "导出 CSV" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  return text
    .replace(/^\ufeff/, "")
    .trim()
    .split("\r\n");
}

/** Opens the key on a carer's phone, as the phone asks for it after a reload. */
export async function openPhoneKey(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel("口令", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "继续" }).click();
}

/** Makes a signing key on the visitor's own page, and has it registered by a second person. */
export async function makeKey({ w }: Stage, visitor: Visitor, passphrase: string): Promise<void> {
  const { page } = visitor;
  await go(visitor, "签名密钥");
  await page.getByLabel("口令", { exact: true }).fill(passphrase);
  await page.getByLabel("再输一次口令").fill(passphrase);
  await page.getByRole("button", { name: "生成密钥" }).click();
  await page.getByText("等待登记").waitFor();
  const address = (await page.locator("td code").first().textContent()) as Hex;
  const second = { name: "administrator", role: "administrator" as const, scope: String(REGION) };
  await w.ledger.keyRequests.approve(second, address);
  w.clock.moveTo(w.clock.now() + 60);
}

/** What axe-core finds serious on a page, and whether it is wider than the screen. */
export async function expectSound(page: Page, path: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const over = [...document.querySelectorAll("main *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return over.slice(0, 4).map((element) => `${element.tagName}.${element.className}`);
  });
  expect(wide, `${path} is wider than the screen`).to.deep.equal([]);
  await page.evaluate(axeCore.source);
  const findings = await page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 160)}`);
  });
  expect(findings, path).to.deep.equal([]);
}

/** Chinese that is left on a page in English; names of people and places stay as they are. */
export async function leftInChinese(page: Page): Promise<string[]> {
  const chinese = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector("main")!, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (walker.nextNode())
      if (/[\u4e00-\u9fff]/.test(walker.currentNode.textContent!)) found.push(walker.currentNode.textContent!);
    return found;
  });
  return chinese.filter((text) => !/测试|新审计|新文员|长宁|李桂英|王\*|王芳|试/.test(text));
}

/** Bytes that come over the network until a page is at rest. */
export async function bytesOf(visitor: Visitor, path: string): Promise<number> {
  const devtools = await visitor.page.context().newCDPSession(visitor.page);
  let bytes = 0;
  await devtools.send("Network.enable");
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await visitor.page.goto(path);
  await visitor.page.waitForLoadState("networkidle");
  return bytes;
}
