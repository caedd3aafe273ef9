import { existsSync, readFileSync } from "node:fs";
import { keccak } from "../../core/hash.ts";
import { log } from "../../core/tree.ts";

/** A root over flat leaves, alone in its process, so that the peak of memory is its own. */
const count = Number(process.argv[2]);
const digest = keccak(new Uint8Array(1));
const start = performance.now();
const flat = new Uint8Array(count * 32);
for (let i = 0; i < count; i++) {
  digest[i & 31]! += 1;
  flat.set(digest, i * 32);
}
log.root(flat, flat);
const time = (performance.now() - start) / 1000;
// The kernel's maxRSS survives exec and so counts the parent that forked us; VmHWM is this program's own.
const status = "/proc/self/status";
const highWater = existsSync(status)
  ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1])
  : process.resourceUsage().maxRSS;
process.stdout.write(JSON.stringify({ time, peakMb: Math.round(highWater / 1024) }));
