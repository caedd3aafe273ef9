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

const large = await createKeccak(256);

/** keccak256 into 32 bytes of an array that is there already: a small array costs half as much as the hash itself. */
export function keccakInto(data: Uint8Array, target: Uint8Array, at: number): void {
  // Nearly everything that is hashed is short; what is longer than the kernel's memory goes through the library's.
  if (data.length <= KERNEL_BYTES) kernel.digestInto(data, target, at);
  else target.set(large.init().update(data).digest("binary"), at);
}

/** keccak256, the one seam through which all of core hashes (SM3 may take its place off-chain). */
export const keccak: Hash = (data) =>
  data.length <= KERNEL_BYTES ? kernel.digest(data) : large.init().update(data).digest("binary");
