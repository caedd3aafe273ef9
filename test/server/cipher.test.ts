import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import {
  aesKey,
  type BoxKey,
  type ChaCha,
  chachaKey,
  chachaOfNode,
  chachaOfSodium,
  decrypt,
  encrypt,
} from "../../server/db/cipher.ts";

const TAG_BYTES = 16;
const implementations: [name: string, chacha: ChaCha | null][] = [
  ["libsodium", chachaOfSodium],
  ["Node", chachaOfNode],
];
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

function sealed(chacha: ChaCha, key: Buffer, nonce: Buffer, bound: Buffer, plain: Uint8Array): Buffer {
  const box = Buffer.alloc(plain.length + TAG_BYTES);
  chacha.seal(box, plain, bound, nonce, key);
  return box;
}

describe("boxes at rest", () => {
  for (const [name, chacha] of implementations)
    it(`are those of RFC 8439, section 2.8.2, by ${name}`, () => {
      const key = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i));
      const nonce = hex("07000000 40414243 44454647");
      const bound = hex("50515253 c0c1c2c3 c4c5c6c7");
      const plain = Buffer.from(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      );
      const box = sealed(chacha!, key, nonce, bound, plain);
      expect(box.subarray(0, 16).toString("hex")).to.equal("d31a8d34648e60db7b86afbc53ef7ec2");
      expect(box.subarray(-TAG_BYTES).toString("hex")).to.equal("1ae10b594f09e26a7e902ecbd0600691");
    });
  it("are the same by both, and each opens what the other sealed", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(Buffer.from);
    const texts = fc.uint8Array({ maxLength: 600 }).map((list) => Buffer.from(list));
    fc.assert(
      fc.property(bytes(32), bytes(12), texts, texts, (key, nonce, bound, plain) => {
        const [one, other] = [chachaOfSodium!, chachaOfNode].map((by) => sealed(by, key, nonce, bound, plain));
        expect(one!.equals(other!)).to.equal(true);
        for (const by of [chachaOfSodium!, chachaOfNode]) {
          const back = Buffer.alloc(plain.length);
          by.open(back, one!, bound, nonce, key);
          expect(back.equals(plain)).to.equal(true);
        }
      }),
    );
  });
  const keys: [name: string, make: (secret: Uint8Array) => BoxKey][] = [
    ["ChaCha20-Poly1305", chachaKey],
    ["AES-256-GCM", aesKey],
  ];
  for (const [name, make] of keys)
    it(`open at their place alone, with their key, and unaltered: ${name}`, () => {
      const key = make(randomBytes(32));
      // A place beyond what is kept for places, and signs of more than one byte.
      for (const place of ["310101/1/0", "处".repeat(300)])
        for (const text of ["", "上门服务 60 分钟", "x".repeat(70_000)]) {
          const plain = Buffer.from(text);
          const box = encrypt(key, plain, place);
          expect(decrypt(key, box, place).equals(plain)).to.equal(true);
          expect(encrypt(key, plain, place).equals(box), "a nonce twice").to.equal(false);
          expect(() => decrypt(key, box, `${place}0`)).to.throw();
          expect(() => decrypt(make(randomBytes(32)), box, place)).to.throw();
          for (const at of [0, 11, 12, box.length - TAG_BYTES, box.length - 1]) {
            const altered = Buffer.from(box);
            altered[at]! ^= 1;
            expect(() => decrypt(key, altered, place), `byte ${at}`).to.throw();
          }
          for (const length of [0, 12, 27, box.length - 1])
            expect(() => decrypt(key, box.subarray(0, length), place), `cut to ${length}`).to.throw();
        }
    });
});
