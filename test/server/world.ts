import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Hex, toHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { commitDetails, type Details } from "../../core/details.ts";
import { entryDigest } from "../../core/entry.ts";
import { keccak } from "../../core/hash.ts";
import { uuidv7, withCreditCheck, withIdCheck } from "../../core/id.ts";
import { providerScope, type RoleName, regionScope } from "../../core/keyBook.ts";
import { addressOfKey, signDigest } from "../../core/signature.ts";
import { SUBMISSION, type Submission } from "../../core/statement.ts";
import { rootOfDigests } from "../../core/tree.ts";
import { domainSeparator, typedDigest } from "../../core/typedData.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { type Ledger, openLedger } from "../../server/ledger.ts";
import type { VisitBatch, VisitInput } from "../../server/records/schema.ts";
import type { RegistryBatch, RegistryInput } from "../../server/registry/schema.ts";

/** A small district on its own home and chain, and the hands of those who use it. */
export const REGION = 310105;
export const OFFSET = 480;
export const PROVIDER = "91110000600037341L";
export const OTHER_PROVIDER = withCreditCheck("91310105MA1FW0001");
export const START = 1_786_000_000;
export const OPEN_END = 0xffff_ffff;
const DAY = 86_400;

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
export const freshSeed = (): Hex => toHex(random(16));
export const freshId = (unixSeconds = START): string => uuidv7(unixSeconds * 1000, random(10));

export interface World {
  home: Home;
  clock: SimulatedClock;
  ledger: Ledger;
  providerKey: Uint8Array;
  otherKey: Uint8Array;
  importerKey: Uint8Array;
  carer: string;
  otherCarer: string;
  elder: string;
  /** Closes and opens the ledger again, as a restart does. */
  restart(): Promise<void>;
  destroy(): Promise<void>;
}

function registryInput(
  kind: RegistryInput["kind"],
  subject: string,
  provider: string,
  values: unknown,
  today: number,
  version = 1,
): RegistryInput {
  return {
    kind,
    id: freshId(),
    region: REGION,
    subject,
    provider,
    version,
    validFrom: today - 30,
    validTo: OPEN_END,
    details: { seed: freshSeed(), values },
  } as RegistryInput;
}

export function providerEntry(code: string, today: number): RegistryInput {
  return registryInput("Provider", code, code, { identity: { name: "长宁为老服务站", type: "station" } }, today);
}
export function carerEntry(carer: string, provider: string, today: number, version = 1): RegistryInput {
  const values = {
    employment: { provider, hiredOn: "2026-01-01" },
    identity: { name: "王芳", idNumber: withIdCheck("31010519800101001") },
  };
  return registryInput("Carer", carer, provider, values, today, version);
}
export function elderEntry(elder: string, today: number): RegistryInput {
  const values = {
    identity: { name: "李桂英", idNumber: withIdCheck("31010519450101002"), birthDate: "1945-01-01" },
    home: { lon: 121_420_000, lat: 31_220_000, area: "urban" },
  };
  return registryInput("Elder", elder, "", values, today);
}
export function itemEntry(code: string, today: number): RegistryInput {
  const values = {
    names: { zh: "助浴", en: "Bathing", category: "care" },
    measure: { unitMinutes: 30, minimumMinutes: 30, dailyCap: 2 },
    conditions: { minimumLevel: "", certificate: "", location: "home", concurrentWith: [], traits: [] },
  };
  return registryInput("Item", code, "", values, today);
}

export function signBatch(ledgerId: Hex, submitter: string, digests: Uint8Array[], key: Uint8Array, signedAt: number) {
  const submission: Submission = { submitter, root: toHex(rootOfDigests(digests)), count: digests.length, signedAt };
  return { submission, signature: signDigest(typedDigest(domainSeparator(ledgerId), SUBMISSION, submission), key) };
}

export function registryBatch(w: World, entries: RegistryInput[], key = w.importerKey): RegistryBatch {
  const domain = domainSeparator(w.ledger.file.ledgerId);
  const digests = entries.map(({ kind, details, ...bare }) =>
    entryDigest(domain, kind, { ...bare, details: commitDetails(kind, details as Details) } as never),
  );
  return { ...signBatch(w.ledger.file.ledgerId, `import:${REGION}`, digests, key, w.clock.now()), entries };
}

export function visit(w: World, overrides: Partial<VisitInput> = {}): VisitInput {
  const endedAt = w.clock.now() - 600;
  return {
    id: freshId(w.clock.now()),
    region: REGION,
    provider: PROVIDER,
    caregiver: w.carer,
    elder: w.elder,
    item: "bathing",
    startedAt: endedAt - 1800,
    endedAt,
    replaces: null,
    details: {
      seed: freshSeed(),
      values: {
        placeIn: { lon: 121_420_010, lat: 31_220_020, accuracyM: 12 },
        device: { id: "phone-1" },
        circumstances: { bookedMinutes: 30, units: 1, priceFen: 6500, entry: "auto" },
      },
    },
    ...overrides,
  };
}

export function visitBatch(w: World, visits: VisitInput[], key = w.providerKey, submitter = PROVIDER): VisitBatch {
  const domain = domainSeparator(w.ledger.file.ledgerId);
  const digests = visits.map(({ details, ...bare }) =>
    entryDigest(domain, "Visit", { ...bare, details: commitDetails("Visit", details as Details) }),
  );
  return { ...signBatch(w.ledger.file.ledgerId, submitter, digests, key, w.clock.now()), visits };
}

export async function registerKey(
  w: World,
  key: Uint8Array,
  role: RoleName,
  scope: Hex,
  person: string,
  to: number | null = null,
): Promise<void> {
  // Each block is a second later than the one before: the chain runs ahead of a clock that stands still.
  const from = Math.max(w.clock.now(), (await w.ledger.chainTime())!) + 3;
  await w.ledger.contracts.register(
    w.home.key("registrar"),
    addressOfKey(key),
    toHex(keccak(Buffer.from(person))),
    role,
    scope,
    from,
    to,
  );
  w.clock.moveTo(from + 1);
  await w.ledger.keys.refresh();
}

/** Seals and anchors everything up to now's yesterday, after moving the clock into the next day. */
export async function endDay(w: World): Promise<void> {
  const day = dayOf(w.clock.now(), OFFSET);
  w.clock.moveTo((day + 1) * DAY - OFFSET * 60 + 600);
  w.ledger.seals.sealRegion(REGION);
  await w.ledger.anchors.anchorDue();
}

export async function makeWorld(folder = mkdtempSync(join(tmpdir(), "silverledger-"))): Promise<World> {
  const home = new Home(folder);
  const clock = new SimulatedClock(START);
  const ledger = await openLedger({ home, clock, simulated: true });
  ledger.openRegion(REGION, "长宁区", OFFSET, {});
  const w: World = {
    home,
    clock,
    ledger,
    providerKey: home.key(`provider-${PROVIDER}`),
    otherKey: random(32),
    importerKey: home.key("importer"),
    carer: freshId(),
    otherCarer: freshId(),
    elder: freshId(),
    async restart() {
      await w.ledger.close();
      w.ledger = await openLedger({ home, clock });
    },
    async destroy() {
      await w.ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await registerKey(w, home.key("operator"), "Operator", regionScope(REGION), "operator");
  await registerKey(w, w.providerKey, "Provider", providerScope(PROVIDER), "provider");
  await registerKey(w, w.otherKey, "Provider", providerScope(OTHER_PROVIDER), "other provider");
  await registerKey(w, w.importerKey, "Importer", regionScope(REGION), "importer");
  const today = dayOf(clock.now(), OFFSET);
  await w.ledger.registry.register(
    registryBatch(w, [
      providerEntry(PROVIDER, today),
      providerEntry(OTHER_PROVIDER, today),
      carerEntry(w.carer, PROVIDER, today),
      carerEntry(w.otherCarer, OTHER_PROVIDER, today),
      elderEntry(w.elder, today),
      itemEntry("bathing", today),
    ]),
  );
  return w;
}
