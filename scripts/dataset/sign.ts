import type { Signer } from "../../core/batch.ts";
import { signerOf } from "../../server/keys/native.ts";
import type { Ledger } from "../../server/ledger.ts";

/** The signer of a submitter whose key lies in the home: its importer, or a provider of the demonstration. */
export function homeSigner(ledger: Ledger, submitter: string, key: Uint8Array): Signer {
  return { ledgerId: ledger.file.ledgerId, submitter, sign: signerOf(key), now: () => ledger.clock.now() };
}
