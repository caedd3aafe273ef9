import { type Hex, toHex } from "../../core/bytes.ts";
import { type Issue, Refusal } from "../../core/errors.ts";
import { keyProblem, submitterAuthority } from "../../core/keyBook.ts";
import { SUBMISSION, type Submission } from "../../core/statement.ts";
import { rootOfDigests } from "../../core/tree.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { Clock } from "../clock.ts";
import type { Entries } from "../entries/service.ts";
import type { ReadyEntry, Receipted } from "../entries/store.ts";
import type { Recoverer } from "../keys/recoverer.ts";
import type { Keys } from "../keys/service.ts";

/** How any signed batch enters the log: its root is recomputed, its signature and key are judged, it lands whole. */
export interface Submissions {
  submit(batch: SignedBatch): Promise<Receipted>;
}

export interface SignedBatch {
  region: number;
  submission: Submission;
  signature: Hex;
  /** Where the body holds the batch's list, as a JSON pointer. */
  pointer: string;
  /** What is wrong with the batch; not asked again when the same submission was accepted before. */
  check(): Issue[];
  /** The entries' digests alone, for a submission that was accepted before: nothing is sealed again. */
  digests(): Uint8Array[];
  /** Hashes the entries and seals their details; gives back what `whole` says of them. */
  prepare(whole: (made: ReadyEntry[]) => ReadyEntry[]): ReadyEntry[] | Promise<ReadyEntry[]>;
}

const rootOf = (digests: Uint8Array[]): Hex => toHex(rootOfDigests(digests));

/** Store issues point into the batch; the caller's list has a name in the body. */
export function located(error: unknown, pointer: string): unknown {
  if (!(error instanceof Refusal) || error.issues.length === 0) return error;
  const issues = error.issues.map((issue) =>
    /^\/\d+/.test(issue.pointer) ? { ...issue, pointer: pointer + issue.pointer } : issue,
  );
  return new Refusal(error.code, issues);
}

export function openSubmissions(parts: {
  entries: Entries;
  keys: Keys;
  recover: Recoverer["recover"];
  domain: Uint8Array;
  clock: Clock;
  inTransaction: <T>(make: () => T) => T;
}): Submissions {
  const { entries, keys, recover, domain } = parts;

  async function signerOf(submission: Submission, signature: Hex): Promise<Hex> {
    const signer = await recover(typedDigest(domain, SUBMISSION, submission), signature);
    if (!signer) throw new Refusal("signature_invalid");
    // A key that was registered a moment ago is not in memory yet.
    if (!keys.grantOf(signer)) await keys.refresh();
    return signer;
  }

  return {
    async submit({ region, submission, signature, pointer, check, digests, prepare }) {
      const hash = SUBMISSION.hash(submission);
      // One look at the books: each question of its own would take and let go of the database's locks.
      const [before, issues] = parts.inTransaction((): [Receipted | null, Issue[]] => {
        const known = entries.store.receiptOf(region, hash);
        return [known, known ? [] : check()];
      });
      if (issues.length > 0) throw new Refusal("invalid_input", issues);
      if (before) {
        if (rootOf(digests()) !== submission.root) throw new Refusal("root_mismatch");
        return before;
      }
      const signer = await signerOf(submission, signature);
      const { role, scope } = submitterAuthority(submission.submitter);
      const judge = (receivedAt: number) => {
        const problem = keyProblem(keys.grantOf(signer), role, scope, receivedAt);
        if (problem) throw new Refusal(problem);
      };
      // A stranger's batch makes no keys of persons: who signed is asked before anything is sealed.
      judge(parts.clock.now());
      const whole = (made: ReadyEntry[]) => {
        if (submission.count !== made.length) throw new Refusal("count_mismatch");
        if (rootOf(made.map((entry) => entry.digest)) !== submission.root) throw new Refusal("root_mismatch");
        return made;
      };
      const ready = await prepare(whole);
      try {
        return await entries.append({
          region,
          entries: ready,
          submission: { submission, hash, signature, signer },
          // Judged again at the time of receipt: a key revoked before is refused, a receipt given before stays valid.
          judge,
        });
      } catch (error) {
        throw located(error, pointer);
      }
    },
  };
}
