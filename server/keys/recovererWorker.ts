import { answerQuestions } from "../helperThread.ts";
import { recoverNative } from "./native.ts";
import type { RecoverTask } from "./recoverer.ts";

/** Finds who signed, beside the thread that answers and writes. It knows no key and keeps nothing. */
answerQuestions(({ digests, signatures }: RecoverTask) =>
  digests.map((digest, i) => recoverNative(digest, signatures[i]!)),
);
