import { writeHex } from "../../core/bytes.ts";
import { uuidText } from "../../core/id.ts";

export { uuidText };

/** UUIDs stand in the database as 16 bytes and everywhere else as text. */
export function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  writeHex(uuid, 0, bytes, 0);
  return bytes;
}

/** Ids that stand one after the other, 16 bytes each. */
export function uuidsIn(bytes: Buffer): string[] {
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => uuidText(bytes.subarray(i * 16, i * 16 + 16)));
}
