import { expect } from "chai";
import fc from "fast-check";
import { type Hex, toHex } from "../../core/bytes.ts";
import {
  canonical,
  commitDetails,
  DETAIL_GROUPS,
  type Details,
  disclose,
  isZeroSeed,
  type Json,
  narrow,
  verifyDisclosure,
} from "../../core/details.ts";

const json: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie("value"), { maxKeys: 4 }),
  ),
})).value as fc.Arbitrary<Json>;
const seed = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toHex);
const details = fc.record({
  seed,
  values: fc.record({ placeIn: json, device: json, note: json }, { requiredKeys: [] }),
}) as fc.Arbitrary<Details>;
const groups = DETAIL_GROUPS.Visit;

describe("details", () => {
  it("show any choice of groups, and it verifies", () => {
    fc.assert(
      fc.property(details, fc.subarray([...groups]), (d, shown) => {
        const disclosure = disclose("Visit", d, shown);
        expect(disclosure.filter((field) => "value" in field).map((field) => field.group)).to.have.members(shown);
        expect(verifyDisclosure("Visit", disclosure, toHex(commitDetails("Visit", d)))).to.equal(true);
      }),
    );
  });
  it("narrow a disclosure to fewer groups, and it verifies", () => {
    fc.assert(
      fc.property(details, fc.subarray([...groups]), (d, shown) => {
        const narrowed = narrow("Visit", disclose("Visit", d, groups), shown);
        expect(narrowed).to.deep.equal(disclose("Visit", d, shown));
      }),
    );
  });
  it("refuse a changed value, salt, hash or order", () => {
    const d: Details = { seed: `0x${"5a".repeat(16)}`, values: { note: "hello", device: { id: "p" } } };
    const commitment = toHex(commitDetails("Visit", d));
    const shown = disclose("Visit", d, ["note"]);
    const change = (i: number, patch: object) =>
      shown.map((field, at) => (at === i ? { ...field, ...patch } : field)) as typeof shown;
    expect(verifyDisclosure("Visit", change(5, { value: '"hallo"' }), commitment)).to.equal(false);
    expect(verifyDisclosure("Visit", change(5, { salt: `0x${"00".repeat(16)}` }), commitment)).to.equal(false);
    expect(verifyDisclosure("Visit", change(0, { fieldHash: `0x${"00".repeat(32)}` }), commitment)).to.equal(false);
    expect(verifyDisclosure("Visit", [...shown].reverse(), commitment)).to.equal(false);
    expect(verifyDisclosure("Visit", shown.slice(1), commitment)).to.equal(false);
  });
  it("do not tell an absent group from a present one", () => {
    const [hidden] = disclose("Visit", { seed: `0x${"5a".repeat(16)}`, values: {} }, []);
    expect(hidden).to.have.keys(["group", "fieldHash"]);
  });
  it("refuse a group that the kind does not have", () => {
    expect(() => commitDetails("Visit", { seed: `0x${"5a".repeat(16)}`, values: { height: 1 } })).to.throw(RangeError);
  });
  it("commit to other hashes under another seed or kind", () => {
    const d = (byte: string): Details => ({ seed: `0x${byte.repeat(16)}` as Hex, values: {} });
    expect(toHex(commitDetails("Visit", d("01")))).to.not.equal(toHex(commitDetails("Visit", d("02"))));
    expect(toHex(commitDetails("Erasure", d("01")))).to.not.equal(toHex(commitDetails("Access", d("01"))));
  });
});

describe("canonical text", () => {
  it("does not depend on the order of keys, and reads back", () => {
    fc.assert(
      fc.property(json, (value) => {
        const shuffled = (v: Json): Json =>
          Array.isArray(v)
            ? v.map(shuffled)
            : typeof v === "object"
              ? Object.fromEntries(
                  Object.entries(v)
                    .reverse()
                    .map(([k, x]) => [k, shuffled(x)]),
                )
              : v;
        expect(canonical(shuffled(value))).to.equal(canonical(value));
        expect(canonical(JSON.parse(canonical(value)) as Json)).to.equal(canonical(value));
      }),
    );
  });
  it("takes minus zero for zero", () => expect(canonical([-0, 0])).to.equal("[0,0]"));
  for (const bad of [0.5, Number.NaN, 2 ** 60, null, true, undefined] as unknown as Json[]) {
    it(`refuses ${String(bad)}`, () => expect(() => canonical(bad)).to.throw(RangeError));
  }
  it("knows a zero seed", () =>
    expect([
      isZeroSeed("0x00000000000000000000000000000000"),
      isZeroSeed("0x00000000000000000000000000000001"),
    ]).to.deep.equal([true, false]));
});
