import { type Disclosure, valuesOf } from "../../core/details.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace } from "./service.ts";

/** The details of an entry, group by group; null once the person was erased. */
export function openBox<T>(
  vault: Vault,
  region: number,
  { id, person, box }: { id: string; person: Buffer | null; box: Buffer | null },
): T | null {
  const text = person && box ? vault.open(region, person, boxPlace(region, id, 0), box) : null;
  if (text === null) return null;
  return valuesOf(JSON.parse(text) as Disclosure) as T;
}
