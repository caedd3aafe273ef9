import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, type Hex, isHex, toHex } from "../core/bytes.ts";
import { addressOfKey } from "../core/signature.ts";

/**
 * The data folder. Everything that must survive lies in it; keys are files that only their owner can read.
 *   ledger.db      the database            chain/   the embedded chain's own files
 *   ledger.json    name of the ledger and its contracts      keys/   operator, registrar, council, vault, sessions
 * What need not survive: scratch/, where a running review holds sealed files that have no name.
 */
export interface LedgerFile {
  ledgerId: Hex;
  simulated: boolean;
  /** Chains before the present one that were lost and replayed. */
  replays?: number;
  chainId?: number;
  contracts?: { council: Hex; authority: Hex; keys: Hex; ledger: Hex; subsidy: Hex };
}

export type KeyName = "operator" | "registrar" | "council-a" | "council-b" | "importer" | "vault" | "sessions";

export class Home {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(join(folder, "keys"), { recursive: true, mode: 0o700 });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  get exists(): boolean {
    return existsSync(this.path("ledger.json"));
  }

  readLedger(): LedgerFile | null {
    return this.exists ? (JSON.parse(readFileSync(this.path("ledger.json"), "utf8")) as LedgerFile) : null;
  }

  writeLedger(ledger: LedgerFile): void {
    writeFileSync(this.path("ledger.json"), `${JSON.stringify(ledger, null, 2)}\n`);
  }

  /** Reads a 32-byte key; makes it first when it is missing. Throws when the file holds something else. */
  key(name: KeyName | `provider-${string}`): Uint8Array {
    const file = this.path("keys", `${name}.key`);
    if (!existsSync(file)) writeFileSync(file, `${toHex(new Uint8Array(randomBytes(32)))}\n`, { mode: 0o600 });
    return readKeyFile(file);
  }

  address(name: KeyName): Hex {
    return addressOfKey(this.key(name));
  }
}

/** A raw private key in hex. Throws when the file does not hold one. */
export function readKeyFile(file: string): Uint8Array {
  const text = readFileSync(file, "utf8").trim();
  if (!isHex(text, 32)) throw new Error(`${file}: not a 32-byte key in 0x hex`);
  return fromHex(text);
}
