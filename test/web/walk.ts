import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { oneTimeCode } from "../../scripts/dataset/demoPeople.ts";
import { openChromium } from "./chromium.ts";

/**
 * `npm run walk`: plays the README's walk on a new demonstration, as its people would, and keeps the pictures that the
 * README shows (docs/walk/). Everything that it clicks must be there, or it fails.
 */
const ROOT = new URL("../../", import.meta.url).pathname;
const PICTURES = join(ROOT, "docs/walk");
const PORT = 18_080;
const URL_ = `http://127.0.0.1:${PORT}`;
const home = mkdtempSync(join(tmpdir(), "silverledger-walk-"));

interface SignIn {
  password: string;
  role: string;
}

async function startDemo(): Promise<{ people: Map<string, SignIn>; stop: () => void }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/cli.ts", "start"], {
    cwd: ROOT,
    env: { ...process.env, SILVERLEDGER_HOME: home, SILVERLEDGER_PORT: String(PORT), SILVERLEDGER_LOG: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const people = new Map<string, SignIn>();
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the demonstration ended (${code})\n${text}`)));
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
      if (text.includes("SilverLedger: http")) resolve();
    });
  });
  for (const [, name, password, role] of text.matchAll(/^ {2}(\S+)\s+(\S{20}) {2}(\w+) /gm))
    people.set(role!, { password: `${name} ${password}`, role: role! });
  return { people, stop: () => child.kill("SIGINT") };
}

const demo = await startDemo();
const browser: Browser = await openChromium();
mkdirSync(PICTURES, { recursive: true });
const codes = JSON.parse(readFileSync(join(home, "demo-codes.json"), "utf8")) as Record<string, string>;

async function open(path: string, width = 1200): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 860 : 800 },
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    baseURL: URL_,
    geolocation: { longitude: 121.42, latitude: 31.22, accuracy: 15 },
    permissions: ["geolocation"],
  });
  const page = await context.newPage();
  await page.goto(path);
  return page;
}
async function signIn(role: string, width = 1200): Promise<Page> {
  const [name, password] = demo.people.get(role)!.password.split(" ") as [string, string];
  const page = await open("/sign-in", width);
  await page.getByLabel("用户名").fill(name);
  await page.getByLabel("密码", { exact: true }).fill(password);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  if (codes[name]) {
    await page.getByLabel("动态口令(6位)").fill(await oneTimeCode(codes[name]));
    await page.getByRole("button", { name: "继续" }).click();
  }
  await page.waitForLoadState("networkidle");
  return page;
}
async function picture(page: Page, name: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(PICTURES, `${name}.jpg`), type: "jpeg", quality: 62 });
  process.stdout.write(`docs/walk/${name}.jpg\n`);
}
const go = async (page: Page, name: string) => {
  await page.getByRole("link", { name, exact: true }).click();
  await page.waitForLoadState("networkidle");
};

try {
  const anybody = await open("/");
  await anybody.getByText("封账与上链").waitFor();
  await picture(anybody, "1-public");

  const carer = await signIn("carer", 390);
  await carer.getByText("今天", { exact: true }).waitFor();
  await picture(carer, "2-carer");

  const clerk = await signIn("clerk");
  await go(clerk, "我的记录");
  await clerk.getByRole("button", { name: "详情" }).first().click();
  await clerk.getByText("走到了哪一步", { exact: true }).waitFor();
  await picture(clerk, "3-record");
  await clerk.keyboard.press("Escape");
  await go(clerk, "月度对账单");
  await picture(clerk, "4-statement");

  const coordinator = await signIn("coordinator");
  await go(coordinator, "待核队列");
  await coordinator.getByRole("button", { name: "详情" }).first().click();
  await coordinator.getByLabel("查阅用途").fill("核实暂缓的记录");
  await coordinator.getByRole("button", { name: "查看依据" }).click();
  await coordinator.getByText("规则原文").first().waitFor();
  await picture(coordinator, "5-why");

  const proposer = await signIn("proposer");
  await go(proposer, "拨付批次");
  await proposer.getByText("现有应付").waitFor();
  await picture(proposer, "6-finance");

  const auditor = await signIn("auditor");
  await go(auditor, "审计");
  await auditor.getByText("全部与链上一致").waitFor();
  await picture(auditor, "7-chain");
  await auditor.getByRole("tab", { name: "核查统计" }).click();
  await auditor.getByText("按规则").first().waitFor();
  await picture(auditor, "8-findings");
  await auditor.getByRole("tab", { name: "全库核验" }).click();
  await auditor.getByRole("button", { name: "开始核验" }).click();
  await auditor.getByText(/一致:\d+ 天/).waitFor({ timeout: 120_000 });
  await picture(auditor, "9-everything");
} finally {
  await browser.close();
  demo.stop();
  rmSync(home, { recursive: true, force: true });
}
