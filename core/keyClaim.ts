import type { Hex } from "./bytes.ts";
import { utf8 } from "./bytes.ts";
import { keccak } from "./hash.ts";

/** What a key signs to show that whoever asks for it to be registered holds it: for this ledger and this person alone. */
export function keyClaim(ledgerId: Hex, username: string, address: Hex): Uint8Array {
  return keccak(utf8(`SilverLedger/1/key\n${ledgerId}\n${username}\n${address}`));
}
