import { fromHex, type Hex, isHex, toHex } from "./bytes.ts";
import type { Checkpoint } from "./statement.ts";

/**
 * A checkpoint as text, after the C2SP signed-note format: origin, size, root, then our own lines, an empty line and
 * a signature line. The signature is ours (EIP-712 over the Checkpoint struct, secp256k1): public witnesses cannot
 * check it.
 */
export interface SignedCheckpoint {
  ledgerId: Hex;
  checkpoint: Checkpoint;
  signature: Hex;
}

const SIGNATURE_NAME = "silverledger-operator";

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function unbase64(text: string): Hex {
  return toHex(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

export function writeNote({ ledgerId, checkpoint, signature }: SignedCheckpoint): string {
  return [
    `silverledger/${ledgerId.slice(2)}/${checkpoint.region}`,
    String(checkpoint.size),
    base64(fromHex(checkpoint.root)),
    `day ${checkpoint.day}`,
    `head ${checkpoint.head}`,
    "",
    `— ${SIGNATURE_NAME} ${base64(fromHex(signature))}`,
    "",
  ].join("\n");
}

const NOTE =
  /^silverledger\/([0-9a-f]{64})\/(\d{6})\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\nday (0|[1-9]\d{0,8})\nhead (0x[0-9a-f]{64})\n\n— silverledger-operator ([A-Za-z0-9+/]+=*)\n$/;

/** Reads a note; null unless it is byte for byte in the written form. Whether the signature holds is for the caller. */
export function readNote(text: string): SignedCheckpoint | null {
  const match = NOTE.exec(text);
  if (!match) return null;
  const [, ledgerId, region, size, root, day, head, signature] = match as unknown as string[];
  const signed: SignedCheckpoint = {
    ledgerId: `0x${ledgerId}`,
    checkpoint: {
      region: Number(region),
      day: Number(day),
      size: Number(size),
      root: unbase64(root!),
      head: head as Hex,
    },
    signature: unbase64(signature!),
  };
  return isHex(signed.checkpoint.root, 32) && writeNote(signed) === text ? signed : null;
}
