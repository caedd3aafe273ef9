import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batches, signRegistry, signVisits } from "../../core/batch.ts";
import { toHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { uuidv7, withCreditCheck, withIdCheck } from "../../core/id.ts";
import { providerScope } from "../../core/keyBook.ts";
import { addressOfKey } from "../../core/signature.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { signerOf } from "../../server/keys/native.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { ensureKeys, regionKeys } from "../dataset/load.ts";
import { homeSigner } from "../dataset/sign.ts";

export const REGION = 310105;
export const OFFSET = 480;
const START = 1_786_000_000;
export const PROVIDER = withCreditCheck("52310105MJ4000000");
export const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

export interface District {
  home: Home;
  ledger: Ledger;
  clock: SimulatedClock;
  carers: string[];
  elders: string[];
  destroy(): Promise<void>;
}

/** A district with some hundred people on a fresh home. */
export async function makeDistrict(): Promise<District> {
  const folder = mkdtempSync(join(tmpdir(), "silverledger-bench-"));
  const [home, clock] = [new Home(folder), new SimulatedClock(START)];
  const ledger = await openLedger({ home, clock, simulated: true });
  ledger.openRegion(REGION, "bench", OFFSET, {});
  const provider = {
    address: addressOfKey(home.key("provider-bench")),
    role: "Provider" as const,
    scope: providerScope(PROVIDER),
    person: "provider",
  };
  await ensureKeys(ledger, home, [...regionKeys(ledger, home, REGION), provider], async (time) => clock.moveTo(time));
  const today = dayOf(START, OFFSET);
  const entry = (kind: RegistryInput["kind"], subject: string, of: string, values: unknown) =>
    ({
      kind,
      id: uuidv7(START * 1000, random(10)),
      region: REGION,
      subject,
      provider: of,
      version: 1,
      validFrom: today - 100,
      validTo: 0xffff_ffff,
      details: { seed: toHex(random(16)), values },
    }) as RegistryInput;
  const carers = Array.from({ length: 100 }, () => uuidv7(START * 1000, random(10)));
  const elders = Array.from({ length: 400 }, () => uuidv7(START * 1000, random(10)));
  const idNumber = withIdCheck("31010519450101002");
  const entries = [
    entry("Provider", PROVIDER, PROVIDER, { identity: { name: "bench", type: "home" } }),
    entry("Item", "bath-help", "", {
      names: { zh: "助浴", en: "Bathing", category: "care" },
      measure: { unitMinutes: 30, minimumMinutes: 30, dailyCap: 2 },
      conditions: { minimumLevel: "", certificate: "", location: "home", concurrentWith: [], traits: [] },
    }),
    ...carers.map((carer) =>
      entry("Carer", carer, PROVIDER, {
        employment: { provider: PROVIDER, hiredOn: "2026-01-01" },
        identity: { name: "王芳", idNumber },
      }),
    ),
    ...elders.map((elder) =>
      entry("Elder", elder, "", {
        identity: { name: "李桂英", idNumber, birthDate: "1945-01-01" },
        home: { lon: 121_420_000, lat: 31_220_000, area: "urban" },
      }),
    ),
  ];
  await ledger.registry.register(
    signRegistry(
      {
        ledgerId: ledger.file.ledgerId,
        submitter: `import:${REGION}`,
        sign: signerOf(home.key("importer")),
        now: () => clock.now(),
      },
      entries,
    ),
  );
  const district: District = {
    home,
    ledger,
    clock,
    carers,
    elders,
    async destroy() {
      // A measurement may have closed and opened it again.
      await district.ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return district;
}

/** The clock of a district stands still: its visits' ids go on by a millisecond each, as those of clients do. */
let made = 0;

export function visitsOf(d: District, count: number, item = "bath-help"): VisitInput[] {
  const now = d.clock.now();
  return Array.from({ length: count }, (_, i) => ({
    id: uuidv7(now * 1000 + made++, random(10)),
    region: REGION,
    provider: PROVIDER,
    caregiver: d.carers[i % d.carers.length]!,
    elder: d.elders[i % d.elders.length]!,
    item,
    startedAt: now - 3600,
    endedAt: now - 1800,
    replaces: null,
    details: {
      seed: toHex(random(16)),
      values: {
        placeIn: { lon: 121_420_010 + (i % 999), lat: 31_220_020, accuracyM: 12 },
        placeOut: { lon: 121_420_011, lat: 31_220_021, accuracyM: 9 },
        device: { id: "phone-1", startedAt: now - 3600 },
        circumstances: { bookedMinutes: 30, units: 1, priceFen: 6500, entry: "auto" as const },
      },
    },
  }));
}

export const signer = (d: District) => homeSigner(d.ledger, PROVIDER, d.home.key("provider-bench"));

/** Submits so many visits of the open day, as providers do. */
export async function submitVisits(d: District, records: number, item?: string): Promise<void> {
  for (let loaded = 0; loaded < records; loaded += 5000) {
    for (const batch of batches(visitsOf(d, Math.min(5000, records - loaded), item)))
      await d.ledger.records.submit(signVisits(signer(d), batch));
    process.stderr.write(`\rloading ${loaded + 5000}/${records}`);
  }
}

/** Ends and seals the open day; returns it. */
export function sealDay(d: District): number {
  const { openDay } = d.ledger.entries.store.regionRow(REGION);
  d.clock.moveTo((openDay + 1) * 86_400 - OFFSET * 60 + 60);
  d.ledger.seals.sealDue();
  return openDay;
}
