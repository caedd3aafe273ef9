import { secp256k1 } from "@noble/curves/secp256k1.js";
import { fromHex, type Hex, toHex, utf8 } from "./bytes.ts";
import { keccak } from "./hash.ts";

/** secp256k1 signatures as Ethereum writes them: r ‖ s ‖ v (27 or 28), low s only. SM2 may take this seam's place off-chain. */

/** Recovers the address that signed a digest, or null. The server passes a native one; the default is @noble's. */
export type Recover = (digest: Uint8Array, signature: Hex) => Hex | null;
export type SignDigest = (digest: Uint8Array) => Hex;

/** Address of an uncompressed public key (65 bytes). */
export function addressOf(publicKey: Uint8Array): Hex {
  return toHex(keccak(publicKey.subarray(1)).subarray(12));
}

export function addressOfKey(privateKey: Uint8Array): Hex {
  return addressOf(secp256k1.getPublicKey(privateKey, false));
}

/** EIP-55 mixed-case form, for people and for ethers. */
export function checksumAddress(address: Hex): string {
  const plain = address.slice(2).toLowerCase();
  const hash = toHex(keccak(utf8(plain))).slice(2);
  return `0x${[...plain].map((digit, i) => (Number.parseInt(hash[i]!, 16) >= 8 ? digit.toUpperCase() : digit)).join("")}`;
}

export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Hex {
  const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: "recovered", lowS: true });
  const signature = new Uint8Array(65);
  signature.set(recovered.subarray(1), 0);
  signature[64] = recovered[0]! + 27;
  return toHex(signature);
}

const HALF_ORDER = secp256k1.Point.Fn.ORDER / 2n;

/** Splits r ‖ s ‖ v; null unless v is 27 or 28 and s is low (a high s would be a second signature of the same act). */
export function splitSignature(signature: Hex): { compact: Uint8Array; recovery: 0 | 1 } | null {
  if (!/^0x[0-9a-f]{130}$/.test(signature)) return null;
  const bytes = fromHex(signature);
  const v = bytes[64]!;
  if (v !== 27 && v !== 28) return null;
  if (BigInt(toHex(bytes.subarray(32, 64))) > HALF_ORDER) return null;
  return { compact: bytes.subarray(0, 64), recovery: v === 27 ? 0 : 1 };
}

export const recover: Recover = (digest, signature) => {
  const parts = splitSignature(signature);
  if (!parts) return null;
  const recovered = new Uint8Array(65);
  recovered[0] = parts.recovery;
  recovered.set(parts.compact, 1);
  try {
    const compressed = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
    return addressOf(secp256k1.Point.fromBytes(compressed).toBytes(false));
  } catch {
    return null;
  }
};
