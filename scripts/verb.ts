import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ParseArgsOptionsConfig } from "node:util";
import type { Clock } from "../server/clock.ts";
import { systemClock } from "../server/clock.ts";
import type { Config } from "../server/config.ts";
import { Home } from "../server/home.ts";
import { type Ledger, openLedger } from "../server/ledger.ts";

/** Exit codes mean something: scripts may rely on them. */
export const EXIT = { ok: 0, broken: 1, usage: 2, failed: 3, refused: 4 } as const;

export class UsageError extends Error {}

export interface Output {
  /** Prints one JSON value with --json, the text otherwise. */
  result(value: unknown, text: string): void;
  line(text: string): void;
  /** A progress bar on a terminal; nothing in a pipe. */
  progress(what: string, done: number, total: number): void;
}

export interface Call {
  values: Record<string, string | boolean | undefined>;
  positionals: string[];
  config: Config;
  out: Output;
}

export interface Verb {
  usage: string;
  summary: string;
  options?: ParseArgsOptionsConfig;
  run(call: Call): Promise<number>;
}

const BAR = 30;

export function makeOutput(json: boolean): Output {
  return {
    result: (value, text) => process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`),
    line: (text) => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    progress(what, done, total) {
      if (!process.stderr.isTTY) return;
      const filled = Math.round((BAR * done) / Math.max(total, 1));
      process.stderr.write(
        `\r${what.padEnd(10)} [${"█".repeat(filled)}${"·".repeat(BAR - filled)}] ${done}/${total}${done >= total ? "\n" : ""}`,
      );
    },
  };
}

/** The option's text, or a usage error that names it. */
export function need(call: Call, name: string): string {
  const value = call.values[name];
  if (typeof value !== "string" || value === "") throw new UsageError(`--${name} is needed`);
  return value;
}

export function text(call: Call, name: string): string | undefined {
  const value = call.values[name];
  return typeof value === "string" ? value : undefined;
}

/** Opens the home's ledger, runs, and closes it whatever happens. */
export async function withLedger<T>(
  call: Call,
  use: (ledger: Ledger, home: Home) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const home = new Home(call.config.home);
  const ledger = await openLedger({
    home,
    clock,
    rpcUrl: call.config.chainRpcUrl,
    operatorKeyFile: call.config.chainKeyFile,
  });
  try {
    return await use(ledger, home);
  } finally {
    await ledger.close();
  }
}

/** The data folder, which must hold a ledger: a question never makes one. */
export function existingHome(call: Call): Home {
  const { home } = call.config;
  if (!existsSync(home) || !new Home(home).exists)
    throw new UsageError(`${home}: no ledger here; SILVERLEDGER_HOME names the data folder`);
  return new Home(home);
}

/** Like withLedger, but only for a home that exists. */
export async function withExistingLedger<T>(call: Call, use: (ledger: Ledger, home: Home) => Promise<T>): Promise<T> {
  existingHome(call);
  return await withLedger(call, use);
}

export async function waitUntil(unixSeconds: number): Promise<void> {
  while (systemClock.now() < unixSeconds) await sleep(200);
}

/** The region asked for, or the only one there is. */
export function regionOf(call: Call, ledger: Ledger): number {
  const asked = text(call, "region");
  // Of one that is not served here nothing was ever reviewed, settled or paid: that is no answer to who mistyped it.
  if (asked) return ledger.entries.store.regionRow(Number(asked)).region;
  const regions = ledger.entries.store.regions();
  if (regions.length !== 1)
    throw new UsageError(
      `--region is needed: ${regions.map(({ region }) => region).join(", ") || "no region is open"}`,
    );
  return regions[0]!.region;
}

export function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
