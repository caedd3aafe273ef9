import secp256k1 from "secp256k1";
import { type Hex, toHex } from "../../core/bytes.ts";
import { addressOf, type Recover, type SignDigest, splitSignature } from "../../core/signature.ts";

/** secp256k1 by libsecp256k1 (prebuilt; falls back to JavaScript elsewhere): ≈ 20 × @noble's recovery. */
export const recoverNative: Recover = (digest, signature) => {
  const parts = splitSignature(signature);
  if (!parts) return null;
  try {
    return addressOf(secp256k1.ecdsaRecover(parts.compact, parts.recovery, digest, false));
  } catch {
    return null;
  }
};

export function signerOf(privateKey: Uint8Array): SignDigest {
  return (digest): Hex => {
    const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
    const bytes = new Uint8Array(65);
    bytes.set(signature, 0);
    bytes[64] = recid + 27;
    return toHex(bytes);
  };
}
