import { dayOf } from "../../core/day.ts";
import type { RegistryKind } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { versionOn } from "../../core/validity.ts";
import type { Clock } from "../clock.ts";
import type { Vault } from "../db/vault.ts";
import { openDailyReads, type RecordAccess } from "../entries/dailyReads.ts";
import { openBox } from "../entries/details.ts";
import type { Entries } from "../entries/service.ts";
import type { Caller } from "../identity/roles.ts";
import type { BoxedRow, RegistryStore } from "../registry/store.ts";
import type { ElderOfDay, Workday } from "./schema.ts";
import type { WorkdayStore } from "./store.ts";

/** What a carer does today: the elders of the provider's plans whom they visit, and nothing of anybody else. */
export interface Workdays {
  /** The caller's day. Every elder whose name is told becomes an Access entry, once a day. Throws Refusal not_found. */
  of(caller: Caller): Promise<Workday>;
  /** Elders of the provider's plans with that name: for the first visit to somebody. Throws Refusal not_found. */
  find(caller: Caller, name: string): Promise<ElderOfDay[]>;
  /**
   * Pseudonyms of the carers and of the planned elders of the caller's provider who bear these names: a spreadsheet knows
   * people by name. Every elder that is matched becomes an Access entry, once a day.
   */
  match(
    caller: Caller,
    names: { carers: readonly string[]; elders: readonly string[] },
  ): Promise<{ region: number; carers: Record<string, string[]>; elders: Record<string, string[]> }>;
  /** The region's catalogue as it is valid today. */
  items(region: number): Workday["items"];
  /** Whether a provider has a plan for an elder today; where a region keeps no plans, whether the elder is registered. */
  serves(region: number, provider: string, elder: string): boolean;
}

interface Plan {
  elder: string;
  item: string;
  units: number;
  period: "day" | "week" | "month";
  carers: number;
}
/** Whom somebody visited within these days is theirs to visit again. */
const OWN_DAYS = 14;

export function openWorkdays(parts: {
  store: WorkdayStore;
  registry: RegistryStore;
  entries: Entries;
  vault: Vault;
  clock: Clock;
  ledgerId: string;
  recordAccess: RecordAccess;
}): Workdays {
  const { store, registry, entries, vault, clock } = parts;
  const known = new Map<string, { newest: number; day: number; plans: Map<string, Plan[]> }>();

  const opened = <T>(region: number, row: BoxedRow): T | null => openBox<T>(vault, region, row);
  const today = (region: number) => dayOf(clock.now(), entries.store.regionRow(region).offsetMinutes);
  const note = openDailyReads(parts.recordAccess, today);
  const current = (region: number, kind: RegistryKind, subject: string, day: number): BoxedRow | null =>
    versionOn(registry.boxedOf(region, kind, subject), day);

  /** The provider's plans of today, by elder; read again when the registry grew or the day ended. */
  function plansOf(region: number, provider: string): Map<string, Plan[]> {
    const [name, newest, day] = [`${region}/${provider}`, registry.newest(), today(region)];
    const before = known.get(name);
    if (before?.newest === newest && before.day === day) return before.plans;
    const versions = new Map<string, BoxedRow[]>();
    for (const row of registry.boxed(region, "Plan", day))
      if (row.provider === provider) versions.set(row.subject, [...(versions.get(row.subject) ?? []), row]);
    const plans = new Map<string, Plan[]>();
    for (const own of versions.values()) {
      const row = versionOn(own, day);
      const values =
        row && opened<{ service: Pick<Plan, "elder" | "item">; quantity: Omit<Plan, "elder" | "item"> }>(region, row);
      if (!values) continue;
      const plan = { ...values.service, ...values.quantity };
      plans.set(plan.elder, [...(plans.get(plan.elder) ?? []), plan]);
    }
    known.set(name, { newest, day, plans });
    return plans;
  }

  function regionOf({ subject }: Caller): { region: number; row: BoxedRow } {
    for (const { region } of subject ? entries.store.regions() : []) {
      const row = current(region, "Carer", subject!, today(region));
      if (row) return { region, row };
    }
    throw new Refusal("not_found");
  }

  type Elder = { identity: { name: string }; home: { lon: number; lat: number } };
  function elderOf(region: number, elder: string, day: number) {
    const row = current(region, "Elder", elder, day);
    const values = row && opened<Elder>(region, row);
    return values ? { entry: row!.id, ...values } : null;
  }

  async function tell(caller: Caller, region: number, wanted: readonly string[]): Promise<ElderOfDay[]> {
    const day = today(region);
    const plans = plansOf(region, caller.scope);
    const done = store.doneOn(region, caller.scope, day);
    const elders: ElderOfDay[] = [];
    const reads: Promise<unknown>[] = [];
    for (const id of wanted) {
      const elder = elderOf(region, id, day);
      if (!elder) continue;
      reads.push(note(region, elder.entry, caller.name, "当日上门服务 today's visits"));
      elders.push({
        id,
        name: elder.identity.name,
        lon: elder.home.lon,
        lat: elder.home.lat,
        plans: (plans.get(id) ?? []).map(({ elder: _elder, ...plan }) => ({
          ...plan,
          done: done.get(`${id}/${plan.item}`) ?? 0,
        })),
      });
    }
    // Before anything is shown: a read that is not in the log did not happen.
    await Promise.all(reads);
    return elders.sort((a, b) => a.name.localeCompare(b.name, "zh"));
  }

  function itemsOf(region: number, day: number): Workday["items"] {
    type Names = { names: { zh: string; en: string }; measure: { unitMinutes: number; minimumMinutes: number } };
    const codes = new Set([...registry.boxed(region, "Item", day)].map(({ subject }) => subject));
    return [...codes].sort().flatMap((code) => {
      const item = current(region, "Item", code, day);
      const values = item && opened<Names>(region, item);
      const tariff = current(region, "Tariff", code, day);
      const price = tariff && opened<{ price: { unitPriceFen: number } }>(region, tariff);
      if (!values) return [];
      const { unitMinutes, minimumMinutes } = values.measure;
      const { zh, en } = values.names;
      return [{ code, zh, en, unitMinutes, minimumMinutes, priceFen: price?.price.unitPriceFen ?? 0 }];
    });
  }

  /** Where a provider is registered today. */
  function regionOfProvider(provider: string): number {
    for (const { region } of entries.store.regions())
      if (versionOn(registry.versions(region, "Provider", provider), today(region))) return region;
    throw new Refusal("not_found");
  }

  function carersOf(region: number, provider: string, day: number): { id: string; name: string }[] {
    const own = new Set<string>();
    for (const row of registry.boxed(region, "Carer", day)) if (row.provider === provider) own.add(row.subject);
    return [...own].flatMap((id) => {
      const row = current(region, "Carer", id, day);
      const values = row?.provider === provider && opened<{ identity: { name: string } }>(region, row);
      return values ? [{ id, name: values.identity.name }] : [];
    });
  }

  const byName = (people: readonly { id: string; name: string }[], wanted: ReadonlySet<string>) =>
    Object.fromEntries(
      [...Map.groupBy(people, ({ name }) => name)]
        .filter(([name]) => wanted.has(name))
        .map(([name, list]) => [name, list.map(({ id }) => id)]),
    );

  return {
    items: (region) => itemsOf(region, today(region)),
    async match(caller, { carers, elders }) {
      const region = regionOfProvider(caller.scope);
      const day = today(region);
      const wanted = new Set(elders);
      const planned = wanted.size === 0 ? [] : [...plansOf(region, caller.scope).keys()];
      const known = planned.flatMap((id) => {
        const name = elderOf(region, id, day)?.identity.name;
        return name !== undefined && wanted.has(name) ? [{ id, name }] : [];
      });
      await tell(
        caller,
        region,
        known.map(({ id }) => id),
      );
      const own = carers.length === 0 ? [] : carersOf(region, caller.scope, day);
      return { region, carers: byName(own, new Set(carers)), elders: byName(known, wanted) };
    },
    serves(region, provider, elder) {
      if (registry.list(region, "Plan", "", 1).length > 0) return plansOf(region, provider).has(elder);
      return current(region, "Elder", elder, today(region)) !== null;
    },
    async find(caller, name) {
      const { region } = regionOf(caller);
      const day = today(region);
      const same = [...plansOf(region, caller.scope).keys()].filter(
        (elder) => elderOf(region, elder, day)?.identity.name === name,
      );
      if (same.length === 0) throw new Refusal("not_found");
      return await tell(caller, region, same);
    },
    async of(caller) {
      const { region, row } = regionOf(caller);
      const day = today(region);
      const { name: regionName, offsetMinutes } = entries.store.regionRow(region);
      const plans = plansOf(region, caller.scope);
      const own = store.visitedBy(region, caller.subject!, day - OWN_DAYS).filter((elder) => plans.has(elder));
      const carer = opened<{ identity: { name: string } }>(region, row);
      return {
        region,
        regionName,
        offsetMinutes,
        day,
        ledgerId: parts.ledgerId,
        provider: caller.scope,
        carer: { id: caller.subject!, name: carer?.identity.name ?? "" },
        items: itemsOf(region, day),
        elders: await tell(caller, region, own),
      };
    },
  };
}
