import { mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { PIECE_BYTES } from "../../core/rules/scratch.ts";
import { SealedScratch } from "../../server/reviews/scratch.ts";

const PLAIN = "李秀英 120.153576,30.287459";

/** Files of a folder that this process holds open, by their descriptors: they have no name any more. */
const heldIn = (folder: string): string[] =>
  readdirSync("/proc/self/fd")
    .map((fd) => join("/proc/self/fd", fd))
    .filter((path) => {
      try {
        return readlinkSync(path).startsWith(folder);
      } catch {
        return false;
      }
    });

describe("a sealed scratch", () => {
  let folder: string;
  let scratch: SealedScratch;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scratch-"));
    scratch = new SealedScratch(join(folder, "inner"));
  });
  afterEach(() => {
    scratch.close();
    rmSync(folder, { recursive: true });
  });

  it("gives back pieces of every length", () => {
    const file = scratch.open();
    const pieces = [0, 1, 8, PIECE_BYTES, PIECE_BYTES + 1, 300_000].map((length, i) =>
      new Uint8Array(length).fill(i + 1),
    );
    for (const [place, piece] of pieces.entries()) expect(file.append(piece)).to.equal(place);
    for (const place of [5, 0, 3, 1, 4, 2])
      expect(Buffer.compare(file.read(place, new Uint8Array(PIECE_BYTES)), pieces[place]!)).to.equal(0);
  });

  it("leaves no name and no readable byte on the disk, and nothing at all when it is closed", () => {
    const file = scratch.open();
    file.append(Buffer.from(PLAIN.repeat(100)));
    expect(readdirSync(join(folder, "inner"))).to.deep.equal([]);
    const held = heldIn(folder);
    expect(held).to.have.length(1);
    const bytes = readFileSync(held[0]!);
    expect(bytes.length).to.be.greaterThan(PLAIN.length * 100);
    expect(bytes.includes("李秀英") || bytes.includes("120.153576")).to.equal(false);
    scratch.open();
    file.close();
    expect(heldIn(folder)).to.have.length(1);
    scratch.close();
    expect(heldIn(folder)).to.deep.equal([]);
  });

  it("refuses a piece that was altered, cut short or put in another's place", () => {
    const file = scratch.open();
    const piece = new Uint8Array(100).fill(1);
    for (let i = 0; i < 2; i++) file.append(piece);
    const raw = openSync(heldIn(folder)[0]!, "r+");
    const [first, second] = [Buffer.alloc(116), Buffer.alloc(116)];
    readSync(raw, first, 0, 116, 0);
    readSync(raw, second, 0, 116, 116);
    expect(first.equals(second)).to.equal(false);
    writeSync(raw, first, 0, 116, 116);
    expect(() => file.read(1, new Uint8Array(100))).to.throw();
    writeSync(raw, second, 0, 116, 116);
    expect(file.read(1, new Uint8Array(100))).to.have.length(100);
    writeSync(raw, Buffer.from([first[5]! ^ 1]), 0, 1, 5);
    expect(() => file.read(0, new Uint8Array(100))).to.throw();
  });
});
