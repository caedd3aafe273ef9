import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Hex } from "../../core/bytes.ts";
import { recoverNative } from "./native.ts";

/** Digests and signatures, in the same order; answered by as many addresses. */
export interface RecoverTask {
  digests: Uint8Array[];
  signatures: Hex[];
}

interface Asked {
  digest: Uint8Array;
  signature: Hex;
  answer: (signer: Hex | null) => void;
}

export interface Recoverer {
  /** Address whose key made a signature; null where it is none. */
  recover(digest: Uint8Array, signature: Hex): Promise<Hex | null>;
  close(): Promise<void>;
}

const here = ({ digest, signature, answer }: Asked): void => answer(recoverNative(digest, signature));

/**
 * Finds signers in a second thread: of a single submission that costs this one more than anything else. What is asked within
 * one turn of the loop crosses together. Where there is one processor, or the thread ended, it is done here.
 */
export function openRecoverer(): Recoverer {
  let waiting: Asked[] = [];
  const crossing: Asked[][] = [];
  let worker: Worker | null = null;

  function fail(started: Worker): void {
    if (worker !== started) return;
    worker = null;
    for (const list of crossing.splice(0)) list.forEach(here);
  }

  function start(): Worker {
    const started = new Worker(new URL("./recovererWorker.ts", import.meta.url));
    return started
      .on("message", (signers: (Hex | null)[]) => {
        for (const [i, { answer }] of crossing.shift()!.entries()) answer(signers[i]!);
        // An idle thread keeps nobody's process running.
        if (crossing.length === 0) started.unref();
      })
      .on("error", () => fail(started))
      .on("exit", () => fail(started));
  }

  function cross(): void {
    const list = waiting;
    waiting = [];
    worker ??= start();
    worker.ref();
    crossing.push(list);
    const task: RecoverTask = {
      digests: list.map(({ digest }) => digest),
      signatures: list.map(({ signature }) => signature),
    };
    worker.postMessage(task);
  }

  return {
    recover: (digest, signature) =>
      new Promise((answer) => {
        const asked = { digest, signature, answer };
        if (availableParallelism() === 1) return here(asked);
        waiting.push(asked);
        if (waiting.length === 1) setImmediate(cross);
      }),
    async close() {
      await worker?.terminate();
    },
  };
}
