import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { type Hex, toHex } from "../../core/bytes.ts";
import { firstHead, nextHead } from "../../core/seal.ts";
import { rootOfDigests } from "../../core/tree.ts";
import {
  checkpointFor,
  type Deployed,
  deployLedger,
  digests,
  EMPTY,
  ethers,
  FOREVER,
  inclusion,
  lastDay,
  networkHelpers,
  now,
  OFFSET,
  person,
  REGION,
  Role,
  receiptFor,
  regionScope,
  WINDOW,
} from "./ledger.ts";

describe("RecordLedger: days", () => {
  let d: Deployed;
  let day: number;
  const seal = (from: number, roots: { size: number; root: Hex }[], offset = OFFSET, region = REGION) =>
    d.ledger.connect(d.operator).getFunction("seal")(region, offset, from, roots);
  beforeEach(async () => {
    d = await networkHelpers.loadFixture(deployLedger);
    day = await lastDay();
  });

  it("starts a region, chains its heads as core does, and keeps each day", async () => {
    const leaves = digests(5);
    const root = toHex(rootOfDigests(leaves));
    await seal(day - 1, [
      { size: 5, root },
      { size: 0, root: EMPTY },
    ]);
    const head0 = firstHead(d.ledgerId, REGION, day - 1, OFFSET);
    const head1 = nextHead(head0, { day: day - 1, size: 5, root });
    const region = await d.ledger.getFunction("regionOf")(REGION);
    expect(region.head).to.equal(nextHead(head1, { day, size: 0, root: EMPTY }));
    expect([region.firstDay, region.lastDay, region.offset]).to.deep.equal([
      BigInt(day - 1),
      BigInt(day),
      BigInt(OFFSET),
    ]);
    expect((await d.ledger.getFunction("dayOf")(REGION, day - 1)).root).to.equal(root);
  });
  it("starts a region west of Greenwich with a negative offset as core does", async () => {
    await d.keys.connect(d.registrar).getFunction("register")(
      d.stranger.address,
      person("x"),
      Role.Operator,
      regionScope(110101),
      (await now()) + 5,
      FOREVER,
    );
    await networkHelpers.time.increase(10);
    await d.ledger.connect(d.stranger).getFunction("seal")(110101, -300, day - 2, [{ size: 0, root: EMPTY }]);
    const head = nextHead(firstHead(d.ledgerId, 110101, day - 2, -300), { day: day - 2, size: 0, root: EMPTY });
    expect((await d.ledger.getFunction("regionOf")(110101)).head).to.equal(head);
  });
  it("emits Sealed for each day", async () => {
    await expect(seal(day, [{ size: 0, root: EMPTY }])).to.emit(d.ledger, "Sealed");
  });
  it("verifies every leaf at its place, and refuses every other place, leaf, day and region", async () => {
    for (const size of [1, 2, 3, 7, 8]) {
      const leaves = digests(size, size);
      const fresh = await deployLedger();
      const sealed = await lastDay();
      await fresh.ledger.connect(fresh.operator).getFunction("seal")(REGION, OFFSET, sealed, [
        { size, root: toHex(rootOfDigests(leaves)) },
      ]);
      for (let i = 0; i < size; i++) {
        const proof = inclusion(leaves, i);
        const verify = (region: number, at: number, index: number, leaf: Uint8Array, path: Hex[]) =>
          fresh.ledger.getFunction("verify")(region, at, index, toHex(leaf), path);
        expect(await verify(REGION, sealed, i, leaves[i]!, proof)).to.equal(true);
        expect(await verify(REGION, sealed, i + 1, leaves[i]!, proof)).to.equal(false);
        expect(await verify(REGION, sealed, i, digests(1, 99)[0]!, proof)).to.equal(false);
        expect(await verify(REGION, sealed, i, leaves[i]!, [...proof, EMPTY])).to.equal(false);
        expect(await verify(REGION, sealed - 1, i, leaves[i]!, proof)).to.equal(false);
        expect(await verify(REGION + 1, sealed, i, leaves[i]!, proof)).to.equal(false);
        if (proof.length) expect(await verify(REGION, sealed, i, leaves[i]!, proof.slice(1))).to.equal(false);
      }
    }
  });
  it("refuses a seal by anyone but the region's operator: NotOperator", async () => {
    await expect(
      d.ledger.connect(d.stranger).getFunction("seal")(REGION, OFFSET, day, [{ size: 0, root: EMPTY }]),
    ).to.be.revertedWithCustomError(d.ledger, "NotOperator");
    await expect(seal(day, [{ size: 0, root: EMPTY }], OFFSET, 110101)).to.be.revertedWithCustomError(
      d.ledger,
      "NotOperator",
    );
  });
  it("refuses a seal by a revoked operator: NotOperator", async () => {
    await d.keys.connect(d.registrar).getFunction("revoke")(d.operator.address);
    await expect(seal(day, [{ size: 0, root: EMPTY }])).to.be.revertedWithCustomError(d.ledger, "NotOperator");
  });
  it("refuses no days: NothingToSeal", async () => {
    await expect(seal(day, [])).to.be.revertedWithCustomError(d.ledger, "NothingToSeal");
  });
  it("refuses an impossible offset: OffsetOutOfRange", async () => {
    await expect(seal(day, [{ size: 0, root: EMPTY }], 841)).to.be.revertedWithCustomError(
      d.ledger,
      "OffsetOutOfRange",
    );
    await expect(seal(day, [{ size: 0, root: EMPTY }], -841)).to.be.revertedWithCustomError(
      d.ledger,
      "OffsetOutOfRange",
    );
  });
  it("refuses another offset later: OffsetDiffers", async () => {
    await seal(day - 1, [{ size: 0, root: EMPTY }]);
    await expect(seal(day, [{ size: 0, root: EMPTY }], 420)).to.be.revertedWithCustomError(d.ledger, "OffsetDiffers");
  });
  it("refuses a gap, a day again and an earlier day: DayOutOfOrder", async () => {
    await seal(day - 3, [{ size: 0, root: EMPTY }]);
    for (const wrong of [day - 1, day - 3, day - 4]) {
      await expect(seal(wrong, [{ size: 0, root: EMPTY }])).to.be.revertedWithCustomError(d.ledger, "DayOutOfOrder");
    }
  });
  it("refuses a day that is not over: DayNotOver", async () => {
    await expect(seal(day + 1, [{ size: 0, root: EMPTY }])).to.be.revertedWithCustomError(d.ledger, "DayNotOver");
    await expect(
      seal(day, [
        { size: 0, root: EMPTY },
        { size: 0, root: EMPTY },
      ]),
    ).to.be.revertedWithCustomError(d.ledger, "DayNotOver");
  });
  it("refuses an empty root with a size, and the reverse: EmptyDayMismatch", async () => {
    await expect(seal(day, [{ size: 1, root: EMPTY }])).to.be.revertedWithCustomError(d.ledger, "EmptyDayMismatch");
    await expect(seal(day, [{ size: 0, root: toHex(rootOfDigests(digests(1))) }])).to.be.revertedWithCustomError(
      d.ledger,
      "EmptyDayMismatch",
    );
  });
  it("retires a region for ever", async () => {
    await seal(day - 1, [{ size: 0, root: EMPTY }]);
    const retire = (last: number, successor = 310106) =>
      d.ledger.connect(d.operator).getFunction("retire")(REGION, last, successor);
    await expect(retire(day)).to.be.revertedWithCustomError(d.ledger, "DayOutOfOrder");
    await expect(
      d.ledger.connect(d.stranger).getFunction("retire")(REGION, day - 1, 310106),
    ).to.be.revertedWithCustomError(d.ledger, "NotOperator");
    await expect(retire(day - 1, 0)).to.be.revertedWithCustomError(d.ledger, "RegionNotStarted");
    await expect(retire(day - 1)).to.emit(d.ledger, "Retired");
    await expect(seal(day, [{ size: 0, root: EMPTY }])).to.be.revertedWithCustomError(d.ledger, "RegionRetired");
    await expect(retire(day - 1)).to.be.revertedWithCustomError(d.ledger, "RegionRetired");
  });
  it("refuses to retire a region that never started: RegionNotStarted", async () => {
    await expect(d.ledger.connect(d.operator).getFunction("retire")(REGION, 0, 310106)).to.be.revertedWithCustomError(
      d.ledger,
      "RegionNotStarted",
    );
  });
});

/** A sealed day that keeps one promise (leaves 0–3) and breaks another (leaf 4 was swapped for a stranger's). */
async function sealedWithPromises() {
  const d = await deployLedger();
  const receivedAt = await now();
  const day = Math.floor((receivedAt + OFFSET * 60) / 86_400);
  const leaves = digests(6);
  const kept = receiptFor(d, leaves.slice(0, 4), { day, firstIndex: 0, receivedAt });
  const broken = receiptFor(d, digests(1, 7), { day, firstIndex: 4, receivedAt });
  await networkHelpers.time.increase(86_400 + 2 * 3600 + 1);
  await d.ledger.connect(d.operator).getFunction("seal")(REGION, OFFSET, day, [
    { size: 6, root: toHex(rootOfDigests(leaves)) },
  ]);
  return { d, day, leaves, kept, broken, receivedAt };
}

describe("RecordLedger: promises", () => {
  let s: Awaited<ReturnType<typeof sealedWithPromises>>;
  beforeEach(async () => {
    s = await networkHelpers.loadFixture(sealedWithPromises);
  });
  const challenge = (r: typeof s.kept, k: number) =>
    s.d.ledger.connect(s.d.stranger).getFunction("challenge")(r.receipt, r.signature, k);
  const idOf = async (r: typeof s.kept, k: number) =>
    (await s.d.ledger.getFunction("challenge").staticCall(r.receipt, r.signature, k)) as Hex;
  const answer = (k: number, digest: Uint8Array, dayIndex: number, from = s.kept) =>
    s.d.ledger.connect(s.d.stranger).getFunction("answer")(
      from.receipt,
      k,
      from.submission,
      toHex(digest),
      inclusion(s.leaves.slice(0, 4), k),
      inclusion(s.leaves, dayIndex),
    );

  it("lets anyone challenge with the receipt, and the operator answer with the proof", async () => {
    const id = await idOf(s.kept, 2);
    await expect(challenge(s.kept, 2)).to.emit(s.d.ledger, "Challenged");
    await expect(answer(2, s.leaves[2]!, 2))
      .to.emit(s.d.ledger, "Answered")
      .withArgs(id, toHex(s.leaves[2]!));
    expect((await s.d.ledger.getFunction("challengeOf")(id)).status).to.equal(2n);
    expect(await s.d.ledger.getFunction("convictionsOf")(REGION)).to.equal(0n);
  });
  it("convicts an operator who swapped a receipted record", async () => {
    const id = await idOf(s.broken, 0);
    await challenge(s.broken, 0);
    await expect(s.d.ledger.getFunction("expire")(id)).to.be.revertedWithCustomError(s.d.ledger, "AnswerStillPossible");
    await networkHelpers.time.increase(WINDOW + 1);
    await expect(s.d.ledger.getFunction("expire")(id)).to.emit(s.d.ledger, "PromiseBroken");
    expect(await s.d.ledger.getFunction("convictionsOf")(REGION)).to.equal(1n);
    await expect(s.d.ledger.getFunction("expire")(id)).to.be.revertedWithCustomError(s.d.ledger, "NotOpen");
  });
  it("refuses a challenge with a stranger's signature: NotOperator", async () => {
    const forged = receiptFor(
      s.d,
      s.leaves.slice(0, 4),
      { day: s.day, firstIndex: 0, receivedAt: s.receivedAt },
      new Uint8Array(randomBytes(32)),
    );
    await expect(challenge(forged, 0)).to.be.revertedWithCustomError(s.d.ledger, "NotOperator");
  });
  it("refuses a receipt altered in any field: NotOperator", async () => {
    for (const change of [
      { day: s.day + 1 },
      { firstIndex: 1 },
      { receivedAt: s.receivedAt + 1 },
      { region: 110101 },
      { head: toHex(s.leaves[0]!) },
      { submission: EMPTY },
    ]) {
      await expect(
        challenge({ ...s.kept, receipt: { ...s.kept.receipt, ...change } }, 0),
      ).to.be.revertedWithCustomError(s.d.ledger, "NotOperator");
    }
  });
  it("refuses a receipt of another ledger: NotOperator", async () => {
    const other = await ethers.deployContract("RecordLedger", [
      ethers.id("other"),
      await s.d.keys.getAddress(),
      false,
      WINDOW,
    ]);
    await expect(other.getFunction("challenge")(s.kept.receipt, s.kept.signature, 0)).to.be.revertedWithCustomError(
      other,
      "NotOperator",
    );
  });
  it("refuses a leaf outside the receipt: LeafOutOfRange", async () => {
    await expect(challenge(s.kept, 4)).to.be.revertedWithCustomError(s.d.ledger, "LeafOutOfRange");
  });
  it("refuses a challenge before the day must be sealed: TooEarly", async () => {
    const fresh = receiptFor(s.d, digests(1), { day: s.day + 1, firstIndex: 0, receivedAt: await now() });
    await expect(challenge(fresh, 0)).to.be.revertedWithCustomError(s.d.ledger, "TooEarly");
  });
  it("refuses the same challenge twice: AlreadyChallenged", async () => {
    await challenge(s.kept, 1);
    await expect(challenge(s.kept, 1)).to.be.revertedWithCustomError(s.d.ledger, "AlreadyChallenged");
  });
  it("refuses an answer that nobody asked for: NotOpen", async () => {
    await expect(answer(1, s.leaves[1]!, 1)).to.be.revertedWithCustomError(s.d.ledger, "NotOpen");
  });
  it("refuses an answer after the window: AnswerTooLate", async () => {
    await challenge(s.kept, 1);
    await networkHelpers.time.increase(WINDOW + 1);
    await expect(answer(1, s.leaves[1]!, 1)).to.be.revertedWithCustomError(s.d.ledger, "AnswerTooLate");
  });
  it("refuses an answer with another submission: SubmissionMismatch", async () => {
    await challenge(s.kept, 1);
    await expect(
      answer(1, s.leaves[1]!, 1, { ...s.kept, submission: s.broken.submission }),
    ).to.be.revertedWithCustomError(s.d.ledger, "SubmissionMismatch");
  });
  it("refuses an answer with another leaf: NotInSubmission", async () => {
    await challenge(s.kept, 1);
    await expect(answer(1, s.leaves[2]!, 1)).to.be.revertedWithCustomError(s.d.ledger, "NotInSubmission");
  });
  it("refuses an answer from another place of the day: NotInDay", async () => {
    await challenge(s.kept, 1);
    await expect(answer(1, s.leaves[1]!, 2)).to.be.revertedWithCustomError(s.d.ledger, "NotInDay");
  });

  const promise = (r: typeof s.kept, leaves: Uint8Array[], k: number) => ({
    receipt: r.receipt,
    signature: r.signature,
    submission: r.submission,
    k,
    digest: toHex(leaves[k]!),
    proof: inclusion(leaves, k),
  });
  it("convicts at once on two receipts for one place: Contradicted", async () => {
    const other = digests(2, 50);
    const second = receiptFor(s.d, other, { day: s.day, firstIndex: 3, receivedAt: s.receivedAt });
    const call = () =>
      s.d.ledger.getFunction("contradictReceipts")(promise(s.kept, s.leaves.slice(0, 4), 3), promise(second, other, 0));
    await expect(call()).to.emit(s.d.ledger, "Contradicted");
    await expect(call()).to.be.revertedWithCustomError(s.d.ledger, "AlreadyConvicted");
    expect(await s.d.ledger.getFunction("convictionsOf")(REGION)).to.equal(1n);
  });
  it("refuses receipts that do not exclude each other: NoContradiction", async () => {
    const a = promise(s.kept, s.leaves.slice(0, 4), 3);
    await expect(s.d.ledger.getFunction("contradictReceipts")(a, a)).to.be.revertedWithCustomError(
      s.d.ledger,
      "NoContradiction",
    );
    await expect(
      s.d.ledger.getFunction("contradictReceipts")(a, promise(s.kept, s.leaves.slice(0, 4), 2)),
    ).to.be.revertedWithCustomError(s.d.ledger, "NoContradiction");
  });
  it("refuses a promise for a leaf outside its receipt: LeafOutOfRange", async () => {
    const a = promise(s.kept, s.leaves.slice(0, 4), 3);
    await expect(s.d.ledger.getFunction("contradictReceipts")({ ...a, k: 9 }, a)).to.be.revertedWithCustomError(
      s.d.ledger,
      "LeafOutOfRange",
    );
  });
  it("convicts at once on two checkpoints of one size: Contradicted", async () => {
    const a = checkpointFor(s.d, { day: s.day, root: toHex(s.leaves[0]!) });
    const b = checkpointFor(s.d, { day: s.day, root: toHex(s.leaves[1]!) });
    const call = (x: typeof a, y: typeof a) =>
      s.d.ledger.getFunction("contradictCheckpoints")(x.checkpoint, x.signature, y.checkpoint, y.signature);
    await expect(call(a, a)).to.be.revertedWithCustomError(s.d.ledger, "NoContradiction");
    await expect(
      call(a, checkpointFor(s.d, { day: s.day, size: 2, root: toHex(s.leaves[1]!) })),
    ).to.be.revertedWithCustomError(s.d.ledger, "NoContradiction");
    await expect(call(a, b)).to.emit(s.d.ledger, "Contradicted");
    await expect(
      call(a, checkpointFor(s.d, { day: s.day }, new Uint8Array(randomBytes(32)))),
    ).to.be.revertedWithCustomError(s.d.ledger, "NotOperator");
  });
  it("convicts at once on a checkpoint that the seal excludes: Contradicted", async () => {
    const call = (x: ReturnType<typeof checkpointFor>) =>
      s.d.ledger.getFunction("contradictSeal")(x.checkpoint, x.signature);
    const sealed = { day: s.day, size: 6, root: toHex(rootOfDigests(s.leaves)) };
    await expect(call(checkpointFor(s.d, sealed))).to.be.revertedWithCustomError(s.d.ledger, "NoContradiction");
    await expect(call(checkpointFor(s.d, { ...sealed, day: s.day + 1 }))).to.be.revertedWithCustomError(
      s.d.ledger,
      "NoContradiction",
    );
    await expect(call(checkpointFor(s.d, { ...sealed, size: 7 }))).to.emit(s.d.ledger, "Contradicted");
    await expect(call(checkpointFor(s.d, { ...sealed, root: EMPTY }))).to.be.revertedWithCustomError(
      s.d.ledger,
      "AlreadyConvicted",
    );
  });
  it("lets a provider lodge a submission once, and nobody else", async () => {
    const lodge = (who = s.d.provider) =>
      s.d.ledger.connect(who).getFunction("lodge")(REGION, s.kept.receipt.submission);
    await expect(lodge(s.d.stranger)).to.be.revertedWithCustomError(s.d.ledger, "NotProvider");
    await expect(lodge()).to.emit(s.d.ledger, "Lodged");
    expect(await s.d.ledger.getFunction("lodgedAt")(REGION, s.kept.receipt.submission)).to.equal(BigInt(await now()));
    await expect(lodge()).to.be.revertedWithCustomError(s.d.ledger, "AlreadyLodged");
  });
});
