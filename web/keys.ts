import { createStore, del, entries, set } from "idb-keyval";
import type { Hex } from "../core/bytes.ts";
import { keyClaim } from "../core/keyClaim.ts";
import { decryptKey, encryptKey, type Keystore } from "../core/keystore.ts";
import { addressOfKey, signDigest } from "../core/signature.ts";
import { post } from "./api.ts";

/** Signing keys of this browser: encrypted with a passphrase (Web3 Secret Storage), in IndexedDB, and nowhere else. */
export interface StoredKey {
  address: string;
  keystore: Keystore;
  /** ISO 8601. */
  madeAt: string;
  /** Who was signed in when it came here; not known of keys that came before this was kept. */
  owner?: string;
}

const store = () => createStore("silverledger", "keys");
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const KEY_BYTES = 32;

/** The keys of this browser in the order in which they came, those of one person: several may share it. */
export async function storedKeys(owner: string): Promise<StoredKey[]> {
  const all = (await entries(store())) as [string, StoredKey][];
  const theirs = all.map(([, key]) => key).filter((key) => !key.owner || key.owner === owner);
  return theirs.sort((a, b) => a.madeAt.localeCompare(b.madeAt));
}

async function keep(keystore: Keystore, owner: string): Promise<StoredKey> {
  const key = { address: `0x${keystore.address}`, keystore, madeAt: new Date().toISOString(), owner };
  await set(key.address, key, store());
  return key;
}

/** Makes a key here; the bare key lives for this call alone. */
export async function makeKey(passphrase: string, owner: string): Promise<StoredKey> {
  return await keep(await encryptKey(random(KEY_BYTES), passphrase, random), owner);
}

/** Takes an exported key in, once its passphrase opens it. False when it does not. Throws RangeError on another file. */
export async function takeKey(text: string, passphrase: string, owner: string): Promise<boolean> {
  const keystore = JSON.parse(text) as Keystore;
  const opened = await decryptKey(keystore, passphrase);
  if (!opened) return false;
  await keep({ ...keystore, address: addressOfKey(opened).slice(2) }, owner);
  return true;
}

/** Asks for a key to be put on the chain: the key itself says who holds it. Throws Problem. */
export async function askForKey(key: Uint8Array, ledgerId: Hex, username: string): Promise<void> {
  const address = addressOfKey(key);
  await post("/keys", { address, signature: signDigest(keyClaim(ledgerId, username, address), key) });
}

export async function removeKey(address: string): Promise<void> {
  await del(address, store());
}
