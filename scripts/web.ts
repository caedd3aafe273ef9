import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const BUILT = join(ROOT, "dist/index.html");
/** What the pages are made of. */
const SOURCES = ["web", "core", "server/chain", "vite.config.ts", "package-lock.json"];

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Builds the pages when there are none, or older ones: packages' install scripts do not run here, so `npm ci` cannot. */
export async function ensureWeb(): Promise<void> {
  const built = existsSync(BUILT) ? statSync(BUILT).mtimeMs : 0;
  if (SOURCES.every((path) => newest(join(ROOT, path)) < built)) return;
  const { build } = await import("vite");
  await build({ root: join(ROOT, "web"), configFile: join(ROOT, "vite.config.ts"), logLevel: "error" });
}
