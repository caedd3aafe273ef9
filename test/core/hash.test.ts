import { keccak_256 } from "@noble/hashes/sha3.js";
import { expect } from "chai";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { toHex, utf8 } from "../../core/bytes.ts";
import { keccak, keccakInto, keccakParts } from "../../core/hash.ts";
import { KERNEL_BYTES } from "../../core/keccakKernel.ts";

describe("keccak256", () => {
  it("is what others' vectors say", () => {
    // The Keccak team's own (ShortMsgKAT_256, Len 0) and the two that every Ethereum client knows.
    expect(toHex(keccak(utf8("")))).to.equal("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    expect(toHex(keccak(utf8("abc")))).to.equal("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    expect(toHex(keccak(utf8("Transfer(address,address,uint256)")))).to.equal(
      "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
    );
  });

  it("is ethers' for every length around several blocks, whatever was hashed before", () => {
    for (let length = 0; length <= 3 * 136 + 1; length++) {
      const data = new Uint8Array(length).map((_, i) => (i * 151 + length) % 256);
      expect(toHex(keccak(data)), `${length} bytes`).to.equal(keccak256(data));
      // A longer one in between: what it left behind must not count.
      keccak(new Uint8Array(500).fill(255));
    }
  });

  it("is noble's for random bytes, also out of the middle of an array and into the middle of another", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), fc.nat(40), fc.nat(40), (data, from, at) => {
        const part = data.subarray(Math.min(from, data.length));
        const target = new Uint8Array(at + 40).fill(7);
        keccakInto(part, target, at);
        expect([...target.subarray(at, at + 32)]).to.deep.equal([...keccak_256(part)]);
        expect([...target.subarray(0, at), ...target.subarray(at + 32)].every((byte) => byte === 7)).to.equal(true);
      }),
    );
  });

  it("is the same for what fills the kernel's memory, what is longer, and what comes in parts", () => {
    for (const length of [KERNEL_BYTES - 1, KERNEL_BYTES, KERNEL_BYTES + 1, 1_000_000]) {
      const data = new Uint8Array(length).map((_, i) => (i * 31) % 251);
      const parts = keccakParts();
      for (let from = 0; from < length; from += 70_001) parts.update(data.subarray(from, from + 70_001));
      expect(toHex(keccak(data)), `${length} bytes`).to.equal(toHex(keccak_256(data)));
      expect(toHex(parts.digest()), `${length} bytes in parts`).to.equal(toHex(keccak_256(data)));
    }
    expect(toHex(keccak(utf8("abc")))).to.equal(keccak256(utf8("abc")));
  });
});
