import { keccak } from "../../core/hash.ts";
import { log } from "../../core/tree.ts";
import { peakMb } from "./peak.ts";

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
process.stdout.write(JSON.stringify({ time, peakMb: peakMb() }));
