import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { Refusal } from "../../core/errors.ts";
import { aesKey, decrypt, encrypt } from "../../server/db/cipher.ts";
import { openSql, type Sql } from "../../server/db/client.ts";
import { migrate } from "../../server/db/migrate.ts";
import { uuidBytes } from "../../server/db/uuid.ts";
import { openVault, type Vault } from "../../server/db/vault.ts";
import { freshId, REGION } from "./world.ts";

/** Two processes with one database: what one of them erases, the other can open no more. */
describe("vault", () => {
  let folder: string;
  const connections: Sql[] = [];
  const vaultKey = new Uint8Array(randomBytes(32));
  const open = (): { sql: Sql; vault: Vault } => {
    const sql = openSql(join(folder, "ledger.db"));
    connections.push(sql);
    return { sql, vault: openVault(sql, vaultKey) };
  };
  const erase = (sql: Sql, person: string) =>
    sql
      .prepare("INSERT INTO erasure (region, day, idx, person, details) VALUES (?, ?, ?, ?, ?)")
      .run(REGION, 1, Math.floor(Math.random() * 1e9), uuidBytes(person), Buffer.alloc(32));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "silverledger-vault-"));
    await migrate(join(folder, "ledger.db"));
  });
  after(() => {
    for (const sql of connections) sql.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps a person's key while others write, and forgets it when another process erased the person", async () => {
    const [here, there] = [open(), open()];
    const [kept, gone] = [freshId(), freshId()];
    const boxes = [kept, gone].map((person) => here.vault.seal(REGION, person, "place", `about ${person}`));
    const read = (person: string, i: number) =>
      here.vault.open(REGION, uuidBytes(person), "place", boxes[i]!)?.toString() ?? null;
    expect([read(kept, 0), read(gone, 1)]).to.deep.equal([`about ${kept}`, `about ${gone}`]);
    erase(there.sql, gone);
    there.vault.destroy(REGION, gone);
    await setTimeout(150);
    expect([read(kept, 0), read(gone, 1)]).to.deep.equal([`about ${kept}`, null]);
    expect(() => here.vault.seal(REGION, gone, "place", "again")).to.throw(Refusal, "erased");
  });
  it("opens nothing of an erased person whose key a crash left there", () => {
    const person = freshId();
    const first = open();
    const box = first.vault.seal(REGION, person, "place", "what was");
    erase(first.sql, person);
    expect(open().vault.open(REGION, uuidBytes(person), "place", box)).to.equal(null);
  });
  it("refuses a box that was altered or moved", () => {
    const { vault } = open();
    const person = freshId();
    const box = vault.seal(REGION, person, "place", "what was");
    expect(() => vault.open(REGION, uuidBytes(person), "elsewhere", box)).to.throw();
    box[20]! ^= 1;
    expect(() => vault.open(REGION, uuidBytes(person), "place", box)).to.throw();
  });
  it("opens and seals under a person's key of before, which is AES's, and refuses one of a cipher that it does not know", () => {
    const { sql, vault } = open();
    const [before, strange] = [freshId(), freshId()];
    const secret = randomBytes(32);
    const wrap = (person: string, key: Uint8Array) => {
      const name = `${REGION}/${uuidBytes(person).toString("hex")}`;
      sql
        .prepare("INSERT INTO person_key (region, person, wrapped) VALUES (?, ?, ?)")
        .run(REGION, uuidBytes(person), encrypt(aesKey(vaultKey), key, name));
    };
    wrap(before, secret);
    wrap(strange, Buffer.from([9, ...secret]));
    const old = encrypt(aesKey(secret), Buffer.from("what was"), "place");
    expect(vault.open(REGION, uuidBytes(before), "place", old)?.toString()).to.equal("what was");
    const now = vault.seal(REGION, before, "place", "what is");
    expect(decrypt(aesKey(secret), now, "place").toString()).to.equal("what is");
    expect(() => vault.open(REGION, uuidBytes(strange), "place", old)).to.throw("another cipher");
  });
});
