import { dateOfDay, dayStart } from "../../core/day.ts";
import { withCreditCheck, withIdCheck } from "../../core/id.ts";

export type Row = Record<string, string | number>;

/** The tables of a folder while cases are staged in them. */
export interface Tables {
  providers: Row[];
  caregivers: Row[];
  elders: Row[];
  items: Row[];
  plans: Row[];
  places: Row[];
  events: Row[];
  assessments: Row[];
  enrolments: Row[];
  tariffs: Row[];
  visits: Row[];
  decisions: Row[];
}

/** What region.json says besides: whom an official is tied to, and funds of cases. */
export interface Policies {
  ties: { person: string; payees: string[] }[];
  funds: Record<string, { name_zh: string; name_en: string; account_name: string; account: string; bank: string }>;
}

export interface Spot {
  lon: number;
  lat: number;
}

export interface SceneOptions {
  region: number;
  offset: number;
  firstDay: number;
  days: number;
  centre: Spot;
  providers: string[];
  random: () => number;
  /** Stage what takes months; the folder ends with the year. */
  yearEnd?: boolean;
  /** Only what the door takes: where providers sign for themselves, nothing can be submitted that it refuses. */
  acceptable?: boolean;
}

/** What a staged visit differs in from a clean one. */
export type Override = Record<string, string | number | Spot>;

const METRE_NORTH = 1 / 111_195;

/** Staging of cases: new people with clean visits, of which a case then bends some, and the labels of what it bent. */
export class Scene {
  readonly tables: Tables;
  readonly labels = new Map<string, { rules: Set<string>; note: string }>();
  readonly policies: Policies = { ties: [], funds: {} };
  readonly random: () => number;
  readonly options: SceneOptions;
  readonly #homes = new Map<string, Spot>();
  readonly #phones = new Map<string, string>();
  readonly #providerOf = new Map<string, string>();
  #serial = 0;

  constructor(tables: Tables, options: SceneOptions) {
    this.tables = tables;
    this.options = options;
    this.random = options.random;
  }

  whole(below: number): number {
    return Math.floor(this.random() * below);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.whole(list.length)]!;
  }
  /** A day of the folder, so many days from its beginning and end. */
  day(from = 1, before = 1): number {
    return this.options.firstDay + from + this.whole(Math.max(1, this.options.days - from - before));
  }
  get lastDay(): number {
    return this.options.firstDay + this.options.days - 1;
  }
  days(): number[] {
    return Array.from({ length: this.options.days }, (_, i) => this.options.firstDay + i);
  }
  /** A point so many metres away. */
  away(from: Spot, metres: number, angle = this.random() * 2 * Math.PI): Spot {
    const north = metres * METRE_NORTH * Math.cos(angle);
    const east = (metres * METRE_NORTH * Math.sin(angle)) / Math.cos((from.lat * Math.PI) / 180);
    return { lon: from.lon + east, lat: from.lat + north };
  }

  #idNumber(year: number): string {
    const two = (value: number) => String(value).padStart(2, "0");
    const serial = String(this.whole(1000)).padStart(3, "0");
    return withIdCheck(`${this.options.region}${year}${two(1 + this.whole(12))}${two(1 + this.whole(28))}${serial}`);
  }

  carer(provider = this.pick(this.options.providers), certificates = "care-worker"): string {
    const id = `case-c${++this.#serial}`;
    const phone = `phone-${id}`;
    const { firstDay } = this.options;
    this.#phones.set(id, phone);
    this.#providerOf.set(id, provider);
    this.tables.caregivers.push({
      id,
      provider,
      name: `护理${this.#serial}`,
      id_number: this.#idNumber(1970 + this.whole(30)),
      hired_on: dateOfDay(firstDay - 400),
      left_on: "",
      certificates: certificates === "" ? "" : `${certificates}:${dateOfDay(firstDay + 700)}`,
      devices: phone,
    });
    return id;
  }

  elder(overrides: Row = {}, at: Spot = this.away(this.options.centre, 500 + this.random() * 4000)): string {
    const id = `case-e${++this.#serial}`;
    const idNumber = this.#idNumber(1935 + this.whole(20));
    const birth = `${idNumber.slice(6, 10)}-${idNumber.slice(10, 12)}-${idNumber.slice(12, 14)}`;
    const spot = { lon: Number(at.lon.toFixed(6)), lat: Number(at.lat.toFixed(6)) };
    this.#homes.set(id, spot);
    this.tables.elders.push({
      id,
      name: `老人${this.#serial}`,
      id_number: idNumber,
      birth_date: birth,
      longitude: spot.lon.toFixed(6),
      latitude: spot.lat.toFixed(6),
      area: "urban",
      lives_alone: 0,
      household: `h-${id}`,
      account: `62${String(10_000_000_000_000_000n + BigInt(this.#serial) * 7_919n)}`,
      guardian_account: 0,
      phone: "",
      ...overrides,
    });
    return id;
  }
  serial(): number {
    return ++this.#serial;
  }
  /** A provider of a case; whoever works there works nowhere else. */
  newProvider(): string {
    const id = withCreditCheck(`52310105MJ${5_000_000 + ++this.#serial}`);
    this.tables.providers.push({
      id,
      name: `居家服务社${this.#serial}`,
      type: "home",
      longitude: this.options.centre.lon.toFixed(6),
      latitude: this.options.centre.lat.toFixed(6),
      account: `62${String(20_000_000_000_000_000n + BigInt(this.#serial) * 7_919n)}`,
    });
    return id;
  }
  employ(carer: string, provider: string): void {
    this.#providerOf.set(carer, provider);
    this.tables.caregivers.find(({ id }) => id === carer)!["provider"] = provider;
  }
  /** An official of a case, tied to these payees. */
  official(payees: readonly string[] = []): string {
    const person = `case-o${++this.#serial}`;
    if (payees.length > 0) this.policies.ties.push({ person, payees: [...payees] });
    return person;
  }
  /** A decision on a held visit, with its label. */
  decide(visit: string, outcome: "release" | "deny", by: string, at: string, rules: readonly string[]): void {
    this.tables.decisions.push({ visit, outcome, by, at });
    this.label([{ id: `decision:${visit}` }], rules, "case");
  }
  /** A fund of a case that pays a share of an item. */
  fund(item: string, percent: number): string {
    const fund = `${item}-fund`;
    this.policies.funds[fund] = {
      name_zh: `专项 ${fund}`,
      name_en: `Fund ${fund}`,
      account_name: "长宁区民政局(演示)",
      account: `310015${String(10_000_000_000 + this.#serial)}`,
      bank: "",
    };
    this.tables.tariffs.push({
      item,
      fund,
      price_fen: 60 * 100,
      fund_share_percent: percent,
      valid_from: dateOfDay(this.options.firstDay - 30),
      valid_to: "",
      document: "示例〔2026〕3号",
      verified: 0,
    });
    return fund;
  }
  home(elder: string): Spot {
    return this.#homes.get(elder)!;
  }
  provider(carer: string): string {
    return this.#providerOf.get(carer)!;
  }
  phone(carer: string): string {
    return this.#phones.get(carer)!;
  }

  plan(elder: string, provider: string, item: string, overrides: Row = {}): void {
    this.tables.plans.push({
      id: `case-p${++this.#serial}`,
      elder,
      provider,
      item,
      units: 24,
      period: "day",
      carers: 1,
      valid_from: dateOfDay(this.options.firstDay - 30),
      valid_to: "",
      ...overrides,
    });
  }

  item(code: string, overrides: Row): void {
    if (this.tables.items.some((item) => item["code"] === code)) return;
    this.tables.items.push({
      code,
      name_zh: code,
      name_en: code,
      category: "care",
      unit_minutes: 30,
      minimum_minutes: 30,
      minimum_level: "",
      certificate: "",
      location: "home",
      concurrent_with: "",
      daily_cap: "",
      traits: "",
      ...overrides,
    });
  }

  assess(elder: string, level: string, from: number, to: number): void {
    this.tables.assessments.push({
      id: `case-a${++this.#serial}`,
      elder,
      assessed_on: dateOfDay(from),
      valid_until: dateOfDay(to),
      scale: "gbt42195",
      scores: "",
      level,
      assessor: "评估员1",
      organisation: "长宁区评估中心",
    });
  }

  /** Enrols an elder, and labels the allowance of the folder's first month. */
  enrol(elder: string, programme: string, rules: readonly string[], over: Row = {}): void {
    const { firstDay } = this.options;
    this.tables.enrolments.push({
      programme,
      elder,
      from: dateOfDay(firstDay - 60),
      to: "",
      applied_on: dateOfDay(firstDay - 70),
      ...over,
    });
    const month = dateOfDay(firstDay).slice(0, 7).replace("-", "");
    this.label([{ id: `${programme}:${elder}:${month}` }], rules, "case");
  }

  event(type: "elder" | "caregiver", subject: string, what: Row, reportedDay: number): void {
    this.tables.events.push({
      id: `case-v${++this.#serial}`,
      subject_type: type,
      subject,
      type: "",
      from: "",
      to: "",
      precision: "day",
      source: "演示",
      official: 1,
      reported_at: this.time(reportedDay, 9 * 60),
      ...what,
    });
  }

  /** ISO 8601 of a minute of a day, in the region's offset. */
  time(day: number, minute: number, second = 0): string {
    const seconds = dayStart(day, this.options.offset) + minute * 60 + second;
    return `${new Date((seconds + this.options.offset * 60) * 1000).toISOString().slice(0, 19)}+08:00`;
  }

  #uuid(day: number, minute: number): string {
    const hex = (digits: number) => Array.from({ length: digits }, () => this.whole(16).toString(16)).join("");
    const time = ((dayStart(day, this.options.offset) + minute * 60) * 1000).toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
  }

  fix(at: Spot, accuracy = 5 + this.whole(15)): { lon: string; lat: string; accuracy: number } {
    // Even over the area: a receiver hits no decimal of the door itself.
    const near = this.away(at, Math.sqrt(this.random()) * 18);
    return { lon: near.lon.toFixed(6), lat: near.lat.toFixed(6), accuracy };
  }

  /** A clean visit, except for what is overridden. Times in minutes of the day; it lasts a little less than booked. */
  visit(
    carer: string,
    elder: string,
    item: string,
    day: number,
    start: number,
    minutes: number,
    over: Override = {},
  ): Row {
    const { at, ...cells } = over as Record<string, string | number> & { at?: Spot };
    const unit = Number(this.tables.items.find(({ code }) => code === item)!["unit_minutes"]);
    const units = Math.max(1, Math.floor(minutes / unit));
    const [checkIn, checkOut] = [this.fix(at ?? this.home(elder)), this.fix(at ?? this.home(elder))];
    const from = this.time(day, start, this.whole(50));
    const row: Row = {
      id: this.#uuid(day, start + minutes),
      provider: this.provider(carer),
      caregiver: carer,
      elder,
      item,
      booked_minutes: minutes,
      units,
      started_at: from,
      ended_at: this.time(day, start + minutes, -20 - this.whole(60)),
      price_fen: units * unit * 100,
      entry: "auto",
      manual_reason: "",
      in_lon: checkIn.lon,
      in_lat: checkIn.lat,
      in_accuracy_m: checkIn.accuracy,
      out_lon: checkOut.lon,
      out_lat: checkOut.lat,
      out_accuracy_m: checkOut.accuracy,
      mock: 0,
      device: this.phone(carer),
      device_started_at: from,
      evidence: "",
      group: "",
      two_carer: 0,
      replaces: "",
      submitted_at: this.time(day, start + minutes, 30 + this.whole(300)),
      alternate_proof: "none",
      family: "none",
      ...cells,
    };
    this.tables.visits.push(row);
    this.label([row], [], "case");
    return row;
  }

  label(rows: readonly Row[], rules: readonly string[], note = ""): void {
    for (const row of rows) {
      const known = this.labels.get(String(row["id"])) ?? { rules: new Set<string>(), note };
      for (const rule of rules) known.rules.add(rule);
      this.labels.set(String(row["id"]), known);
    }
  }
}
