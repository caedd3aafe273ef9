import { ctr } from "@noble/ciphers/aes.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { concat, equal, fromHex, type Hex, toHex, utf8 } from "./bytes.ts";
import { keccak } from "./hash.ts";
import { addressOfKey } from "./signature.ts";

/** Web3 Secret Storage, version 3 (scrypt, AES-128-CTR): what ethers, geth and Besu read and write. */
export interface Keystore {
  version: 3;
  id: string;
  address: string;
  crypto: {
    cipher: "aes-128-ctr";
    cipherparams: { iv: string };
    ciphertext: string;
    kdf: "scrypt";
    kdfparams: { n: number; r: number; p: number; dklen: 32; salt: string };
    mac: string;
  };
}

const bare = (bytes: Uint8Array) => toHex(bytes).slice(2);
const MAX_SCRYPT_N = 2 ** 20;

/** `random` gives fresh random bytes; `n` is scrypt's cost (2^17 by default, as ethers has it). */
export async function encryptKey(
  privateKey: Uint8Array,
  passphrase: string,
  random: (bytes: number) => Uint8Array,
  n = 2 ** 17,
): Promise<Keystore> {
  const [salt, iv, id] = [random(32), random(16), bare(random(16))];
  const derived = await scryptAsync(utf8(passphrase.normalize("NFKC")), salt, { N: n, r: 8, p: 1, dkLen: 32 });
  const ciphertext = ctr(derived.subarray(0, 16), iv).encrypt(privateKey);
  return {
    version: 3,
    id: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`,
    address: addressOfKey(privateKey).slice(2),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: bare(iv) },
      ciphertext: bare(ciphertext),
      kdf: "scrypt",
      kdfparams: { n, r: 8, p: 1, dklen: 32, salt: bare(salt) },
      mac: bare(keccak(concat(derived.subarray(16), ciphertext))),
    },
  };
}

const unbare = (text: string) => fromHex(`0x${text}` as Hex);

/** The private key, or null when the passphrase is wrong. Throws RangeError on a keystore of another kind. */
export async function decryptKey(keystore: Keystore, passphrase: string): Promise<Uint8Array | null> {
  const { crypto } = keystore;
  const { n, r, p, salt } = crypto?.kdfparams ?? {};
  if (keystore.version !== 3 || crypto.kdf !== "scrypt" || crypto.cipher !== "aes-128-ctr") {
    throw new RangeError("not a version 3 scrypt keystore");
  }
  if (!(n <= MAX_SCRYPT_N && r <= 16 && p <= 8)) throw new RangeError("keystore asks for too much work");
  const derived = await scryptAsync(utf8(passphrase.normalize("NFKC")), unbare(salt), { N: n, r, p, dkLen: 32 });
  const ciphertext = unbare(crypto.ciphertext);
  if (!equal(keccak(concat(derived.subarray(16), ciphertext)), unbare(crypto.mac))) return null;
  return ctr(derived.subarray(0, 16), unbare(crypto.cipherparams.iv)).decrypt(ciphertext);
}
