import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { toHex } from "../../core/bytes.ts";
import {
  commit,
  DETAIL_GROUPS,
  type DetailedKind,
  type GroupValues,
  SALT_BYTES,
  valuesOf,
} from "../../core/details.ts";
import { boxValues, packDetails, unpackDetails } from "../../server/entries/details.ts";

const seed = () => toHex(new Uint8Array(randomBytes(16)));

/** What lies in a box: the groups of one person, and of the others their hashes alone. */
describe("boxes of details", () => {
  it("hold any values of any kind, shown or hidden, as the disclosure of them", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.maxSafeInteger(),
      fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.maxSafeNat(), { maxKeys: 5, noNullPrototype: true }),
    );
    const one = fc
      .constantFrom(...(Object.keys(DETAIL_GROUPS) as DetailedKind[]))
      .chain((kind) =>
        fc.tuple(
          fc.constant(kind),
          fc.dictionary(fc.constantFrom(...DETAIL_GROUPS[kind]), value, { noNullPrototype: true }),
          fc.subarray([...DETAIL_GROUPS[kind]]),
        ),
      );
    fc.assert(
      fc.property(one, ([kind, values, shown]) => {
        const committed = commit(kind, { seed: seed(), values: values as GroupValues });
        const box = packDetails(kind, committed, shown);
        expect(unpackDetails(box)).to.deep.equal(committed.disclose(shown));
        expect(boxValues(box)).to.deep.equal(valuesOf(committed.disclose(shown)));
        const [first] = shown;
        if (first) expect(boxValues(box, [first])).to.deep.equal(valuesOf(committed.disclose([first])));
      }),
    );
  });

  it("say nothing of a hidden group", () => {
    const committed = commit("Visit", { seed: seed(), values: { note: "跌倒", device: { id: "phone-77" } } });
    const box = packDetails("Visit", committed, ["note"]);
    expect(box.includes(Buffer.from("phone-77"))).to.equal(false);
    expect(box.includes(Buffer.from(committed.salts.subarray(2 * SALT_BYTES, 3 * SALT_BYTES)))).to.equal(false);
  });

  it("are read in the form of before, which was a disclosure as JSON", () => {
    const committed = commit("Visit", { seed: seed(), values: { note: "跌倒", evidence: ["sha256:00"] } });
    const box = Buffer.from(JSON.stringify(committed.disclose(["note"])));
    expect(unpackDetails(box)).to.deep.equal(committed.disclose(["note"]));
    expect(boxValues(box)).to.deep.equal({ note: "跌倒" });
    expect(boxValues(box, ["evidence"])).to.deep.equal({});
  });

  it("are refused when they were cut short or are none", () => {
    const box = packDetails("Visit", commit("Visit", { seed: seed(), values: { note: "x" } }), ["note"]);
    expect(() => unpackDetails(box.subarray(0, 100))).to.throw();
    expect(() => unpackDetails(Buffer.from([1, 250, 0]))).to.throw();
    expect(() => unpackDetails(Buffer.from([9, 5, 0]))).to.throw();
  });
});
