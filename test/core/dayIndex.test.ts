import { expect } from "chai";
import { buildIndex } from "../../core/close.ts";
import { type IndexedKey, indexKey, verifyAbsence, verifyPresence } from "../../core/dayIndex.ts";
import { log, memoryNodes } from "../../core/tree.ts";
import { uuidBytes } from "../../server/db/uuid.ts";

const uuid = (n: number) => `0198f2d3-7c1a-7b6e-9a54-0000000000${String(n).padStart(2, "0")}`;
const carers = [10, 20, 30, 40, 50];
const rows: [number, Buffer, number][] = [
  [1, Buffer.from("91110000600037341L"), 0],
  [1, Buffer.from("91110000600037341L"), 7],
  ...carers.map((n, i): [number, Buffer, number] => [2, uuidBytes(uuid(n)), i]),
];

function built() {
  const leaves: { key: Uint8Array; places: number[]; hash: Uint8Array }[] = [];
  const { size, root } = buildIndex(rows, (key, places, hash) => leaves.push({ key, places, hash }));
  const shown = (position: number): IndexedKey => ({
    position,
    key: leaves[position]!.key,
    places: leaves[position]!.places,
    proof: log.proveInclusion(
      position,
      size,
      memoryNodes(
        log,
        leaves.map((leaf) => leaf.hash),
      ),
    ),
  });
  return { size, root, shown };
}

describe("the day's index", () => {
  it("proves all places of a key", () => {
    const { size, root, shown } = built();
    expect(verifyPresence(indexKey("provider", "91110000600037341L"), shown(0), size, root)).to.equal(true);
    expect(shown(0).places).to.deep.equal([0, 7]);
  });
  it("refuses a place left out, added, or of another key", () => {
    const { size, root, shown } = built();
    const key = indexKey("provider", "91110000600037341L");
    expect(verifyPresence(key, { ...shown(0), places: [0] }, size, root)).to.equal(false);
    expect(verifyPresence(key, { ...shown(0), places: [0, 7, 9] }, size, root)).to.equal(false);
    expect(verifyPresence(key, shown(1), size, root)).to.equal(false);
    expect(verifyPresence(key, { ...shown(0), places: [] }, size, root)).to.equal(false);
  });
  it("proves that a key is absent by its neighbours, at both ends too", () => {
    const { size, root, shown } = built();
    expect(verifyAbsence(indexKey("carer", uuid(25)), shown(2), shown(3), size, root)).to.equal(true);
    expect(verifyAbsence(indexKey("elder", uuid(1)), shown(size - 1), null, size, root)).to.equal(true);
    expect(verifyAbsence(new Uint8Array(32), null, shown(0), size, root)).to.equal(true);
    expect(verifyAbsence(indexKey("carer", uuid(1)), null, null, 0, log.emptyRoot)).to.equal(true);
  });
  it("refuses an absence where neighbours leave room, are missing, or the key is there", () => {
    const { size, root, shown } = built();
    expect(verifyAbsence(indexKey("carer", uuid(25)), shown(1), shown(3), size, root)).to.equal(false);
    expect(verifyAbsence(indexKey("carer", uuid(25)), shown(2), null, size, root)).to.equal(false);
    expect(verifyAbsence(indexKey("carer", uuid(25)), null, shown(3), size, root)).to.equal(false);
    expect(verifyAbsence(indexKey("carer", uuid(20)), shown(2), shown(3), size, root)).to.equal(false);
    expect(verifyAbsence(indexKey("carer", uuid(25)), null, null, size, root)).to.equal(false);
  });
  it("refuses rows that are not sorted", () => {
    expect(() => buildIndex([...rows].reverse())).to.throw(RangeError);
  });
});
