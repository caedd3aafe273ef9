import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { encryptKeystoreJson, Wallet } from "ethers";
import fc from "fast-check";
import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import { dateOfDay, dayOf, dayOfDate, dayStart } from "../../core/day.ts";
import { isCreditCode, isIdNumber, isRegionCode, isUuid, uuidv7, withCreditCheck, withIdCheck } from "../../core/id.ts";
import { decryptKey, encryptKey, type Keystore } from "../../core/keystore.ts";
import { readNote, writeNote } from "../../core/note.ts";

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

describe("identifiers", () => {
  it("accepts the standards' examples", () => {
    expect(isCreditCode("91110000600037341L")).to.equal(true);
    expect(isIdNumber("11010519491231002X")).to.equal(true);
    expect(isRegionCode(310105)).to.equal(true);
  });
  for (const bad of ["91110000600037341M", "9111000060003734L", "91110000600037341l", "I1110000600037341L", ""])
    it(`refuses the credit code "${bad}"`, () => expect(isCreditCode(bad)).to.equal(false));
  for (const bad of [
    "110105194912310021",
    "11010519491331002X",
    "11010519490230002X",
    "1101051949123100",
    "01010519491231002X",
  ])
    it(`refuses the identity number "${bad}"`, () => expect(isIdNumber(bad)).to.equal(false));
  for (const bad of [0, 10105, 990101, 3101050, 310105.5])
    it(`refuses the region ${bad}`, () => expect(isRegionCode(bad)).to.equal(false));
  it("refuses any one changed character of a credit code", () => {
    fc.assert(
      fc.property(fc.nat({ max: 17 }), fc.constantFrom(..."0123456789ABCDEFGHJKLMNPQRTUWXY"), (i, character) => {
        const code = "91110000600037341L";
        fc.pre(code[i] !== character);
        expect(isCreditCode(code.slice(0, i) + character + code.slice(i + 1))).to.equal(false);
      }),
    );
  });
  it("completes check characters that it then accepts", () => {
    expect(isCreditCode(withCreditCheck("52310105MJ4000002"))).to.equal(true);
    expect(isIdNumber(withIdCheck("31010519450101002"))).to.equal(true);
    expect(() => withCreditCheck("I2310105MJ4000002")).to.throw(RangeError);
  });
  it("makes time-ordered UUIDs", () => {
    const ids = [1, 2, 3].map((ms) => uuidv7(1_786_000_000_000 + ms, random(10)));
    expect(ids.every(isUuid)).to.equal(true);
    expect([...ids].sort()).to.deep.equal(ids);
    expect(isUuid("00000000-0000-0000-0000-000000000000")).to.equal(false);
  });
});

describe("days", () => {
  it("puts midnight of the region, not of Greenwich, between two days", () => {
    const start = dayStart(20_000, 480);
    expect([
      dayOf(start - 1, 480),
      dayOf(start, 480),
      dayOf(start + 86_399, 480),
      dayOf(start + 86_400, 480),
    ]).to.deep.equal([19_999, 20_000, 20_000, 20_001]);
    expect(dayOf(dayStart(20_000, -300), -300)).to.equal(20_000);
  });
  it("reads and writes dates, and refuses what is none", () => {
    expect(dateOfDay(dayOfDate("2026-11-23")!)).to.equal("2026-11-23");
    for (const bad of ["2026-02-30", "2026-1-1", "20261123", ""]) expect(dayOfDate(bad)).to.equal(null);
  });
});

describe("keystores", () => {
  it("are read by ethers, and read ethers'", async () => {
    const wallet = Wallet.createRandom();
    const ours = await encryptKey(fromHex(wallet.privateKey), "一个很长的口令", random, 2 ** 12);
    expect((await Wallet.fromEncryptedJson(JSON.stringify(ours), "一个很长的口令")).address).to.equal(wallet.address);
    const theirs = JSON.parse(
      await encryptKeystoreJson({ address: wallet.address, privateKey: wallet.privateKey }, "another passphrase", {
        scrypt: { N: 4096, r: 8, p: 1 },
      }),
    ) as Keystore & { Crypto?: Keystore["crypto"] };
    expect(
      toHex((await decryptKey({ ...theirs, crypto: theirs.Crypto ?? theirs.crypto }, "another passphrase"))!),
    ).to.equal(wallet.privateKey);
  });
  it("refuse a wrong passphrase and another format", async () => {
    const store = await encryptKey(random(32), "correct", random, 2 ** 10);
    expect(await decryptKey(store, "wrong")).to.equal(null);
    for (const bad of [
      { ...store, version: 1 },
      { ...store, crypto: { ...store.crypto, kdf: "pbkdf2" } },
      { ...store, crypto: { ...store.crypto, kdfparams: { ...store.crypto.kdfparams, n: 2 ** 24 } } },
    ]) {
      let refused = false;
      await decryptKey(bad as never, "correct").catch((error) => (refused = error instanceof RangeError));
      expect(refused).to.equal(true);
    }
  });
});

describe("checkpoint notes", () => {
  const signed = {
    ledgerId: `0x${"ab".repeat(32)}` as Hex,
    checkpoint: {
      region: 310105,
      day: 20_671,
      size: 42,
      root: `0x${"01".repeat(32)}` as Hex,
      head: `0x${"02".repeat(32)}` as Hex,
    },
    signature: `0x${"03".repeat(65)}` as Hex,
  };
  it("read back what was written", () => expect(readNote(writeNote(signed))).to.deep.equal(signed));
  it("refuse any altered or missing line", () => {
    const note = writeNote(signed);
    for (const bad of [
      note.slice(0, -1),
      `${note}\n`,
      note.replace("day", "Day"),
      note.replace("\n42\n", "\n042\n"),
      note.replace("— ", "- "),
      note.replace("310105", "31010"),
      "",
    ])
      expect(readNote(bad)).to.equal(null);
  });
});
