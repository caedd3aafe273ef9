import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PIECE_BYTES, type Scratch, type ScratchFile } from "../../core/rules/scratch.ts";
import { chacha, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "../db/cipher.ts";

/**
 * Files for what a review does not look at just now. Opened details lie in no file unsealed: each has a key that never
 * leaves memory, and each piece is bound to its place in it. A file has no name as soon as it is open, so that nothing is
 * left of it when the process ends, however it ends.
 */
export class SealedScratch implements Scratch {
  readonly #folder: string;
  readonly #open = new Set<SealedFile>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  open(): ScratchFile {
    const path = join(this.#folder, `review-${randomBytes(8).toString("hex")}.tmp`);
    const opened = openSync(path, "wx+", 0o600);
    rmSync(path);
    const file = new SealedFile(opened, () => this.#open.delete(file));
    this.#open.add(file);
    return file;
  }

  close(): void {
    for (const file of this.#open) file.close();
  }
}

class SealedFile implements ScratchFile {
  readonly #file: number;
  readonly #onClosed: () => void;
  readonly #key = randomBytes(KEY_BYTES);
  /** Where each piece begins and, last, where the next one will. */
  readonly #starts = [0];
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  readonly #bound = Buffer.alloc(0);
  #sealed = Buffer.alloc(0);

  constructor(file: number, onClosed: () => void) {
    this.#file = file;
    this.#onClosed = onClosed;
  }

  /** A key is used for one file, and a place is written once: the place is the nonce. */
  #nonceOf(place: number): Buffer {
    this.#nonce.writeUInt32LE(place);
    return this.#nonce;
  }
  #room(length: number): Buffer {
    if (this.#sealed.length < length) this.#sealed = Buffer.allocUnsafeSlow(Math.max(length, PIECE_BYTES + TAG_BYTES));
    return this.#sealed.subarray(0, length);
  }

  append(piece: Uint8Array): number {
    const place = this.#starts.length - 1;
    const sealed = this.#room(piece.length + TAG_BYTES);
    chacha.seal(sealed, piece, this.#bound, this.#nonceOf(place), this.#key);
    const at = this.#starts[place]!;
    for (let done = 0; done < sealed.length; )
      done += writeSync(this.#file, sealed, done, sealed.length - done, at + done);
    this.#starts.push(at + sealed.length);
    return place;
  }

  read(place: number, into: Uint8Array): Uint8Array {
    const at = this.#starts[place]!;
    const sealed = this.#room(this.#starts[place + 1]! - at);
    for (let done = 0; done < sealed.length; ) {
      const read = readSync(this.#file, sealed, done, sealed.length - done, at + done);
      if (read === 0) throw new Error("a scratch file that was cut short");
      done += read;
    }
    const length = sealed.length - TAG_BYTES;
    const plain =
      length <= into.length ? Buffer.from(into.buffer, into.byteOffset, length) : Buffer.from(new ArrayBuffer(length));
    chacha.open(plain, sealed, this.#bound, this.#nonceOf(place), this.#key);
    return plain;
  }

  close(): void {
    closeSync(this.#file);
    this.#key.fill(0);
    this.#onClosed();
  }
}
