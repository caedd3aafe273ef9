import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { dayStart } from "../../core/day.ts";
import { verifyProof } from "../../core/verify.ts";
import { generateDataset } from "../../scripts/dataset/generate.ts";
import { importFolder } from "../../scripts/dataset/load.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";

const FIRST_DAY = 20_516;
const OFFSET = 480;
const [HERE, THERE] = [310105, 310106];

/** One server for two districts: each is taken in, sealed and anchored by keys of its own. */
describe("flow: two regions on one server", () => {
  let scratch: string;
  let home: Home;
  let clock: SimulatedClock;
  let ledger: Ledger;
  const folders: string[] = [];

  function folderOf(region: number, seed: number): string {
    const folder = mkdtempSync(join(tmpdir(), "silverledger-district-"));
    folders.push(folder);
    const files = generateDataset({ instances: 1, days: 1, firstDay: FIRST_DAY, seed });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const path = join(folder, "region.json");
    const file = JSON.parse(readFileSync(path, "utf8")) as { code: number; name: string };
    writeFileSync(path, JSON.stringify({ ...file, code: region, name: `区 ${region}` }));
    // The same provider works in both districts; its visits are others.
    return folder;
  }
  const take = (folder: string) =>
    importFolder(ledger, home, folder, {
      partial: false,
      waitUntil: async (time) => clock.moveTo(time),
      progress: () => undefined,
    });

  before(async function () {
    this.timeout(120_000);
    scratch = mkdtempSync(join(tmpdir(), "silverledger-regions-"));
    [home, clock] = [new Home(scratch), new SimulatedClock(dayStart(FIRST_DAY, OFFSET) + 22 * 3600)];
    ledger = await openLedger({ home, clock, simulated: true });
    for (const [region, seed] of [
      [HERE, 5],
      [THERE, 6],
    ] as const)
      expect((await take(folderOf(region, seed))).visits, String(region)).to.be.greaterThan(50);
    clock.moveTo(dayStart(FIRST_DAY + 1, OFFSET) + 3600);
    ledger.seals.sealDue();
    await ledger.anchors.anchorDue();
  });
  after(async () => {
    await ledger.close();
    for (const one of [scratch, ...folders]) rmSync(one, { recursive: true, force: true });
  });

  const someVisit = (region: number) => {
    const filter = { provider: null, fromDay: 0, toDay: 0xffff_ffff, after: { day: 0, index: -1 }, limit: 1 };
    return ledger.records.store.list({ region, ...filter })[0]!;
  };

  it("lets another key speak for each, as operator and as importer", () => {
    expect(ledger.operatorOf(HERE)).to.equal(home.address("operator"));
    expect(ledger.operatorOf(THERE)).to.not.equal(ledger.operatorOf(HERE));
    const scopes = ledger.keys.all().map(({ role, scope }) => `${role} ${Number(scope)}`);
    expect(scopes.sort()).to.deep.equal([`1 ${HERE}`, `1 ${THERE}`, `3 ${HERE}`, `3 ${THERE}`]);
  });
  it("anchors both, and proves a visit of each against the chain", async () => {
    for (const region of [HERE, THERE]) {
      const seals = await ledger.contracts.seals(region);
      expect(
        seals.map(({ day, root }) => [day, root]),
        String(region),
      ).to.deep.equal([[FIRST_DAY, ledger.seals.store.of(region, FIRST_DAY)!.root]]);
      const { chain, addresses } = ledger.contracts;

      const anchorage = await chainAnchorage(chain.rpcUrl, addresses.ledger, ledger.file.contracts!.subsidy);
      const verdict = await verifyProof(ledger.audits.proof(region, someVisit(region).id), anchorage).finally(() =>
        anchorage.close(),
      );
      expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
      expect(verdict.operator).to.equal(ledger.operatorOf(region));
    }
    const report = await ledger.fsck({ details: true, chain: true });
    expect(report.faults).to.deep.equal([]);
    expect(report.anchored).to.equal(2);
  });
  it("goes on so after a restart", async () => {
    const there = ledger.operatorOf(THERE);
    await ledger.close();
    ledger = await openLedger({ home, clock, simulated: true });
    expect(ledger.operatorOf(THERE)).to.equal(there);
    clock.moveTo(dayStart(FIRST_DAY + 2, OFFSET) + 3600);
    ledger.seals.sealDue();
    expect(await ledger.anchors.anchorDue()).to.equal(2);
  });
}).timeout(60_000);
