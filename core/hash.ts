import { createKeccak } from "hash-wasm";

/** Any function from bytes to 32 bytes. The tree is generic over it, so that others' vectors run against our code. */
export type Hash = (data: Uint8Array) => Uint8Array;

const hasher = await createKeccak(256);

/**
 * keccak256, the one seam through which all of core hashes (SM3 may take its place off-chain).
 * One reused WebAssembly hasher: ≈ 14 × ethers' and ≈ 8 × noble's on 64-byte inputs (`npm run bench`).
 */
export const keccak: Hash = (data) => hasher.init().update(data).digest("binary");

const growing = await createKeccak(256);

/** keccak256 of something that comes in parts. One at a time: a second begins only after the first one's digest. */
export function keccakParts(): { update(part: Uint8Array): void; digest(): Uint8Array } {
  growing.init();
  return { update: (part) => void growing.update(part), digest: () => growing.digest("binary") };
}
