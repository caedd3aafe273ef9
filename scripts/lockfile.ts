import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/**
 * Makes package-lock.json install the same everywhere; run after every `npm install`.
 * - npm on Node 20 leaves out optional packages whose `engines` ask for Node 22, although ours run on the Node 24 that
 *   npm brings: so platform packages lose their `engines`.
 * - A registry mirror that lacks other platforms' packages makes npm write a lock that `npm ci` then refuses: their
 *   entries are completed from the name and version that the parent asks for, with the integrity that the registry
 *   states; one that the registry does not list is named, and stays without.
 * - The lock names versions and integrity, never a registry's host.
 */
interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  engines?: unknown;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> };
const packages = lock.packages;

const first = (name: string, table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(name))?.[1];
const osOf = (name: string) =>
  first(name, [
    [/android/, "android"],
    [/darwin|macos/, "darwin"],
    [/win32|windows/, "win32"],
    [/freebsd/, "freebsd"],
    [/linux/, "linux"],
  ]);
const cpuOf = (name: string) =>
  first(name, [
    [/arm64|aarch64/, "arm64"],
    [/x64/, "x64"],
    [/ia32/, "ia32"],
  ]);

for (const parent of Object.values({ ...packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const [os, cpu] = [osOf(name), cpuOf(name)];
    const key = `node_modules/${name}`;
    if (packages[key] || !os || !cpu || !/^\d/.test(version)) continue;
    packages[key] = {
      version,
      cpu: [cpu],
      ...(parent.dev && { dev: true }),
      ...(/musl/.test(name) && { libc: ["musl"] }),
      optional: true,
      os: [os],
    };
  }
}
for (const [key, locked] of Object.entries(packages)) {
  if (key === "" || locked.integrity || !locked.optional) continue;
  const name = `${key.slice(key.lastIndexOf("node_modules/") + 13)}@${locked.version}`;
  const { stdout } = spawnSync("npm", ["view", name, "dist.integrity"], { encoding: "utf8" });
  if (/^sha512-\S+$/.test(stdout.trim())) locked.integrity = stdout.trim();
  else process.stderr.write(`${name}: the registry does not list it\n`);
}
for (const locked of Object.values(packages)) {
  delete locked.resolved;
  if (locked.optional && locked.os) delete locked.engines;
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
