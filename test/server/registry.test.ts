import { expect } from "chai";
import { ABILITY_ITEMS } from "../../core/assessment.ts";
import { dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { freshId, freshSeed, makeWorld, REGION, registryBatch, type World } from "./world.ts";

/** What payments rest on: funds, tariffs, programmes, enrolments, assessments, places. */
let w: World;
let today: number;

function entry<K extends RegistryInput["kind"]>(
  kind: K,
  subject: string,
  values: unknown,
  over: Partial<RegistryInput> = {},
): RegistryInput {
  const period = { version: 1, validFrom: today - 10, validTo: 0xffff_ffff };
  const bare = { kind, id: freshId(), region: REGION, subject, provider: "", ...period };
  return { ...bare, details: { seed: freshSeed(), values }, ...over } as RegistryInput;
}
const fund = (code: string) => entry("Fund", code, { names: { zh: code, en: code } });
const tariff = (shares: [fund: string, percent: number][], item = "bathing", over: Partial<RegistryInput> = {}) => {
  const price = { unitPriceFen: 6500, shares: shares.map(([fund, percent]) => ({ fund, percent })) };
  return entry("Tariff", item, { price, document: { number: "沪〔2026〕1号", verified: 0 } }, over);
};
const programme = (code: string, of: string) => {
  const terms = { fund: of, monthlyFen: 18_000, minimumAge: 70, minimumLevel: "", area: "any", excludes: [] };
  return entry("Programme", code, { names: { zh: code, en: code }, terms: { ...terms, proofOfLifeMonths: 12 } });
};
const enrolment = (of: string, elder: string) =>
  entry("Enrolment", freshId(), { person: { elder }, programme: { programme: of, appliedOn: "2026-07-01" } });
const assessment = (level: string, scores?: number[], scale = "gbt42195", elder = w.elder) =>
  entry("Assessment", freshId(), {
    person: { elder },
    result: { scale, level, assessedOn: "2026-07-01" },
    ...(scores && { scores }),
  });

const register = async (...entries: RegistryInput[]) => await w.ledger.registry.register(registryBatch(w, entries));
const issuesOf = async (...entries: RegistryInput[]): Promise<string[]> =>
  await register(...entries).then(
    () => [],
    (error) => {
      if (!(error instanceof Refusal)) throw error;
      return error.issues.map(({ pointer, code }) => `${pointer} ${code}`);
    },
  );

describe("registry: what payments rest on", () => {
  before(async () => {
    w = await makeWorld();
    today = dayOf(w.clock.now(), 480);
  });
  after(() => w.destroy());

  it("takes funds, a tariff that they share, a programme and an enrolment in one batch, each after what it names", async () => {
    const entries = [
      fund("ltci"),
      fund("city"),
      tariff([
        ["ltci", 60],
        ["city", 30],
      ]),
      programme("old-age", "city"),
      enrolment("old-age", w.elder),
      assessment("intact", [...ABILITY_ITEMS]),
      entry("Place", freshId(), {
        place: { name: "社区中心", lon: 121_420_000, lat: 31_220_000 },
        person: { elder: w.elder },
      }),
    ];
    expect(await issuesOf(...entries)).to.deep.equal([]);
    const { faults, ok } = await w.ledger.fsck({ details: true, chain: false });
    expect(faults).to.deep.equal([]);
    expect(ok).to.equal(true);
  });
  it("says which price was valid on any past day, version by version", async () => {
    const next = { version: 2, validFrom: today + 5, validTo: today + 20 };
    await register(tariff([["city", 50]], "bathing", next));
    const on = (day: number) => w.ledger.registry.validOn(REGION, "Tariff", "bathing", day)?.version ?? null;
    expect([on(today - 11), on(today), on(today + 5), on(today + 21)]).to.deep.equal([null, 1, 2, 1]);
  });
  it("refuses shares above the price, a fund named twice, unknown funds and items", async () => {
    const at = "/entries/0/details/values/price";
    const twice: [string, number][] = [
      ["ltci", 60],
      ["ltci", 30],
    ];
    const over = { version: 3 };
    expect(await issuesOf(tariff([["ltci", 101]], "bathing", over))).to.deep.equal([
      `${at}/shares shares_over_hundred`,
    ]);
    expect(await issuesOf(tariff(twice, "bathing", over))).to.deep.equal([`${at}/shares shares_over_hundred`]);
    expect(await issuesOf(tariff([["nowhere", 10]], "bathing", over))).to.deep.equal([
      `${at}/shares/0/fund unknown_fund`,
    ]);
    expect(await issuesOf(tariff([["ltci", 10]], "flying"))).to.deep.equal([`${at} unknown_item`]);
  });
  it("refuses a programme of an unknown fund, and an enrolment in an unknown programme or of an unknown elder", async () => {
    const at = "/entries/0/details/values";
    expect(await issuesOf(programme("new", "nowhere"))).to.deep.equal([`${at}/terms/fund unknown_fund`]);
    expect(await issuesOf(enrolment("nowhere", w.elder))).to.deep.equal([
      `${at}/programme/programme unknown_programme`,
    ]);
    expect(await issuesOf(enrolment("old-age", freshId()))).to.deep.equal([`${at}/person/elder unknown_elder`]);
  });
  it("refuses a fund that a tariff names before it is there: the order of a batch counts", async () => {
    const reasons = await issuesOf(tariff([["late", 10]], "bathing", { version: 3 }), fund("late"));
    expect(reasons).to.deep.equal(["/entries/0/details/values/price/shares/0/fund unknown_fund"]);
  });
  it("refuses scores outside their items and a level of the other scale; a level that scores do not give is left to rules", async () => {
    const at = "/entries/0/details/values";
    const high = ABILITY_ITEMS.map((most, i) => (i === 0 ? 9 : most));
    expect(await issuesOf(assessment("mild", high))).to.deep.equal([`${at}/scores invalid_value`]);
    expect(await issuesOf(assessment("3"))).to.deep.equal([`${at}/result/level invalid_value`]);
    expect(await issuesOf(assessment("mild", undefined, "ltci"))).to.deep.equal([`${at}/result/level invalid_value`]);
    expect(await issuesOf(assessment("3", undefined, "ltci"))).to.deep.equal([]);
    expect(await issuesOf(assessment("total", [...ABILITY_ITEMS]))).to.deep.equal([]);
  });
  it("takes an assessment and a price that ended before the elder or item came into the registry", async () => {
    const past = { validFrom: today - 2000, validTo: today - 1500 };
    const old = assessment("3", undefined, "ltci");
    expect(await issuesOf({ ...old, ...past } as RegistryInput)).to.deep.equal([]);
    expect(await issuesOf(tariff([["city", 50]], "bathing", { ...past, version: 3 }))).to.deep.equal([]);
  });
  it("keeps a person's assessment under that person's key: erased with it, and every proof still holds", async () => {
    const elder = freshId();
    await register(
      entry("Elder", elder, {
        identity: { name: "李桂英", idNumber: "11010519491231002X", birthDate: "1949-12-31" },
        home: { lon: 121_420_000, lat: 31_220_000, area: "urban" },
      }),
    );
    const made = assessment("3", undefined, "ltci", elder);
    await register(made);
    expect(w.ledger.audits.details(REGION, made.id).disclosure[1]).to.have.property("value").that.contains("ltci");
    const request = await w.ledger.erasures.request(REGION, elder, "a", "本人申请");
    await w.ledger.erasures.approve(REGION, request, "b");
    expect(() => w.ledger.audits.details(REGION, made.id))
      .to.throw(Refusal)
      .with.property("code", "erased");
    expect((await w.ledger.fsck({ details: true, chain: false })).ok).to.equal(true);
  });
});
