import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { createRequire } from "node:module";

/**
 * Authenticated encryption of what lies at rest. A box is nonce (12) ‖ ciphertext ‖ tag (16), bound to the place where it
 * belongs. A key knows its cipher, so that no key is ever used with two (SM4 may take this seam).
 */
export type BoxKey =
  | { cipher: "chacha20-poly1305"; secret: Uint8Array }
  /** Persons' keys of before, and the vault's own. */
  | { cipher: "aes-256-gcm"; secret: KeyObject };

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** RFC 8439. `sealed` is ciphertext ‖ tag. */
export interface ChaCha {
  seal(sealed: Buffer, plain: Uint8Array, bound: Buffer, nonce: Buffer, key: Uint8Array): void;
  /** Throws when the bytes, their place or the key are others. */
  open(plain: Buffer, sealed: Buffer, bound: Buffer, nonce: Buffer, key: Uint8Array): void;
}

const authTagLength = TAG_BYTES;
export const chachaOfNode: ChaCha = {
  seal(sealed, plain, bound, nonce, key) {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength });
    cipher.setAAD(bound, { plaintextLength: plain.length });
    sealed.set(cipher.update(plain));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plain.length);
  },
  open(plain, sealed, bound, nonce, key) {
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength });
    decipher.setAAD(bound, { plaintextLength: plain.length });
    decipher.setAuthTag(sealed.subarray(plain.length));
    plain.set(decipher.update(sealed.subarray(0, plain.length)));
    decipher.final();
  },
};

/** The functions of libsodium that are used; null stands for what is not asked for. */
interface Sodium {
  crypto_aead_chacha20poly1305_ietf_encrypt: SodiumAead<
    [sealed: Buffer, plain: Uint8Array, bound: Buffer, unused: null]
  >;
  crypto_aead_chacha20poly1305_ietf_decrypt: SodiumAead<[plain: Buffer, unused: null, sealed: Buffer, bound: Buffer]>;
}
type SodiumAead<A extends unknown[]> = (...args: [...A, nonce: Buffer, key: Uint8Array]) => void;

function loadSodium(): Sodium | null {
  try {
    return createRequire(import.meta.url)("sodium-native") as Sodium;
  } catch {
    return null;
  }
}

/** libsodium, prebuilt: a quarter of the time of Node's, most of which is setting a cipher up. Null where there is none. */
export const chachaOfSodium: ChaCha | null = ((sodium) =>
  sodium && {
    seal: (sealed, plain, bound, nonce, key) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plain, bound, null, nonce, key),
    open: (plain, sealed, bound, nonce, key) =>
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plain, null, sealed, bound, nonce, key),
  })(loadSodium());
/** What is at hand; the bytes are the same. */
export const chacha = chachaOfSodium ?? chachaOfNode;

/** Node converts plain bytes anew for each call of this cipher, at four times the cost of the encryption. */
export const aesKey = (secret: Uint8Array): BoxKey => ({
  cipher: "aes-256-gcm",
  secret: createSecretKey(Buffer.from(secret)),
});
export const chachaKey = (secret: Uint8Array): BoxKey => ({ cipher: "chacha20-poly1305", secret });

// Random bytes are drawn for many nonces at once: a draw costs as much for 12 bytes as for some thousand.
let pool = Buffer.alloc(0);
let drawn = 0;
function freshNonce(): Buffer {
  if (drawn + NONCE_BYTES > pool.length) [pool, drawn] = [randomBytes(NONCE_BYTES * 1024), 0];
  drawn += NONCE_BYTES;
  return pool.subarray(drawn - NONCE_BYTES, drawn);
}

/** Places are short: they are written where the last one stood. */
const place = Buffer.alloc(256);
function bytesOf(bound: string): Buffer {
  // No text has more than three bytes for each of its UTF-16 units.
  return bound.length * 3 > place.length ? Buffer.from(bound) : place.subarray(0, place.write(bound));
}

/** Seals `plain` in a box that opens with the same key and `bound` alone. */
export function encrypt(key: BoxKey, plain: Uint8Array, bound: string): Buffer {
  const nonce = freshNonce();
  if (key.cipher === "chacha20-poly1305") {
    const box = Buffer.allocUnsafe(NONCE_BYTES + plain.length + TAG_BYTES);
    box.set(nonce);
    chacha.seal(box.subarray(NONCE_BYTES), plain, bytesOf(bound), nonce, key.secret);
    return box;
  }
  // This mode gives every byte at `update`: `final` only makes, or checks, the tag.
  const cipher = createCipheriv(key.cipher, key.secret, nonce);
  cipher.setAAD(bytesOf(bound));
  const hidden = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, hidden, cipher.getAuthTag()]);
}

/** Throws when the box was altered, was sealed for another place, or by another key. */
export function decrypt(key: BoxKey, box: Uint8Array, bound: string): Buffer {
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new RangeError("a box that was cut short");
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  const nonce = bytes.subarray(0, NONCE_BYTES);
  if (key.cipher === "chacha20-poly1305") {
    const plain = Buffer.allocUnsafe(box.length - NONCE_BYTES - TAG_BYTES);
    chacha.open(plain, bytes.subarray(NONCE_BYTES), bytesOf(bound), nonce, key.secret);
    return plain;
  }
  const decipher = createDecipheriv(key.cipher, key.secret, nonce);
  decipher.setAAD(bytesOf(bound));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  decipher.final();
  return plain;
}
