import { writeHex } from "../../core/bytes.ts";

/** UUIDs stand in the database as 16 bytes and everywhere else as text. */
export function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  writeHex(uuid, 0, bytes, 0);
  return bytes;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Ids that stand one after the other, 16 bytes each. */
export function uuidsIn(bytes: Buffer): string[] {
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => uuidText(bytes.subarray(i * 16, i * 16 + 16)));
}
