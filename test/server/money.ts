import { randomBytes } from "node:crypto";
import { type Hex, toHex } from "../../core/bytes.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { monthOf } from "../../core/entitlement.ts";
import type { RoleName } from "../../core/keyBook.ts";
import { regionScope } from "../../core/keyBook.ts";
import { acceptance, statement } from "../../scripts/dataset/demoBank.ts";
import { openFund, signedBy } from "../../scripts/dataset/openFunds.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import {
  endDay,
  freshId,
  freshSeed,
  OFFSET,
  OPEN_END,
  PROVIDER,
  REGION,
  registerKey,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "./world.ts";

/** What a district needs to pay: funds with accounts, prices, plans, allowances, and officials with keys of their own. */
export const CARE = "city-care-2026";
export const INSURANCE = "ltci-2026";
export const ALLOWANCE = "city-allowance-2026";
export const FUNDS = [CARE, INSURANCE, ALLOWANCE] as const;
export const FUND_ACCOUNTS: Record<string, string> = {
  [CARE]: "31001500000000001",
  [INSURANCE]: "31001500000000002",
  [ALLOWANCE]: "31001500000000003",
};
export const UNIT_FEN = 6501;

export const OFFICIALS = {
  proposer: ["Proposer", "zhang"],
  approver: ["Approver", "li"],
  auditor: ["Auditor", "wang"],
  supervisorA: ["Supervisor", "zhao"],
  supervisorB: ["Supervisor", "qian"],
  treasury: ["Treasury", "sun"],
  // Second keys of persons who have a part already.
  proposerAsApprover: ["Approver", "zhang"],
  supervisorATwice: ["Supervisor", "zhao"],
} as const satisfies Record<string, readonly [RoleName, string]>;
export type Official = keyof typeof OFFICIALS;
export type OfficialKeys = Record<Official, Uint8Array>;

export const freshDocument = (): Hex => toHex(new Uint8Array(randomBytes(32)));

export function entry(
  kind: RegistryInput["kind"],
  subject: string,
  values: unknown,
  validFrom: number,
  { version = 1, validTo = OPEN_END, provider = "" } = {},
): RegistryInput {
  const base = { id: freshId(), region: REGION, subject, provider, version, validFrom, validTo };
  return { kind, ...base, details: { seed: freshSeed(), values } } as RegistryInput;
}

export const fundEntry = (code: string, from: number): RegistryInput =>
  entry(
    "Fund",
    code,
    { names: { zh: code, en: code }, account: { name: "长宁区民政局", account: FUND_ACCOUNTS[code], bank: "" } },
    from,
  );

export const tariffEntry = (item: string, unitPriceFen: number, from: number, version = 1, validTo = OPEN_END) =>
  entry(
    "Tariff",
    item,
    {
      price: {
        unitPriceFen,
        shares: [
          { fund: INSURANCE, percent: 60 },
          { fund: CARE, percent: 30 },
        ],
      },
    },
    from,
    { version, validTo },
  );

export const elderValues = (name: string, account: string) => ({
  identity: { name, idNumber: "31010519450101002X", birthDate: "1945-01-01" },
  home: { lon: 121_420_000, lat: 31_220_000, area: "urban" },
  account: { account, guardian: 0 },
});

export const planEntry = (subject: string, elder: string, units: number, from: number) =>
  entry("Plan", subject, { service: { elder, item: "bathing" }, quantity: { units, period: "day", carers: 1 } }, from, {
    provider: PROVIDER,
  });

export async function registerOfficials(w: World): Promise<OfficialKeys> {
  const keys = {} as OfficialKeys;
  for (const [name, [role, person]] of Object.entries(OFFICIALS)) {
    const key = new Uint8Array(randomBytes(32));
    keys[name as Official] = key;
    await registerKey(w, key, role, regionScope(REGION), person);
  }
  return keys;
}

export const signed = signedBy;

/** Opens the three funds on chain and puts the same budget into each. */
export async function openFunds(w: World, keys: OfficialKeys, amountFen = 10_000_000n): Promise<void> {
  const signers = { treasury: keys.treasury, supervisor: keys.supervisorA };
  for (const fund of FUNDS)
    await openFund(w.ledger, REGION, fund, { fen: amountFen, document: freshDocument() }, signers);
}

/** Funds, prices and a plan in the registry; the elder's and the provider's accounts. */
export async function registerMoney(w: World): Promise<void> {
  const today = dayOf(w.clock.now(), OFFSET);
  const from = today - 30;
  await w.ledger.registry.register(
    registryBatch(w, [
      ...FUNDS.map((fund) => fundEntry(fund, from)),
      tariffEntry("bathing", UNIT_FEN, from),
      planEntry(freshId(), w.elder, 2, from),
      entry(
        "Provider",
        PROVIDER,
        { identity: { name: "长宁为老服务站", type: "station" }, account: "62220000000001" },
        from,
        { version: 2, provider: PROVIDER },
      ),
    ]),
  );
}

/** Ends the day, anchors it and settles what is due. */
export async function settleDay(w: World): Promise<void> {
  await endDay(w);
  await w.ledger.settlements.settleDue(REGION);
}

/** Lets days go by until nobody can object any more; each is sealed, as a clock that runs would have it. */
export async function passWindow(w: World, fund: string, number: number): Promise<void> {
  const { windowEnds } = w.ledger.payouts.runs.status(REGION, fund, number)!;
  while (w.clock.now() < windowEnds) await endDay(w);
}

/** Proposes and approves what a fund owes, lets the window pass and releases it. Returns the run's number. */
export async function payOut(w: World, keys: OfficialKeys, fund: string): Promise<number> {
  const { runs, officials } = w.ledger.payouts;
  const { number } = await runs.prepare(REGION, fund);
  for (const [action, key] of [
    ["propose", keys.proposer],
    ["approve", keys.approver],
  ] as const)
    await officials.relay(signed(await officials.runRequest(REGION, fund, number, action), key));
  await passWindow(w, fund, number);
  await officials.release(REGION, fund, number);
  return number;
}

/** A history that leaves a row in every table of money: two days, a correction, a death told late, a return, a debt. */
export async function playMoney(
  w: World,
  keys: OfficialKeys,
): Promise<{ dead: string; day: number; visits: string[] }> {
  const { payouts, entitlements, settlements, registry, records } = w.ledger;
  const day = dayOf(w.clock.now(), OFFSET);
  const dead = freshId();
  const terms = {
    fund: ALLOWANCE,
    monthlyFen: 18_000,
    minimumAge: 70,
    minimumLevel: "",
    area: "any",
    excludes: [],
    proofOfLifeMonths: 0,
  };
  const from = day - 2;
  const elder = (version: number, validTo = OPEN_END) =>
    entry("Elder", dead, elderValues("李秀兰", "62220000000101"), from - 30, { version, validTo });
  await registry.register(
    registryBatch(w, [
      entry("Programme", "old-age", { names: { zh: "高龄津贴", en: "Old age" }, terms }, 0),
      elder(1),
      entry(
        "Enrolment",
        freshId(),
        { person: { elder: dead }, programme: { programme: "old-age", appliedOn: dateOfDay(from - 9) } },
        from,
      ),
    ]),
  );
  const visits = [visit(w), visit(w, { startedAt: w.clock.now() - 9000, endedAt: w.clock.now() - 7200 })];
  await records.submit(visitBatch(w, visits));
  await settleDay(w);
  await entitlements.entitle(REGION, monthOf(dayOf(w.clock.now(), OFFSET)));
  await settleDay(w);
  await payOut(w, keys, ALLOWANCE);
  const run = await payOut(w, keys, CARE);
  const { hash, terms: care } = payouts.runs.find(REGION, CARE, run);
  payouts.bank.order(REGION, CARE, run, { by: "sun" });
  payouts.bank.card(REGION, CARE, run, { by: "sun" });
  payouts.bank.take(REGION, CARE, acceptance(hash.slice(2, 34), "2026-09-01T10:00:00"), "sun");
  const booked = [{ messageId: hash.slice(2, 34), amountFen: care.lines.sum }];
  const back = [{ terms: hash, index: 0, amountFen: care.lines.sum, reason: "AC04" }];
  payouts.bank.take(REGION, CARE, statement(FUND_ACCOUNTS[CARE]!, "s-1", "2026-09-02", booked, back), "sun");
  const [returned] = payouts.bank.returnsToRecord(REGION, CARE);
  const request = await payouts.officials.returnRequest(REGION, CARE, run, 0, returned!.document);
  await payouts.officials.relay(signed(request, keys.treasury));
  await registry.register(registryBatch(w, [elder(2, from - 1)]));
  await settleDay(w);
  for (const { day: settled } of settlements.store.all(REGION)) {
    const again = settlements.compute(REGION, settled, { asOfDay: settlements.lastAnchored(REGION) });
    if (again.changes.length > 0) await settlements.settle(again);
  }
  await payOut(w, keys, ALLOWANCE);
  return { dead, day, visits: visits.map(({ id }) => id) };
}
