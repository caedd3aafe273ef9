import { type Hex, toHex } from "./bytes.ts";
import { commitDetails, type DetailedKind, type Details } from "./details.ts";
import { type EntryKind, type EntryOf, entryDigest } from "./entry.ts";
import type { SignDigest } from "./signature.ts";
import { SUBMISSION, type Submission } from "./statement.ts";
import { rootOfDigests } from "./tree.ts";
import { domainSeparator, typedDigest } from "./typedData.ts";

/** Batches signed by whoever submits them: on a provider's machine, in a browser, on a phone. */
export interface Signer {
  ledgerId: Hex;
  /** A provider's credit code, or import:<region>. */
  submitter: string;
  sign: SignDigest;
  /** Unix seconds. */
  now: () => number;
}

interface SignedBatch {
  submission: Submission;
  signature: Hex;
}

function signed({ ledgerId, submitter, sign, now }: Signer, digests: Uint8Array[]): SignedBatch {
  const submission: Submission = {
    submitter,
    root: toHex(rootOfDigests(digests)),
    count: digests.length,
    signedAt: now(),
  };
  return { submission, signature: sign(typedDigest(domainSeparator(ledgerId), SUBMISSION, submission)) };
}

/** An entry of the wire: its values, and details that are committed to. */
type Detailed<K extends EntryKind> = Omit<EntryOf[K], "details"> & { details: { seed: string; values: unknown } };

function digestOf<K extends EntryKind & DetailedKind>(domain: Uint8Array, kind: K, entry: Detailed<K>): Uint8Array {
  const { details, ...bare } = entry;
  return entryDigest(domain, kind, { ...bare, details: commitDetails(kind, details as Details) } as never);
}

/** Signs visits as one submission; `visits` come back as they are. */
export function signVisits<V extends Detailed<"Visit">>(signer: Signer, visits: V[]): SignedBatch & { visits: V[] } {
  const domain = domainSeparator(signer.ledgerId);
  return {
    ...signed(
      signer,
      visits.map((visit) => digestOf(domain, "Visit", visit)),
    ),
    visits,
  };
}

/** Signs registry entries as one submission. */
export function signRegistry<E extends { kind: EntryKind & DetailedKind } & Detailed<EntryKind & DetailedKind>>(
  signer: Signer,
  entries: E[],
): SignedBatch & { entries: E[] } {
  const domain = domainSeparator(signer.ledgerId);
  const digests = entries.map(({ kind, ...entry }) => digestOf(domain, kind, entry as never));
  return { ...signed(signer, digests), entries };
}

/** Lists cut into batches that the API takes. */
export function batches<T>(list: readonly T[], size = 1000): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
