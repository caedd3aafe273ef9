import { createHmac, randomBytes } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import { dayOfDate, OPEN_END } from "../../core/day.ts";
import { isUuid, uuidOfHash, uuidv7 } from "../../core/id.ts";
import { type FundPolicies, present, type RowOf, visitOfRow } from "../../server/imports/schema.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";

/** Rows of a dataset folder as entries of the ledger. */

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
const seed = () => toHex(random(16));
const day = (date: string | null): number => (date === null ? OPEN_END : dayOfDate(date)!);

/**
 * Folder ids become pseudonyms: a UUID stays, anything else becomes a keyed one (HMAC under the home's vault key), the
 * same at every import and worth nothing to who does not hold that key.
 */
export function pseudonyms(vaultKey: Uint8Array, region: number) {
  return (kind: string, id: string): string => {
    if (isUuid(id)) return id;
    const hex = createHmac("sha256", vaultKey).update(`${region}/${kind}/${id}`).digest("hex");
    return uuidOfHash(hex);
  };
}
export type Pseudonym = ReturnType<typeof pseudonyms>;

export class EntryMaker {
  readonly #region: number;
  readonly #now: () => number;
  readonly #of: Pseudonym;
  /** Registry rows without dates of their own are valid from this day. */
  readonly #validFrom: number;
  constructor(region: number, of: Pseudonym, now: () => number, validFrom: number) {
    this.#region = region;
    this.#of = of;
    this.#now = now;
    this.#validFrom = validFrom;
  }

  #entry(
    kind: RegistryInput["kind"],
    subject: string,
    provider: string,
    values: unknown,
    from = this.#validFrom,
    to = OPEN_END,
    version = 1,
  ): RegistryInput {
    const id = uuidv7(this.#now() * 1000, random(10));
    return {
      kind,
      id,
      region: this.#region,
      subject,
      provider,
      version,
      validFrom: from,
      validTo: to,
      details: { seed: seed(), values },
    } as RegistryInput;
  }

  provider(row: RowOf<"providers.csv">): RegistryInput {
    const place = row.longitude === null || row.latitude === null ? null : { lon: row.longitude, lat: row.latitude };
    return this.#entry(
      "Provider",
      row.id,
      row.id,
      present({ identity: { name: row.name, type: row.type }, place, account: row.account }),
    );
  }

  carer(row: RowOf<"caregivers.csv">): RegistryInput {
    const employment = present({ provider: row.provider, hiredOn: row.hired_on, leftOn: row.left_on });
    const qualifications = row.certificates.map((cell) => ({ code: cell.split(":")[0], expires: cell.split(":")[1] }));
    const values = {
      employment,
      identity: { name: row.name, idNumber: row.id_number },
      qualifications,
      devices: row.devices,
    };
    return this.#entry("Carer", this.#of("carer", row.id), row.provider, values, day(row.hired_on), day(row.left_on));
  }

  elder(row: RowOf<"elders.csv">): RegistryInput {
    return this.#entry(
      "Elder",
      this.#of("elder", row.id),
      "",
      present({
        identity: { name: row.name, idNumber: row.id_number, birthDate: row.birth_date },
        home: { lon: row.longitude, lat: row.latitude, area: row.area },
        household: row.household && { household: row.household, livesAlone: row.lives_alone },
        account: row.account && { account: row.account, guardian: row.guardian_account },
        contact: row.phone && { phone: row.phone },
      }),
    );
  }

  item(row: RowOf<"items.csv">): RegistryInput {
    return this.#entry("Item", row.code, "", {
      names: { zh: row.name_zh, en: row.name_en, category: row.category },
      measure: { unitMinutes: row.unit_minutes, minimumMinutes: row.minimum_minutes, dailyCap: row.daily_cap ?? 0 },
      conditions: {
        minimumLevel: row.minimum_level,
        certificate: row.certificate,
        location: row.location,
        concurrentWith: row.concurrent_with,
        traits: row.traits,
      },
    });
  }

  plan(row: RowOf<"plans.csv">): RegistryInput {
    const values = {
      service: { elder: this.#of("elder", row.elder), item: row.item },
      quantity: { units: row.units, period: row.period, carers: row.carers },
    };
    return this.#entry("Plan", this.#of("plan", row.id), row.provider, values, day(row.valid_from), day(row.valid_to));
  }

  assessment(row: RowOf<"assessments.csv">): RegistryInput {
    const values = present({
      person: { elder: this.#of("elder", row.elder) },
      result: { scale: row.scale, level: row.level, assessedOn: row.assessed_on },
      scores: row.scores.length > 0 ? row.scores : null,
      assessor: row.assessor && row.organisation && { assessor: row.assessor, organisation: row.organisation },
    });
    const [from, to] = [day(row.assessed_on), day(row.valid_until)];
    return this.#entry("Assessment", this.#of("assessment", row.id), "", values, from, to);
  }

  place(row: RowOf<"places.csv">): RegistryInput {
    const values = present({
      place: { name: row.name, lon: row.longitude, lat: row.latitude },
      person: row.elder && { elder: this.#of("elder", row.elder) },
    });
    const from = row.valid_from === null ? this.#validFrom : day(row.valid_from);
    return this.#entry("Place", this.#of("place", row.id), "", values, from, day(row.valid_to));
  }

  /**
   * Funds are declared by the rows that name them, and are there from the first of these rows' days on; the region's
   * policies may name them and say where their money lies.
   */
  funds(rows: { fund: string; valid_from: string }[], policies: FundPolicies): RegistryInput[] {
    const first = new Map<string, number>();
    for (const { fund, valid_from } of rows)
      first.set(fund, Math.min(first.get(fund) ?? Number.POSITIVE_INFINITY, day(valid_from)));
    return [...first].map(([fund, from]) => {
      const known = policies[fund];
      const values = present({
        names: { zh: known?.name_zh ?? fund, en: known?.name_en ?? fund },
        account: known && { name: known.account_name, account: known.account, bank: known.bank },
      });
      return this.#entry("Fund", fund, "", values, Math.min(from, this.#validFrom));
    });
  }

  programme(row: RowOf<"programmes.csv">): RegistryInput {
    const values = present({
      names: { zh: row.name_zh, en: row.name_en },
      terms: {
        fund: row.fund,
        monthlyFen: row.monthly_fen,
        minimumAge: row.minimum_age ?? 0,
        minimumLevel: row.minimum_level,
        area: row.area,
        excludes: row.excludes,
        proofOfLifeMonths: row.proof_of_life_months ?? 0,
      },
      document: row.document && { number: row.document, verified: row.verified },
    });
    return this.#entry("Programme", row.id, "", values, day(row.valid_from), day(row.valid_to));
  }

  enrolment(row: RowOf<"enrolments.csv">): RegistryInput {
    const values = {
      person: { elder: this.#of("elder", row.elder) },
      programme: { programme: row.programme, appliedOn: row.applied_on },
    };
    const subject = this.#of("enrolment", `${row.programme}/${row.elder}/${row.from}`);
    return this.#entry("Enrolment", subject, "", values, day(row.from), day(row.to));
  }

  /**
   * One tariff for each item and period, with one share for each row of it; later periods of an item are later versions.
   * Rows of one tariff must state one price: `differing` gets the rows that do not.
   */
  tariffs<R extends RowOf<"tariffs.csv"> & { line: number }>(
    rows: R[],
    differing: (row: R) => void,
  ): { line: number; entry: RegistryInput }[] {
    const sorted = [...rows].sort((a, b) => (a.valid_from < b.valid_from ? -1 : a.valid_from > b.valid_from ? 1 : 0));
    const groups = Map.groupBy(sorted, (row) => [row.item, row.valid_from, row.valid_to].join());
    const versions = new Map<string, number>();
    return [...groups.values()].map((group) => {
      const { item, price_fen, valid_from, valid_to, document, verified, line } = group[0]!;
      for (const row of group) if (row.price_fen !== price_fen) differing(row);
      const version = (versions.get(item) ?? 0) + 1;
      versions.set(item, version);
      const shares = group.map(({ fund, fund_share_percent }) => ({ fund, percent: fund_share_percent }));
      const values = present({
        price: { unitPriceFen: price_fen, shares },
        document: document && { number: document, verified },
      });
      return { line, entry: this.#entry("Tariff", item, "", values, day(valid_from), day(valid_to), version) };
    });
  }

  visit(row: RowOf<"visits.csv">): VisitInput {
    const [carer, elder] = [this.#of("carer", row.caregiver), this.#of("elder", row.elder)];
    return visitOfRow(row, { region: this.#region, carer, elder, seed: seed() });
  }
}
