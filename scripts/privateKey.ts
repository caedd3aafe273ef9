import { readFileSync } from "node:fs";
import { fromHex, isHex } from "../core/bytes.ts";
import { decryptKey, type Keystore } from "../core/keystore.ts";
import { UsageError } from "./verb.ts";

/** A private key out of a file: raw hex (0600), or a version 3 keystore with its passphrase in another file. */
export async function readPrivateKey(file: string, passphraseFile: string | undefined): Promise<Uint8Array> {
  const content = readFileSync(file, "utf8").trim();
  if (isHex(content, 32)) return fromHex(content);
  if (!passphraseFile) throw new UsageError(`${file}: a keystore; --passphrase-file is needed`);
  const key = await decryptKey(JSON.parse(content) as Keystore, readFileSync(passphraseFile, "utf8").trim());
  if (!key) throw new UsageError(`${file}: wrong passphrase`);
  return key;
}
