import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { commitDetails, type Details } from "../../core/details.ts";
import { monthOf } from "../../core/entitlement.ts";
import { entryDigest } from "../../core/entry.ts";
import { regionScope } from "../../core/keyBook.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { domainSeparator } from "../../core/typedData.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { ACROSS } from "../../server/reviews/acrossRegions.ts";
import {
  ALLOWANCE,
  elderValues,
  entry,
  fundEntry,
  openFunds,
  registerMoney,
  registerOfficials,
} from "../server/money.ts";
import {
  endDay,
  freshId,
  makeWorld,
  OFFSET,
  REGION,
  registerKey,
  registryBatch,
  signBatch,
  type World,
} from "../server/world.ts";

const OTHER = 310106;
const FULL_FEN = 18_000;

/** One old person in two districts: told by the one place that looks across them, judged and shared by days in each. */
describe("flow: allowances across regions", () => {
  let w: World;
  let month: number;
  const elders = new Map<number, string>();
  const today = () => dayOf(w.clock.now(), OFFSET);

  /** A programme, the same person under each district's own pseudonym, and an enrolment. */
  function entriesOf(region: number, appliedOn: string): RegistryInput[] {
    const elder = freshId();
    elders.set(region, elder);
    const terms = {
      fund: ALLOWANCE,
      monthlyFen: FULL_FEN,
      minimumAge: 70,
      minimumLevel: "",
      area: "any",
      excludes: [],
      proofOfLifeMonths: 0,
    };
    const from = today() - 40;
    return [
      ...(region === REGION ? [] : [fundEntry(ALLOWANCE, from)]),
      entry("Programme", "old-age", { names: { zh: "高龄津贴", en: "Old age" }, terms }, 0),
      entry("Elder", elder, elderValues("李秀兰", "62220000000101"), from - 30),
      entry("Enrolment", freshId(), { person: { elder }, programme: { programme: "old-age", appliedOn } }, from),
    ].map((one) => ({ ...one, region }) as RegistryInput);
  }

  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    await openFunds(w, await registerOfficials(w));
    w.ledger.openRegion(OTHER, "静安区", OFFSET, {});
    const key = new Uint8Array(randomBytes(32));
    await registerKey(w, key, "Importer", regionScope(OTHER), "other importer");
    await w.ledger.registry.register(registryBatch(w, entriesOf(REGION, dateOfDay(today() - 100))));
    const entries = entriesOf(OTHER, dateOfDay(today() - 50));
    const domain = domainSeparator(w.ledger.file.ledgerId);
    const digests = entries.map(({ kind, details, ...bare }) =>
      entryDigest(domain, kind, { ...bare, details: commitDetails(kind, details as Details) } as never),
    );
    const signature = signBatch(w.ledger.file.ledgerId, `import:${OTHER}`, digests, key, w.clock.now());
    await w.ledger.registry.register({ ...signature, entries });
    for (const region of [REGION, OTHER]) await w.ledger.desk.adopt(region, defaultRuleSet(), 0);
    month = monthOf(today());
    await both();
    for (const region of [REGION, OTHER]) await w.ledger.entitlements.entitle(region, month);
    await both();
  });
  after(() => w.destroy());

  /** The day ends in both districts, and is looked at as the server's worker does. */
  async function both(): Promise<void> {
    // The operator's key speaks for one region: days of the other one are sealed, and wait for an anchor.
    await endDay(w).catch((error: Error) => expect(error.message).to.contain("NotOperator"));
    w.ledger.seals.sealRegion(OTHER);
    for (const region of [REGION, OTHER]) {
      await w.ledger.reviews.reviewDue(region);
      await w.ledger.acrossRegions.lookDue(region, w.ledger.seals.store.last(region)!.day);
    }
    await w.ledger.settlements.settleDue(REGION);
  }
  const entitlement = (region: number) =>
    w.ledger.reviews.store
      .entitlements(region, Number.MAX_SAFE_INTEGER)
      .find((one) => one.elder === elders.get(region))!;
  const said = (region: number) =>
    w.ledger.desk.wordsOn(region, entitlement(region).id).map(({ verdict }) => `${verdict?.rule} ${verdict?.severity}`);
  const paid = () => {
    const { store } = w.ledger.settlements;
    const { day } = entitlement(REGION);
    const at = store.place(REGION, entitlement(REGION).id)!;
    const shares = store.line(REGION, day, store.latest(REGION, day)!.revision, at.index)!.shares;
    return Number(shares.reduce((sum, fen) => sum + fen, 0n));
  };

  it("blocks the allowance that was applied for later, in its own region's log", async () => {
    await both();
    expect(said(OTHER)).to.deep.equal(["R16 block"]);
    expect(said(REGION)).to.deep.equal([]);
    const feeds = w.ledger.reviews.store.feeds(OTHER, Number.MAX_SAFE_INTEGER);
    expect(feeds.map(({ subject }) => subject)).to.deep.equal([elders.get(OTHER)]);
    expect(w.ledger.reviews.store.feeds(REGION, Number.MAX_SAFE_INTEGER)).to.have.length(0);
  });
  it("tells nothing twice, not after a restart either", async () => {
    const last = w.ledger.seals.store.last(OTHER)!.day;
    expect(await w.ledger.acrossRegions.lookDue(OTHER, last)).to.equal(0);
    await w.restart();
    for (const region of [REGION, OTHER]) expect(await w.ledger.acrossRegions.lookDue(region, last)).to.equal(0);
  });
  it("replays the verdict from the region's own log", () => {
    for (const { reviewedDay } of w.ledger.reviews.store.reviews(OTHER, 0, 0xffff_ffff))
      expect(w.ledger.reviews.replay(OTHER, reviewedDay)).to.include({ same: true });
  });
  it("takes the verdict back when the feed is taken back", async () => {
    const [feed] = w.ledger.reviews.store.feeds(OTHER, Number.MAX_SAFE_INTEGER);
    await w.ledger.desk.retract(OTHER, feed!.id, "chen", "另一人");
    await both();
    expect(said(OTHER)).to.deep.equal([]);
  });
  it("pays whoever moved away for the days before the move, and in full when that was wrong", async () => {
    expect(paid()).to.equal(FULL_FEN);
    const first = Number(dateOfDay(today()).slice(8)) - 1;
    const movedOn = today() - first + 10;
    const from = movedOn * 86_400 - OFFSET * 60;
    const subject = elders.get(REGION)!;
    await w.ledger.desk.feed(REGION, [
      { subject, event: { type: "moved", precision: "day", from, official: 1 }, source: ACROSS, by: "chen" },
    ]);
    await both();
    const days = new Date(Date.UTC(Math.floor(month / 100), month % 100, 0)).getUTCDate();
    expect(paid()).to.equal(Math.floor((FULL_FEN * 10) / days));
    const fsck = await w.ledger.fsck({ details: true, chain: true });
    expect(fsck.faults.filter(({ region }) => region === REGION)).to.deep.equal([]);
    const moved = w.ledger.reviews.store.feeds(REGION, Number.MAX_SAFE_INTEGER).at(-1)!;
    await w.ledger.desk.retract(REGION, moved.id, "chen", "误报");
    await both();
    expect(paid()).to.equal(FULL_FEN);
  });
}).timeout(120_000);
