import { Refusal } from "../../core/errors.ts";
import type { Ledger } from "../ledger.ts";
import { type Caller, isProviders, PROVIDERS_ROLES, type Role } from "./roles.ts";
import { requireScope } from "./service.ts";

/** A record for a caller who may see its own provider's alone: somebody else's and none at all are the same answer. */
export function requireOwn(ledger: Ledger, caller: Caller, region: number, id: string): void {
  const provider = ledger.records.store.find(region, id)?.provider ?? null;
  if (isProviders(caller) && provider !== caller.scope) throw new Refusal("not_found");
  requireScope(caller, region, provider);
}

/** Whether an account or key is an administrator's to look after: of the region, or of a provider that is registered there. */
export const isOfRegion = (
  { registry }: Ledger,
  { scope: region }: Caller,
  { role, scope }: { role: Role; scope: string },
): boolean =>
  PROVIDERS_ROLES.includes(role)
    ? registry.store.versions(Number(region), "Provider", scope).length > 0
    : scope === region;

/** Where a caller works: a provider's people where it is registered, everybody else in their own region. Null for a provider that is registered nowhere. */
export function regionOf({ registry, entries }: Ledger, caller: Caller): number | null {
  if (!isProviders(caller)) return Number(caller.scope);
  const found = entries.store
    .regions()
    .find(({ region }) => registry.store.versions(region, "Provider", caller.scope).length > 0);
  return found?.region ?? null;
}
