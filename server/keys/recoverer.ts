import { availableParallelism } from "node:os";
import type { Hex } from "../../core/bytes.ts";
import { openHelperThread } from "../helperThread.ts";
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
  const thread = openHelperThread<RecoverTask, (Hex | null)[]>(new URL("./recovererWorker.ts", import.meta.url));
  let waiting: Asked[] = [];

  function cross(): void {
    const list = waiting;
    waiting = [];
    const task = { digests: list.map(({ digest }) => digest), signatures: list.map(({ signature }) => signature) };
    thread.ask(task).then(
      (signers) => {
        for (const [i, { answer }] of list.entries()) answer(signers[i]!);
      },
      () => list.forEach(here),
    );
  }

  return {
    recover: (digest, signature) =>
      new Promise((answer) => {
        const asked = { digest, signature, answer };
        if (availableParallelism() === 1) return here(asked);
        waiting.push(asked);
        if (waiting.length === 1) setImmediate(cross);
      }),
    close: thread.close,
  };
}
