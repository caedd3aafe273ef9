import { expect } from "chai";
import { toHex } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { log } from "../../core/tree.ts";
import { nodeReader, TILE_WIDTH, TileBuilder } from "../../server/seals/nodes.ts";

/** Tiles as they are stored, against the tree over all leaves. */
function build(size: number) {
  const leaves = new Uint8Array(size * 32);
  const rows = new Map<string, Uint8Array>();
  const builder = new TileBuilder((level, row, hashes) => rows.set(`${level}/${row}`, hashes));
  for (let i = 0; i < size; i++) {
    const leaf = keccak(Uint8Array.of(i, i >> 8, i >> 16));
    leaves.set(leaf, i * 32);
    builder.append(leaf);
  }
  builder.finish();
  const read = nodeReader((level, first, count) => {
    const row = rows.get(`${level}/${Math.floor(first / TILE_WIDTH)}`)!;
    return row.subarray((first % TILE_WIDTH) * 32, ((first % TILE_WIDTH) + count) * 32);
  });
  return { leaves, builder, read };
}

describe("tiles", () => {
  for (const size of [1, 2, 255, 256, 257, 511, 600, 65_536, 66_000]) {
    it(`give root, inclusion and consistency proofs of ${size} leaves`, () => {
      const { leaves, builder, read } = build(size);
      const root = log.root(leaves);
      expect(toHex(builder.root())).to.equal(toHex(root));
      for (const index of new Set([0, size - 1, size >> 1, Math.min(256, size - 1), Math.floor(size * 0.77)])) {
        const proof = log.proveInclusion(index, size, read);
        expect(log.verifyInclusion(index, size, leaves.subarray(index * 32, index * 32 + 32), proof, root)).to.equal(
          true,
        );
      }
      for (const from of new Set([1, Math.ceil(size / 3), Math.max(1, size - 1), size])) {
        const old = log.root(leaves.subarray(0, from * 32));
        expect(log.verifyConsistency(from, size, old, root, log.proveConsistency(from, size, read))).to.equal(true);
      }
    });
  }
});
