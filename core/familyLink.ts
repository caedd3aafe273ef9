import { concat, fromHex, type Hex, toHex, utf8 } from "./bytes.ts";
import type { Disclosure } from "./details.ts";
import { keccak } from "./hash.ts";

/**
 * The secret of a family's link to one visit: 16 bytes of keccak("SilverLedger/1/family" ‖ salt of the circumstances).
 * Whoever holds the visit's seed can make it without a network, the server can make it while the details can be opened,
 * and nobody else can; it goes with an erasure. Null where the circumstances are not shown.
 */
export function familyToken(disclosure: Disclosure): Hex | null {
  const field = disclosure.find(({ group }) => group === "circumstances");
  if (!field || !("salt" in field)) return null;
  return toHex(keccak(concat(utf8("SilverLedger/1/family"), fromHex(field.salt))).subarray(0, TOKEN_BYTES));
}
const TOKEN_BYTES = 16;

/** Where a family answers about a visit. The secret stands after the #, which no browser sends and no proxy logs. */
export const familyPath = (region: number, visit: string, token: Hex): string =>
  `/family.html#${region}.${visit}.${token.slice(2)}`;
