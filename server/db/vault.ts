import { randomBytes } from "node:crypto";
import { Refusal } from "../../core/errors.ts";
import { aesKey, type BoxKey, chachaKey, decrypt, encrypt, KEY_BYTES } from "./cipher.ts";
import type { Sql } from "./client.ts";
import { uuidBytes } from "./uuid.ts";

/**
 * Details at rest: sealed under one key per person, each wrapped by the vault's key, which is a file beside the database
 * and never in it. Destroying a person's row makes every box of theirs unreadable.
 */
export interface Vault {
  /** Seals something for a person; makes the person's key when there is none. Throws Refusal erased for a person who was erased. The box is bound to its place. */
  seal(region: number, person: string, place: string, plain: string | Uint8Array): Buffer;
  /** Opens a box; null when the person's key was destroyed. Throws when the box was altered or moved. */
  open(region: number, person: Uint8Array, place: string, box: Uint8Array): Buffer | null;
  /** The keys themselves, for a thread that seals a batch; made, or refused, as by `seal`. */
  keysOf(region: number, persons: readonly string[]): BoxKey[];
  /** Destroys a person's key. */
  destroy(region: number, person: string): void;
}

/** Details that concern no person are sealed for the region itself. */
export const REGION_PERSON = "00000000-0000-0000-0000-000000000000";
/** How long another process's erasure may stay unseen in this one's memory. */
const LOOK_MS = 100;
const CACHED_KEYS = 250_000;

/** A person's key as it is wrapped: its cipher's number before it. Those of before, 32 bytes alone, are AES's. */
const CHACHA = 1;
function keyIn(opened: Uint8Array): BoxKey {
  if (opened.length === KEY_BYTES) return aesKey(opened);
  if (opened.length !== 1 + KEY_BYTES || opened[0] !== CHACHA) throw new RangeError("a key of another cipher");
  // A copy: a view would take all that lies around it along to another thread.
  return chachaKey(new Uint8Array(opened.subarray(1)));
}

export function openVault(sql: Sql, vaultKey: Uint8Array): Vault {
  const master = aesKey(vaultKey);
  const select = sql.prepare("SELECT wrapped FROM person_key WHERE region = ? AND person = ?").pluck();
  const insert = sql.prepare(
    "INSERT INTO person_key (region, person, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const erased = sql.prepare("SELECT 1 FROM erasure WHERE region = ? AND person = ?").pluck();
  const remove = sql.prepare("DELETE FROM person_key WHERE region = ? AND person = ?");
  const newest = sql.prepare("SELECT ifnull(max(rowid), 0) FROM erasure").pluck();
  const keys = new Map<string, BoxKey>();
  let lookAgain = 0;
  let seen = newest.get();

  // Another process may have erased somebody: the entry that says so comes before the key is destroyed.
  function forgetIfChanged(): void {
    if (performance.now() < lookAgain && keys.size < CACHED_KEYS) return;
    lookAgain = performance.now() + LOOK_MS;
    const current = newest.get();
    if (current === seen && keys.size < CACHED_KEYS) return;
    keys.clear();
    seen = current;
  }

  function keyOf(region: number, person: Buffer, create: boolean): BoxKey | null {
    const name = `${region}/${person.toString("hex")}`;
    const known = keys.get(name);
    if (known) return known;
    // An erased person gets no second key, and a first one that a crash left there opens nothing.
    if (erased.get(region, person)) {
      if (create) throw new Refusal("erased");
      return null;
    }
    if (create) insert.run(region, person, encrypt(master, Buffer.from([CHACHA, ...randomBytes(KEY_BYTES)]), name));
    const wrapped = select.get(region, person) as Buffer | undefined;
    if (!wrapped) return null;
    const key = keyIn(decrypt(master, wrapped, name));
    keys.set(name, key);
    return key;
  }

  return {
    seal(region, person, place, plain) {
      const bytes = typeof plain === "string" ? Buffer.from(plain) : plain;
      return encrypt(keyOf(region, uuidBytes(person), true)!, bytes, place);
    },
    keysOf: (region, persons) => persons.map((person) => keyOf(region, uuidBytes(person), true)!),
    open(region, person, place, box) {
      forgetIfChanged();
      const key = keyOf(region, Buffer.from(person), false);
      return key && decrypt(key, box, place);
    },
    destroy(region, person) {
      const { changes } = remove.run(region, uuidBytes(person));
      keys.delete(`${region}/${uuidBytes(person).toString("hex")}`);
      if (changes === 0) return;
      // The log of changes may still hold the row: it is emptied now, not at the next checkpoint.
      sql.pragma("wal_checkpoint(TRUNCATE)");
    },
  };
}
