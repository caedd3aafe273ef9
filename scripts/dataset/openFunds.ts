import type { Hex } from "../../core/bytes.ts";
import { type SigningRequest, signRequest } from "../../core/request.ts";
import { addressOfKey } from "../../core/signature.ts";
import { signerOf } from "../../server/keys/native.ts";
import type { Ledger } from "../../server/ledger.ts";

export function signedBy<R extends SigningRequest>(request: R, ...keys: readonly Uint8Array[]): R {
  return keys.reduce((r, key) => signRequest(r, signerOf(key), addressOfKey(key)), request);
}

/** Opens a fund on the chain and puts a budget into it, as a treasurer and a supervisor do. Throws Refusal. */
export async function openFund(
  ledger: Ledger,
  region: number,
  fund: string,
  budget: { fen: bigint; document: Hex },
  { treasury, supervisor }: { treasury: Uint8Array; supervisor: Uint8Array },
): Promise<void> {
  const { officials } = ledger.payouts;
  await officials.relay(signedBy(await officials.openRequest(region, fund), treasury, supervisor));
  const order = await officials.budgetRequest(region, fund, "appropriate", budget.fen, budget.document);
  await officials.relay(signedBy(order, treasury));
}
