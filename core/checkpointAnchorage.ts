import type { Hex } from "./bytes.ts";
import { readNote } from "./note.ts";
import { type Recover, recover as recoverPure } from "./signature.ts";
import { CHECKPOINT } from "./statement.ts";
import { domainSeparator, typedDigest } from "./typedData.ts";
import type { Anchorage } from "./verify.ts";

/**
 * A checkpoint that somebody kept, as the thing to hold a proof against, offline: its head binds every day before it.
 * Returns null when the note is malformed or not signed by a trusted operator (any signer when none is named: then
 * the note itself is what is trusted, and `source` says so).
 */
export function checkpointAnchorage(note: string, trusted: Hex[], recover: Recover = recoverPure): Anchorage | null {
  const signed = readNote(note);
  if (!signed) return null;
  const { ledgerId, checkpoint, signature } = signed;
  const operator = recover(typedDigest(domainSeparator(ledgerId), CHECKPOINT, checkpoint), signature);
  if (!operator || (trusted.length > 0 && !trusted.includes(operator))) return null;
  const last = checkpoint.day - 1;
  return {
    source: `checkpoint of day ${checkpoint.day}, operator ${operator} ${trusted.length > 0 ? "(named by you)" : "(taken from the checkpoint itself)"}`,
    ledgerId,
    simulated: null,
    replayed: null,
    headAfter: async (region, day) => (region === checkpoint.region && day === last ? checkpoint.head : null),
    day: async () => null,
    lastDay: async (region) => (region === checkpoint.region ? last : null),
    grantOf: async () => null,
    lodged: async () => [],
    money: null,
    trustedOperators: [operator],
  };
}
