import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Hex } from "../../core/bytes.ts";
import { addressOfKey } from "../../core/signature.ts";
import { recoverNative, signerOf } from "../../server/keys/native.ts";
import { openRecoverer } from "../../server/keys/recoverer.ts";

describe("signers that a second thread finds", () => {
  const key = new Uint8Array(randomBytes(32));
  const digests = Array.from({ length: 100 }, () => new Uint8Array(randomBytes(32)));
  const right = digests.map((digest) => signerOf(key)(digest));
  const wrong = ["0x", `0x${"00".repeat(65)}`, `0x${"ff".repeat(65)}`, `0x${"11".repeat(64)}`, "no hex"] as Hex[];

  it("are those that are found here, each for its own question, and none where there is no signature", async () => {
    const recoverer = openRecoverer();
    const asked = digests.map((digest, i) => recoverer.recover(digest, right[i]!));
    const bad = wrong.map((signature) => recoverer.recover(digests[0]!, signature));
    const mixed = digests.map((digest, i) => recoverer.recover(digest, right[(i + 1) % right.length]!));
    expect(new Set(await Promise.all(asked))).to.deep.equal(new Set([addressOfKey(key)]));
    expect(await Promise.all(bad)).to.deep.equal(wrong.map((signature) => recoverNative(digests[0]!, signature)));
    expect(await Promise.all(mixed)).to.deep.equal(
      digests.map((digest, i) => recoverNative(digest, right[(i + 1) % right.length]!)),
    );
    await recoverer.close();
  });

  it("are found here when the thread ends, and by another one afterwards", async () => {
    const recoverer = openRecoverer();
    const asked = digests.map((digest, i) => recoverer.recover(digest, right[i]!));
    // The questions cross in the next turn; the thread ends before it has answered them.
    await new Promise((resolve) => setImmediate(resolve));
    await recoverer.close();
    expect(new Set(await Promise.all(asked))).to.deep.equal(new Set([addressOfKey(key)]));
    expect(await recoverer.recover(digests[0]!, right[0]!)).to.equal(addressOfKey(key));
    await recoverer.close();
  });
});
