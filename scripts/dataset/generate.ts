import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { dateOfDay, dayOf, dayStart } from "../../core/day.ts";
import { withCreditCheck, withIdCheck } from "../../core/id.ts";
import { assessments, enrolments, fundPolicies, programmes, tariffs } from "./generateMoney.ts";
import { GIVEN, NAMES, SURNAMES } from "./names.ts";
import { seededRandom } from "./random.ts";
import type { Row } from "./scene.ts";
import { stage } from "./stage.ts";

/**
 * A dataset folder out of the benchmark's real routes (data/hhcrsp): its places are moved to a Chinese district (their
 * distances stay), its plans are repeated over many days, each carer's day shifted as a whole so that routes stay
 * feasible, and check-ins get GPS noise. The same seed gives the same folder, byte for byte.
 */
export interface DatasetOptions {
  /** Instances of the benchmark; each becomes one provider. */
  instances: number;
  days: number;
  /** First day, in days since 1970 in the region's offset. */
  firstDay: number;
  seed: number;
  /** Staged cases of fraud for every rule, and as many of each honest look-alike; with them comes labels.csv. */
  cases?: number;
  /** Of the cases also those that take months: the folder must end with a year, and begin three months before December. */
  yearEnd?: boolean;
  /** Leave out what the door would refuse. */
  acceptable?: boolean;
}

interface Planned {
  instance: string;
  caregiver: string;
  patient: string;
  service: string;
  arrival_minute: string;
  departure_minute: string;
  simultaneous: string;
}
interface Patient {
  instance: string;
  patient: string;
  longitude: string;
  latitude: string;
}

const REGION = { code: 310105, name: "上海市长宁区", offset: 480, lon: 121.4246, lat: 31.2203 };
const SOURCE = new URL("../../data/hhcrsp/", import.meta.url);
/** Categories of GB/T 43153-2023; minutes from the benchmark's services. */
const ITEMS = [
  { service: "s1", minutes: 15, code: "meal-help", zh: "助餐", en: "Meal help", category: "meal" },
  { service: "s1", minutes: 30, code: "clean-help", zh: "助洁", en: "Cleaning help", category: "care" },
  { service: "s1", minutes: 45, code: "walk-help", zh: "助行", en: "Walking help", category: "care" },
  { service: "s1", minutes: 60, code: "bath-help", zh: "助浴", en: "Bathing help", category: "care" },
  { service: "s2", minutes: 15, code: "welfare-call", zh: "探访关爱", en: "Welfare visit", category: "company" },
  { service: "s2", minutes: 30, code: "basic-care", zh: "基础照护", en: "Basic care", category: "care" },
  { service: "s2", minutes: 45, code: "body-care", zh: "身体清洁照护", en: "Body care", category: "care" },
  { service: "s2", minutes: 60, code: "day-care", zh: "生活照料", en: "Daily care", category: "care" },
  { service: "s3", minutes: 0, code: "nursing", zh: "健康管理", en: "Nursing", category: "nursing" },
  { service: "s4", minutes: 0, code: "companionship", zh: "精神慰藉", en: "Companionship", category: "company" },
];

function read<T>(file: string): T[] {
  return parse(readFileSync(new URL(file, SOURCE), "utf8"), { columns: true }) as T[];
}

const isoLocal = (unixSeconds: number) =>
  `${new Date((unixSeconds + REGION.offset * 60) * 1000).toISOString().slice(0, 19)}+08:00`;

/** A time-ordered UUID out of the seeded generator, so that the folder is reproducible. */
function uuidAt(unixSeconds: number, random: () => number): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  const time = (unixSeconds * 1000).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}

class Generator {
  readonly #random: () => number;
  readonly #options: DatasetOptions;
  readonly #planned: Planned[];
  readonly #patients: Map<string, Patient>;
  readonly #instances: string[];

  constructor(options: DatasetOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const planned = read<Planned>("visits.csv");
    const bySize = new Map<string, number>();
    for (const visit of planned) bySize.set(visit.instance, (bySize.get(visit.instance) ?? 0) + 1);
    this.#instances = [...bySize.entries()]
      .sort((a, b) => b[1] - a[1])
      .slice(0, options.instances)
      .map(([name]) => name)
      .sort();
    this.#patients = new Map(
      read<Patient>("patients.csv").map((patient) => [`${patient.instance}/${patient.patient}`, patient]),
    );
    this.#planned = this.#drivable(planned.filter((visit) => this.#instances.includes(visit.instance)));
  }

  /** Without the second of two visits whose whole minutes would mean more than 50 km/h: 1 leg in 100. */
  #drivable(planned: Planned[]): Planned[] {
    const last = new Map<string, Planned>();
    return planned.filter((visit) => {
      const carer = `${visit.instance}/${visit.caregiver}`;
      const before = last.get(carer);
      const [here, there] = [visit, before ?? visit].map(
        ({ instance, patient }) => this.#patients.get(`${instance}/${patient}`)!,
      );
      const km =
        111 *
        Math.hypot(
          Number(here!.longitude) - Number(there!.longitude),
          Number(here!.latitude) - Number(there!.latitude),
        );
      const minutes = before ? Number(visit.arrival_minute) - Number(before.departure_minute) : 0;
      if (before && km > 0.9 && km * 60 > minutes * 50) return false;
      last.set(carer, visit);
      return true;
    });
  }

  #pick<T>(list: readonly T[] | string): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  #noise(metres: number): number {
    return (this.#random() + this.#random() + this.#random() - 1.5) * metres * 2;
  }

  #providerOf(instance: string): string {
    return withCreditCheck(`52310105MJ${String(4_000_000 + this.#instances.indexOf(instance))}`);
  }

  /** The benchmark's town, moved so that its middle is the district's, distances kept. */
  #placeOf(instance: string, patient: string): { lon: number; lat: number } {
    const town = [...this.#patients.values()].filter((other) => other.instance === instance);
    const mean = (of: (p: Patient) => string) => town.reduce((sum, p) => sum + Number(of(p)), 0) / town.length;
    const [lon0, lat0] = [mean((p) => p.longitude), mean((p) => p.latitude)];
    const found = this.#patients.get(`${instance}/${patient}`)!;
    const stretch = Math.cos((lat0 * Math.PI) / 180) / Math.cos((REGION.lat * Math.PI) / 180);
    return {
      lon: REGION.lon + (Number(found.longitude) - lon0) * stretch,
      lat: REGION.lat + (Number(found.latitude) - lat0),
    };
  }

  #idNumber(year: number): string {
    const [month, day, serial] = [
      1 + Math.floor(this.#random() * 12),
      1 + Math.floor(this.#random() * 28),
      Math.floor(this.#random() * 1000),
    ];
    return withIdCheck(
      `${REGION.code}${year}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}${String(serial).padStart(3, "0")}`,
    );
  }

  #name(): string {
    return this.#pick<string>(SURNAMES) + this.#pick(GIVEN);
  }

  #account(): string {
    return `62${Array.from({ length: 17 }, () => Math.floor(this.#random() * 10)).join("")}`;
  }

  providers(): Row[] {
    return this.#instances.map((instance, i) => ({
      id: this.#providerOf(instance),
      name: `${NAMES[i % NAMES.length]}居家养老服务中心`,
      type: i % 3 === 0 ? "station" : "home",
      longitude: (REGION.lon + this.#noise(2000) / 95_000).toFixed(6),
      latitude: (REGION.lat + this.#noise(2000) / 111_000).toFixed(6),
      account: this.#account(),
    }));
  }

  caregivers(): Row[] {
    const seen = new Set(this.#planned.map((visit) => `${visit.instance}/${visit.caregiver}`));
    return [...seen].map((name) => {
      const [instance, caregiver] = name.split("/") as [string, string];
      return {
        id: `${instance}-${caregiver}`,
        provider: this.#providerOf(instance),
        name: this.#name(),
        id_number: this.#idNumber(1965 + Math.floor(this.#random() * 35)),
        hired_on: dateOfDay(this.#options.firstDay - 30 - Math.floor(this.#random() * 900)),
        left_on: "",
        certificates: `care-worker:${dateOfDay(this.#options.firstDay + 700)}`,
        devices: `phone-${instance}-${caregiver}`,
      };
    });
  }

  elders(): Row[] {
    const seen = new Set(this.#planned.map((visit) => `${visit.instance}/${visit.patient}`));
    return [...seen].map((name, i) => {
      const [instance, patient] = name.split("/") as [string, string];
      const place = this.#placeOf(instance, patient);
      const idNumber = this.#idNumber(1932 + Math.floor(this.#random() * 28));
      const birth = `${idNumber.slice(6, 10)}-${idNumber.slice(10, 12)}-${idNumber.slice(12, 14)}`;
      return {
        id: `${instance}-${patient}`,
        name: this.#name(),
        id_number: idNumber,
        birth_date: birth,
        longitude: place.lon.toFixed(6),
        latitude: place.lat.toFixed(6),
        area: Math.hypot(place.lon - REGION.lon, place.lat - REGION.lat) > 0.15 ? "rural" : "urban",
        lives_alone: this.#random() < 0.3 ? 1 : 0,
        household: `h${i}`,
        account: this.#account(),
        guardian_account: 0,
        phone: `139${String(10_000_000 + i)}`,
      };
    });
  }

  items(): Row[] {
    return ITEMS.map((item) => ({
      code: item.code,
      name_zh: item.zh,
      name_en: item.en,
      category: item.category,
      unit_minutes: item.minutes || 15,
      minimum_minutes: item.minutes || 15,
      minimum_level: "",
      certificate: "",
      location: "home",
      // The benchmark lets different services of one patient overlap.
      concurrent_with: ITEMS.filter(({ code }) => code !== item.code)
        .map(({ code }) => code)
        .join(";"),
      daily_cap: 8,
      traits: item.category === "meal" ? "meal" : "",
    }));
  }

  #itemOf(visit: Planned): string {
    const minutes = Number(visit.departure_minute) - Number(visit.arrival_minute);
    return ITEMS.find((item) => item.service === visit.service && (item.minutes === 0 || item.minutes === minutes))!
      .code;
  }

  plans(): Row[] {
    const plans = new Map<string, Row>();
    for (const visit of this.#planned) {
      const key = `${visit.instance}-${visit.patient}-${this.#itemOf(visit)}`;
      plans.set(key, {
        id: key,
        elder: `${visit.instance}-${visit.patient}`,
        provider: this.#providerOf(visit.instance),
        item: this.#itemOf(visit),
        units: 8,
        period: "day",
        carers: visit.simultaneous === "1" || plans.get(key)?.["carers"] === 2 ? 2 : 1,
        valid_from: dateOfDay(this.#options.firstDay - 30),
        valid_to: "",
      });
    }
    return [...plans.values()];
  }

  visits(): Row[] {
    const days = Array.from({ length: this.#options.days }, (_, i) => this.#options.firstDay + i);
    return days
      .flatMap((day) => this.#visitsOf(day))
      .sort((a, b) => String(a["submitted_at"]).localeCompare(String(b["submitted_at"])));
  }

  /** One day: every carer's route shifted as a whole, some elders not visited that day, both carers of a pair alike. */
  #visitsOf(day: number): Row[] {
    const shift = new Map<string, number>();
    const rest = new Set(
      this.#planned.filter(() => this.#random() < 0.35).map((visit) => `${visit.instance}/${visit.patient}`),
    );
    return this.#planned
      .filter((visit) => !rest.has(`${visit.instance}/${visit.patient}`))
      .map((visit) => {
        const start = shift.get(visit.instance) ?? Math.floor(this.#random() * 21) - 10;
        shift.set(visit.instance, start);
        return this.#visit(visit, day, start);
      });
  }

  #visit(visit: Planned, day: number, shiftMinutes: number): Row {
    const base = dayStart(day, REGION.offset) + (8 * 60 + shiftMinutes) * 60;
    const minutes = Number(visit.departure_minute) - Number(visit.arrival_minute);
    const start = base + Number(visit.arrival_minute) * 60 + Math.floor(this.#random() * 50);
    // People leave when they are done: seldom on the minute that is paid.
    const early = this.#random() < 0.1 ? Math.floor(this.#random() * 40) : 70 + Math.floor(this.#random() * 50);
    const end = base + Number(visit.departure_minute) * 60 - early;
    const unit = ITEMS.find(({ code }) => code === this.#itemOf(visit))!.minutes || 15;
    const units = Math.max(1, Math.floor(minutes / unit));
    const place = this.#placeOf(visit.instance, visit.patient);
    const fix = () => ({
      lon: (place.lon + this.#noise(12) / 95_000).toFixed(6),
      lat: (place.lat + this.#noise(12) / 111_000).toFixed(6),
    });
    const [checkIn, checkOut] = [fix(), fix()];
    const pair = visit.simultaneous === "1";
    return {
      id: uuidAt(end + 60, this.#random),
      provider: this.#providerOf(visit.instance),
      caregiver: `${visit.instance}-${visit.caregiver}`,
      elder: `${visit.instance}-${visit.patient}`,
      item: this.#itemOf(visit),
      booked_minutes: minutes,
      units,
      started_at: isoLocal(start),
      ended_at: isoLocal(end),
      price_fen: units * unit * 100,
      entry: "auto",
      manual_reason: "",
      in_lon: checkIn.lon,
      in_lat: checkIn.lat,
      in_accuracy_m: 5 + Math.floor(this.#random() * 20),
      out_lon: checkOut.lon,
      out_lat: checkOut.lat,
      out_accuracy_m: 5 + Math.floor(this.#random() * 20),
      mock: 0,
      device: `phone-${visit.instance}-${visit.caregiver}`,
      device_started_at: isoLocal(start),
      evidence: "",
      group: pair ? `${day}-${visit.instance}-${visit.patient}` : "",
      two_carer: pair ? 1 : 0,
      replaces: "",
      submitted_at: isoLocal(end + 60 + Math.floor(this.#random() * 600)),
      alternate_proof: "none",
      family: this.#random() < 0.2 ? "confirmed" : "none",
    };
  }
}

/** The files of a dataset folder, by name. */
export function generateDataset(options: DatasetOptions): Record<string, string> {
  const generator = new Generator(options);
  const csv = (rows: Row[]) => stringify(rows, { header: true });
  const region = {
    code: REGION.code,
    name: REGION.name,
    utc_offset_minutes: REGION.offset,
    policies: {
      max_age_days: 45,
      require_signature: true,
      account_delay_days: 3,
      funds: fundPolicies(),
      ties: [] as object[],
    },
  };
  const [elders, items, caregivers] = [generator.elders(), generator.items(), generator.caregivers()];
  const providers = generator.providers();
  const assessed = assessments(elders, options.firstDay, seededRandom(options.seed + 1));
  const tables = {
    providers,
    caregivers,
    elders,
    items,
    plans: generator.plans(),
    assessments: assessed,
    enrolments: enrolments(elders, assessed, options.firstDay),
    places: [],
    events: [],
    tariffs: tariffs(items, options.firstDay),
    visits: generator.visits(),
    decisions: [],
  };
  const staged = options.cases
    ? stage(tables, options.cases, {
        region: REGION.code,
        offset: REGION.offset,
        firstDay: options.firstDay,
        days: options.days,
        centre: REGION,
        providers: providers.map(({ id }) => String(id)),
        random: seededRandom(options.seed + 2),
        acceptable: options.acceptable ?? false,
        yearEnd: options.yearEnd ?? false,
      })
    : null;
  Object.assign(region.policies.funds, staged?.policies.funds);
  region.policies.ties.push(...(staged?.policies.ties ?? []));
  return {
    "region.json": `${JSON.stringify(region, null, 2)}\n`,
    "providers.csv": csv(providers),
    "caregivers.csv": csv(caregivers),
    "elders.csv": csv(elders),
    "items.csv": csv(items),
    "plans.csv": csv(tables.plans),
    "visits.csv": csv(tables.visits),
    "tariffs.csv": csv(tables.tariffs),
    "assessments.csv": csv(assessed),
    "programmes.csv": csv(programmes(options.firstDay)),
    "enrolments.csv": csv(tables.enrolments),
    ...(staged && {
      "places.csv": csv(tables.places),
      "events.csv": csv(tables.events),
      ...(tables.decisions.length > 0 && { "decisions.csv": csv(tables.decisions) }),
      "labels.csv": csv(staged.labels),
    }),
  };
}

export const today = (unixSeconds: number): number => dayOf(unixSeconds, REGION.offset);
