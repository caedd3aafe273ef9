import { expect } from "chai";
import { TypedDataEncoder, Wallet } from "ethers";
import fc from "fast-check";
import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import { ENTRY_KINDS, ENTRY_TYPES, entryDigest } from "../../core/entry.ts";
import { BANK_ACTION, FUND_ACTION, RUN_ACTION } from "../../core/payout.ts";
import { addressOfKey, checksumAddress, recover, signDigest } from "../../core/signature.ts";
import { CHECKPOINT, RECEIPT, SUBMISSION } from "../../core/statement.ts";
import { domainSeparator, type FieldType, type StructType, structType, typedDigest } from "../../core/typedData.ts";
import { recoverNative, signerOf } from "../../server/keys/native.ts";

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex);
const uuid = fc.uuid();
const VALUES: Record<FieldType, fc.Arbitrary<unknown>> = {
  uint32: fc.nat({ max: 0xffff_ffff }),
  uint64: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  uint128: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  bytes16: uuid,
  bytes32: hex(32),
  string: fc.string({ unit: "grapheme", maxLength: 40 }),
  "bytes16[]": fc.array(uuid, { maxLength: 12 }),
  "uint32[]": fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 12 }),
};

const plainId = (id: unknown) => `0x${String(id).replaceAll("-", "")}`;

/** The same value as ethers wants it: UUIDs as bytes16. */
function forEthers(type: StructType<never>, value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    type.fields.map(([name, kind]) => [
      name,
      kind === "bytes16"
        ? plainId(value[name])
        : kind === "bytes16[]"
          ? (value[name] as unknown[]).map(plainId)
          : value[name],
    ]),
  );
}

const arbitraryOf = (type: StructType<never>) =>
  fc.record(Object.fromEntries(type.fields.map(([name, kind]) => [name, VALUES[kind]]))) as fc.Arbitrary<
    Record<string, unknown>
  >;

describe("typed data: the same digests as ethers on random values", () => {
  const types = [
    ...Object.values(ENTRY_TYPES),
    SUBMISSION,
    RECEIPT,
    CHECKPOINT,
    FUND_ACTION,
    RUN_ACTION,
    BANK_ACTION,
  ] as StructType<never>[];
  for (const type of types) {
    it(type.name, () => {
      fc.assert(
        fc.property(arbitraryOf(type), hex(32), (value, ledgerId) => {
          const fields = type.fields.map(([name, kind]) => ({ name, type: kind }));
          const expected = TypedDataEncoder.hash(
            { name: "SilverLedger", version: "1", salt: ledgerId },
            { [type.name]: fields },
            forEthers(type, value),
          );
          expect(toHex(typedDigest(domainSeparator(ledgerId), type, value as never))).to.equal(expected);
        }),
      );
    });
  }
  it("covers every kind of entry", () => {
    expect(Object.keys(ENTRY_TYPES)).to.have.members([...ENTRY_KINDS]);
  });
  it("takes hashes as bytes or as hex alike", () => {
    const details = `0x${"ab".repeat(32)}` as Hex;
    const access = {
      id: "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6a",
      region: 310105,
      entry: "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6b",
      details,
    };
    const domain = domainSeparator(details);
    expect(toHex(entryDigest(domain, "Access", access))).to.equal(
      toHex(entryDigest(domain, "Access", { ...access, details: fromHex(details) })),
    );
  });
  it("gives other digests under another ledger", () => {
    const value = { submitter: "x", root: `0x${"01".repeat(32)}` as Hex, count: 1, signedAt: 1 };
    const [a, b] = ["11", "22"].map((byte) =>
      toHex(typedDigest(domainSeparator(`0x${byte.repeat(32)}`), SUBMISSION, value)),
    );
    expect(a).to.not.equal(b);
  });
});

describe("typed data: refusals", () => {
  const type = structType<{ a: number; b: number; c: string; d: string; e: number[] }>("T", [
    ["a", "uint32"],
    ["b", "uint64"],
    ["c", "bytes16"],
    ["d", "bytes32"],
    ["e", "uint32[]"],
  ]);
  const good = { a: 1, b: 1, c: "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6a", d: `0x${"00".repeat(32)}`, e: [1] };
  const cases: [string, Partial<typeof good>][] = [
    ["a number above uint32", { a: 2 ** 32 }],
    ["a negative number", { a: -1 }],
    ["a fraction", { b: 0.5 }],
    ["an unsafe integer", { b: 2 ** 60 }],
    ["too few bytes", { c: "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b" }],
    ["too many bytes", { d: `0x${"00".repeat(33)}` }],
    ["digits that are not hex", { d: `0x${"zz".repeat(32)}` }],
    ["a list with a number above uint32", { e: [2 ** 32] }],
  ];
  for (const [name, change] of cases)
    it(`refuses ${name}`, () => expect(() => type.hash({ ...good, ...change })).to.throw(RangeError));
  it("accepts what is within its types", () => expect(type.hash(good)).to.have.length(32));
});

describe("signatures: as ethers makes and reads them", () => {
  it("signs as ethers does, and recovers what ethers signed, by both engines", () => {
    for (let i = 0; i < 10; i++) {
      const wallet = Wallet.createRandom();
      const [key, digest] = [fromHex(wallet.privateKey), fromHex(Wallet.createRandom().privateKey)];
      const theirs = wallet.signingKey.sign(digest).serialized as Hex;
      expect(signDigest(digest, key)).to.equal(theirs);
      expect(signerOf(key)(digest)).to.equal(theirs);
      expect(recover(digest, theirs)).to.equal(wallet.address.toLowerCase());
      expect(recoverNative(digest, theirs)).to.equal(wallet.address.toLowerCase());
      expect(checksumAddress(addressOfKey(key))).to.equal(wallet.address);
    }
  });
  it("refuses a high s, a wrong v, a wrong length and garbage", () => {
    const [key, digest] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)];
    const good = signDigest(digest, key);
    const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS =
      `${good.slice(0, 66)}${(n - BigInt(`0x${good.slice(66, 130)}`)).toString(16).padStart(64, "0")}${good.endsWith("1b") ? "1c" : "1b"}` as Hex;
    for (const bad of [
      highS,
      `${good.slice(0, -2)}00`,
      good.slice(0, -2),
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(64)}1b`,
    ] as Hex[]) {
      expect(recover(digest, bad)).to.equal(null);
      expect(recoverNative(digest, bad)).to.equal(null);
    }
  });
});
