import { randomBytes } from "node:crypto";
import { type Hex, toHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import type { Details } from "../../core/details.ts";
import type { RegistryEntry } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidv7 } from "../../core/id.ts";
import { keyProblem, regionScope, submitterAuthority } from "../../core/keyBook.ts";
import type { Recover } from "../../core/signature.ts";
import { RECEIPT, SUBMISSION, type Submission } from "../../core/statement.ts";
import { rootOfDigests } from "../../core/tree.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { Clock } from "../clock.ts";
import type { Entries } from "../entries/service.ts";
import type { ReadyEntry, Receipted } from "../entries/store.ts";
import type { Keys } from "../keys/service.ts";
import type { ReturnedBatch } from "./schema.ts";
import { located } from "./submissions.ts";

/** Where a region stands whose books were restored from a backup. */
export interface ReadmissionState {
  region: number;
  /** The open day of the books, and how many entries of it the backup held. */
  day: number;
  size: number;
  /** What the log had reached, as far as it is known. */
  reachedDay: number;
  reachedSize: number;
  /** Entries that came back. */
  readmitted: number;
}

/**
 * After a restore from a backup the books lack what was receipted since. A receipt promises a place: until those are
 * reconciled the region takes nothing new, so that no place is promised twice. Whoever holds a receipt returns it with
 * what it was given for; that goes to its promised place. What nobody returns stays a Gap, which everybody sees.
 */
export interface Readmissions {
  /** Null where nothing was lost. */
  stateOf(region: number): ReadmissionState | null;
  /** Puts a receipted submission back at its place. Throws Refusal; the same one twice gives the same receipt. */
  readmit(returned: ReturnedBatch): Promise<Receipted>;
  /** Fills what nobody returned with Gap entries, and lets the day go on. Returns the lost places. */
  close(region: number): number[];
  /** Holds a region by hand: after a restore that took the whole home back, which the home itself cannot see. */
  hold(region: number): void;
}

export function openReadmissions(parts: {
  entries: Entries;
  keys: Keys;
  recover: Recover;
  domain: Uint8Array;
  clock: Clock;
  operatorOf: (region: number) => Hex;
  inTransaction: <T>(make: () => T) => T;
  extents: { set(region: number, extent: { day: number; size: number; held?: true }): void };
}): Readmissions {
  const { entries, keys, recover, domain, clock } = parts;
  const { store } = entries;

  /** The receipt is the operator's promise of these very entries, or nothing is put anywhere for it. */
  function checkReceipt({ receipt, receiptSignature, submission }: ReturnedBatch, hash: Hex): void {
    const { region, receivedAt } = receipt;
    const signer = recover(typedDigest(domain, RECEIPT, receipt as never), receiptSignature as Hex);
    const speaks =
      signer !== null &&
      (signer === parts.operatorOf(region) ||
        keyProblem(keys.grantOf(signer), "Operator", regionScope(region), receivedAt) === null);
    const { offsetMinutes } = store.regionRow(region);
    const fits =
      receipt.submission === hash &&
      receipt.count === submission.count &&
      dayOf(receivedAt, offsetMinutes) === receipt.day;
    if (!speaks || !fits) throw new Refusal("receipt_invalid");
  }

  function prepare({ visits, entries: registered }: ReturnedBatch): ReadyEntry[] {
    const ready: ReadyEntry[] = [
      ...(visits ?? []).map(({ details, ...bare }) => entries.ready("Visit", bare, details as Details)),
      ...(registered ?? []).map(({ kind, details, ...bare }) =>
        entries.ready(kind, bare as Omit<RegistryEntry, "details">, details as Details),
      ),
    ];
    return ready;
  }

  return {
    stateOf(region) {
      const reached = store.held(region);
      if (!reached) return null;
      const { openDay: day, size } = store.regionRow(region);
      const readmitted = store.readmitted(region).length;
      return { region, day, size, reachedDay: reached.day, reachedSize: reached.size, readmitted };
    },
    async readmit(returned) {
      const { receipt, receiptSignature, submission: given, signature } = returned;
      const submission = given as Submission;
      const { region } = receipt;
      const hash = SUBMISSION.hash(submission);
      const before = store.receiptOf(region, hash);
      if (before) return before;
      if (!store.held(region)) throw new Refusal("not_restored");
      checkReceipt(returned, toHex(hash));
      const elsewhere = [...(returned.visits ?? []), ...(returned.entries ?? [])].findIndex(
        (entry) => entry.region !== region,
      );
      const list = returned.visits ? "visits" : "entries";
      if (elsewhere >= 0)
        throw new Refusal("invalid_input", [{ pointer: `/${list}/${elsewhere}/region`, code: "other_region" }]);
      const signer = recover(typedDigest(domain, SUBMISSION, submission), signature as Hex);
      if (!signer) throw new Refusal("signature_invalid");
      const { role, scope } = submitterAuthority(submission.submitter);
      const problem = keyProblem(keys.grantOf(signer), role, scope, receipt.receivedAt);
      if (problem) throw new Refusal(problem);
      // One transaction, so that the keys of persons who are not in the backup cost one flush.
      const ready = parts.inTransaction(() => {
        const made = prepare(returned);
        if (made.length !== submission.count) throw new Refusal("count_mismatch");
        if (toHex(rootOfDigests(made.map(({ digest }) => digest))) !== submission.root)
          throw new Refusal("root_mismatch");
        return made;
      });
      try {
        return store.readmit({
          entries: ready,
          submission: { submission, hash, signature: signature as Hex, signer },
          receipt: receipt as Receipted["receipt"],
          receiptSignature: receiptSignature as Hex,
        });
      } catch (error) {
        throw located(error, `/${list}`);
      }
    },
    close: (region) =>
      store.closeReadmission(region, () =>
        entries.readyBare("Gap", { id: uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10))), region }),
      ),
    hold(region) {
      const { openDay: day, size } = store.regionRow(region);
      parts.extents.set(region, { day, size, held: true });
    },
  };
}
