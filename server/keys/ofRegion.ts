import { concat, type Hex, utf8 } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { type Grant, regionScope } from "../../core/keyBook.ts";
import { addressOfKey, type SignDigest } from "../../core/signature.ts";
import { signerOf } from "./native.ts";

export interface RegionKey {
  key: Uint8Array;
  address: Hex;
  sign: SignDigest;
}

const DERIVED = utf8("SilverLedger key of a region");

/**
 * One office's keys, a key for each region: on chain a key has one scope for ever. The home's own key speaks for the
 * region for which it was registered, or for whichever comes first; every other region's key is derived from it, so that
 * one file is kept and a lost folder of keys is one loss.
 */
export function openRegionKeys(
  main: Uint8Array,
  grantOf: (address: Hex) => Grant | undefined,
): (region: number) => RegionKey {
  const ready = (key: Uint8Array): RegionKey => ({ key, address: addressOfKey(key), sign: signerOf(key) });
  const own = ready(main);
  const derived = new Map<number, RegionKey>();
  return (region) => {
    const scope = grantOf(own.address)?.scope;
    if (scope === undefined || scope === regionScope(region)) return own;
    let other = derived.get(region);
    if (!other) {
      other = ready(keccak(concat(DERIVED, main, utf8(String(region)))));
      derived.set(region, other);
    }
    return other;
  };
}

/** How each region's operator signs and sends. `provide` sees to it that an address can pay. */
export function openOperators(
  main: Uint8Array,
  grantOf: (address: Hex) => Grant | undefined,
  provide: (address: Hex) => Promise<void>,
) {
  const of = openRegionKeys(main, grantOf);
  return {
    signOf: (region: number): SignDigest => of(region).sign,
    operatorOf: (region: number): Hex => of(region).address,
    /** The key, with what a transaction costs. Rejects when the chain does not answer. */
    async senderOf(region: number): Promise<Uint8Array> {
      const { key, address } = of(region);
      if (key !== main) await provide(address);
      return key;
    },
  };
}
