import type { Hex } from "../../core/bytes.ts";
import { toHex } from "../../core/bytes.ts";
import { commitDetails, type Details } from "../../core/details.ts";
import { entryDigest } from "../../core/entry.ts";
import type { SignDigest } from "../../core/signature.ts";
import { SUBMISSION, type Submission } from "../../core/statement.ts";
import { rootOfDigests } from "../../core/tree.ts";
import { domainSeparator, typedDigest } from "../../core/typedData.ts";
import { signerOf } from "../../server/keys/native.ts";
import type { Ledger } from "../../server/ledger.ts";
import type { VisitBatch, VisitInput } from "../../server/records/schema.ts";
import type { RegistryBatch, RegistryInput } from "../../server/registry/schema.ts";

/** Signs batches locally: what a provider's own software does before it sends. */
export interface Signer {
  ledgerId: Hex;
  submitter: string;
  sign: SignDigest;
  now: () => number;
}

/** The signer of a submitter whose key lies in the home: its importer, or a provider of the demonstration. */
export function homeSigner(ledger: Ledger, submitter: string, key: Uint8Array): Signer {
  return { ledgerId: ledger.file.ledgerId, submitter, sign: signerOf(key), now: () => ledger.clock.now() };
}

function signed({ ledgerId, submitter, sign, now }: Signer, digests: Uint8Array[]) {
  const submission: Submission = {
    submitter,
    root: toHex(rootOfDigests(digests)),
    count: digests.length,
    signedAt: now(),
  };
  return { submission, signature: sign(typedDigest(domainSeparator(ledgerId), SUBMISSION, submission)) };
}

export function signVisits(signer: Signer, visits: VisitInput[]): VisitBatch {
  const domain = domainSeparator(signer.ledgerId);
  const digests = visits.map(({ details, ...bare }) =>
    entryDigest(domain, "Visit", { ...bare, details: commitDetails("Visit", details as Details) }),
  );
  return { ...signed(signer, digests), visits };
}

export function signRegistry(signer: Signer, entries: RegistryInput[]): RegistryBatch {
  const domain = domainSeparator(signer.ledgerId);
  const digests = entries.map(({ kind, details, ...bare }) =>
    entryDigest(domain, kind, { ...bare, details: commitDetails(kind, details as Details) } as never),
  );
  return { ...signed(signer, digests), entries };
}

/** Lists cut into batches that the API takes. */
export function batches<T>(list: T[], size = 1000): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
