import { parentPort, type Transferable, Worker } from "node:worker_threads";

/** A thread that answers questions, one after the other. */
export interface HelperThread<Q, A> {
  /** Rejects with what the thread says of a question that it cannot answer, or when it ends before it answered. */
  ask(question: Q): Promise<A>;
  close(): Promise<void>;
}

type Answer<A> = { answer: A } | { error: string };

/** The first question starts the thread, and so does the next one after it ended. An idle one keeps no process running. */
export function openHelperThread<Q, A>(program: URL, workerData?: unknown): HelperThread<Q, A> {
  const asked: { resolve: (answer: A) => void; reject: (error: Error) => void }[] = [];
  let worker: Worker | null = null;

  function fail(started: Worker, error: Error): void {
    if (worker !== started) return;
    worker = null;
    for (const { reject } of asked.splice(0)) reject(error);
  }

  function start(): Worker {
    const started = new Worker(program, { workerData });
    return started
      .on("message", (told: Answer<A>) => {
        // What a thread that ended had still said answers nobody: its questions were refused.
        if (worker !== started) return;
        const { resolve, reject } = asked.shift()!;
        if (asked.length === 0) started.unref();
        if ("answer" in told) resolve(told.answer);
        else reject(new Error(told.error));
      })
      .on("error", (error) => fail(started, error))
      .on("exit", () => fail(started, new Error("the thread that was asked ended")));
  }

  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        worker.ref();
        asked.push({ resolve, reject });
        worker.postMessage(question);
      }),
    async close() {
      await worker?.terminate();
    },
  };
}

/** The thread's own side. `moved` names what an answer need not be copied of. */
export function answerQuestions<Q, A>(answer: (question: Q) => A, moved: (made: A) => Transferable[] = () => []): void {
  parentPort!.on("message", (question: Q) => {
    try {
      const made = answer(question);
      parentPort!.postMessage({ answer: made } satisfies Answer<A>, moved(made));
    } catch (error) {
      parentPort!.postMessage({ error: (error as Error).message } satisfies Answer<A>);
    }
  });
}
