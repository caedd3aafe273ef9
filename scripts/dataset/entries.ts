import { createHmac, randomBytes } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import { dayOfDate, OPEN_END } from "../../core/day.ts";
import { isUuid, uuidv7 } from "../../core/id.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import type { RowOf } from "./read.ts";

/** Rows of a dataset folder as entries of the ledger. */

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
const seed = () => toHex(random(16));
const day = (date: string | null): number => (date === null ? OPEN_END : dayOfDate(date)!);

/** Drops what is null or empty: an absent field is not hashed. */
function present<T extends Record<string, unknown>>(values: T): Record<string, never> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== "" && value !== undefined),
  ) as Record<string, never>;
}

/**
 * Folder ids become pseudonyms: a UUID stays, anything else becomes a keyed one (HMAC under the home's vault key), the
 * same at every import and worth nothing to who does not hold that key.
 */
export function pseudonyms(vaultKey: Uint8Array, region: number) {
  return (kind: string, id: string): string => {
    if (isUuid(id)) return id;
    const hex = createHmac("sha256", vaultKey).update(`${region}/${kind}/${id}`).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
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
  ): RegistryInput {
    const id = uuidv7(this.#now() * 1000, random(10));
    return {
      kind,
      id,
      region: this.#region,
      subject,
      provider,
      version: 1,
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

  visit(row: RowOf<"visits.csv">): VisitInput {
    const fix = (lon: number | null, lat: number | null, accuracyM: number | null) =>
      lon === null || lat === null ? null : { lon, lat, accuracyM: accuracyM ?? 0 };
    return {
      id: row.id,
      region: this.#region,
      provider: row.provider,
      caregiver: this.#of("carer", row.caregiver),
      elder: this.#of("elder", row.elder),
      item: row.item,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      replaces: row.replaces,
      details: {
        seed: seed(),
        values: present({
          placeIn: fix(row.in_lon, row.in_lat, row.in_accuracy_m),
          placeOut: fix(row.out_lon, row.out_lat, row.out_accuracy_m),
          device: row.device && present({ id: row.device, startedAt: row.device_started_at, mock: row.mock }),
          evidence: row.evidence.length > 0 ? row.evidence : null,
          circumstances: present({
            bookedMinutes: row.booked_minutes,
            units: row.units,
            priceFen: row.price_fen,
            entry: row.entry,
            reason: row.manual_reason,
            group: row.group,
            twoCarer: row.two_carer,
            alternateProof: row.alternate_proof,
            family: row.family,
            submittedAt: row.submitted_at,
          }),
        }),
      },
    };
  }
}
