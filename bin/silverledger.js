#!/usr/bin/env node
// Runs the command line on the Node that npm brought, also where an older one is first on the path.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../scripts/cli.ts", import.meta.url));
const brought = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const node = existsSync(brought) ? brought : process.execPath;
const result = spawnSync(node, ["--disable-warning=ExperimentalWarning", cli, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exit(result.status ?? 1);
