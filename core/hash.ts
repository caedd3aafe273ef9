import { createKeccak } from "hash-wasm";
import { KERNEL_BYTES, openKeccakKernel } from "./keccakKernel.ts";

/** Any function from bytes to 32 bytes. The tree is generic over it, so that others' vectors run against our code. */
export type Hash = (data: Uint8Array) => Uint8Array;

const kernel = openKeccakKernel();
const growing = await createKeccak(256);

/** keccak256 of something that comes in parts. One at a time: a second begins only after the first one's digest. */
export function keccakParts(): { update(part: Uint8Array): void; digest(): Uint8Array } {
  growing.init();
  return { update: (part) => void growing.update(part), digest: () => growing.digest("binary") };
}

const library = await createKeccak(256);
/** Nearly everything that is hashed is short; what is longer than the kernel's memory goes through the library. */
const longDigest: Hash = (data) => library.init().update(data).digest("binary");

/** keccak256 into 32 bytes of an array that is there already: a small array costs half as much as the hash itself. */
export function keccakInto(data: Uint8Array, target: Uint8Array, at: number): void {
  if (data.length <= KERNEL_BYTES) kernel.digestInto(data, target, at);
  else target.set(longDigest(data), at);
}

/** keccak256, the one seam through which all of core hashes (SM3 may take its place off-chain). */
export const keccak: Hash = (data) => (data.length <= KERNEL_BYTES ? kernel.digest(data) : longDigest(data));
