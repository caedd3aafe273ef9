import { parentPort } from "node:worker_threads";
import { recoverNative } from "./native.ts";
import type { RecoverTask } from "./recoverer.ts";

/** Finds who signed, beside the thread that answers and writes. It knows no key and keeps nothing. */
parentPort!.on("message", ({ digests, signatures }: RecoverTask) => {
  parentPort!.postMessage(digests.map((digest, i) => recoverNative(digest, signatures[i]!)));
});
