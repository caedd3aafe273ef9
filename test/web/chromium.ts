import { mkdirSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's Chromium; another one by CHROMIUM. */
const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const SHOTS = new URL("../../artifacts/screenshots/", import.meta.url).pathname;

export async function openChromium(): Promise<Browser> {
  mkdirSync(SHOTS, { recursive: true });
  return await chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A person at a screen: what the page complained of, and whom it asked. */
export interface Visitor {
  page: Page;
  complaints: string[];
  hosts: Set<string>;
  shot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function visit(browser: Browser, url: string, width = 1440, height = 900): Promise<Visitor> {
  const context = await browser.newContext({
    // A click while a window still grows may miss what it was meant for.
    reducedMotion: "reduce",
    viewport: { width, height },
    locale: "zh-CN",
    baseURL: url,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on("console", (message) => {
    // Whoever is not signed in is told so by 401; a refusal that the page shows is no fault of the page.
    // Neither is a network that the test itself took away.
    const expected = /status of 4\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text());
    if (message.type() === "error" && !expected) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url().startsWith("http")) hosts.add(new URL(request.url()).host);
  });
  return {
    page,
    complaints,
    hosts,
    shot: async (name) => {
      await page.screenshot({ path: `${SHOTS}${name}-${width}.png`, fullPage: true });
    },
    close: () => context.close(),
  };
}
