import { randomBytes } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import { dayOf, OPEN_END } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { isUuid, uuidv7 } from "../../core/id.ts";
import type { Clock } from "../clock.ts";
import { REGION_PERSON, type Vault } from "../db/vault.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted } from "../entries/store.ts";
import type { RegistryStore } from "../registry/store.ts";
import type { PayoutStore } from "./store.ts";

export interface AccountChange {
  id: string;
  payee: string;
  reason: string;
  requestedBy: string;
  requestedAt: number;
}

/** Where payees are paid: changed by two persons, and not before some days have passed. */
export interface Accounts {
  /** The first person asks. Returns the request's id. Throws Refusal not_found for a payee who is not registered. */
  request(region: number, payee: string, account: string, by: string, reason: string): string;
  /** The second person approves: an Account entry is appended, valid after the delay. */
  approve(region: number, id: string, by: string): Promise<{ receipted: Receipted; validFrom: number }>;
  open(region: number): AccountChange[];
}

/** Days between the approval and the first payment to the new account, unless the region's policy says otherwise. */
export const DEFAULT_DELAY_DAYS = 3;
const ACCOUNT_KIND = "Account";

export function openAccounts(parts: {
  store: PayoutStore;
  registry: RegistryStore;
  entries: Entries;
  vault: Vault;
  clock: Clock;
}): Accounts {
  const { store, registry, entries, vault, clock } = parts;
  const owner = (payee: string) => (isUuid(payee) ? payee : REGION_PERSON);
  const placeOf = (region: number, id: string) => `${region}/account-request/${id}`;

  function request(region: number, payee: string, account: string, by: string, reason: string): string {
    const kind = isUuid(payee) ? "Elder" : "Provider";
    if (registry.versions(region, kind, payee).length === 0) throw new Refusal("not_found");
    const id = uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10)));
    const box = vault.seal(region, owner(payee), placeOf(region, id), account);
    store.saveAccountRequest(region, { id, payee, box, reason, requestedBy: by, requestedAt: clock.now() });
    return id;
  }

  async function approve(region: number, id: string, by: string) {
    const found = store.accountRequest(region, id);
    if (!found) throw new Refusal("not_found");
    if (found.approvedBy) throw new Refusal("already_done");
    if (entries.store.isTaken(region, id)) {
      // The entry came to stand before a crash: only the request's own row is left to be closed.
      store.approveAccountRequest(region, id, by);
      throw new Refusal("already_done");
    }
    if (found.requestedBy === by) throw new Refusal("second_person_needed");
    const opened = vault.open(
      region,
      Buffer.from(owner(found.payee).replaceAll("-", ""), "hex"),
      placeOf(region, id),
      found.box,
    );
    if (opened === null) throw new Refusal("erased");
    const account = opened.toString();
    const { offsetMinutes, policies } = entries.store.regionRow(region);
    const { account_delay_days: days } = JSON.parse(policies) as { account_delay_days?: number };
    const validFrom = dayOf(clock.now(), offsetMinutes) + (days ?? DEFAULT_DELAY_DAYS);
    const version = (registry.versions(region, ACCOUNT_KIND, found.payee).at(-1)?.version ?? 0) + 1;
    const values = {
      account: { account },
      decision: { requestedBy: found.requestedBy, approvedBy: by, reason: found.reason },
    };
    const entry = { id, region, subject: found.payee, provider: "", version, validFrom, validTo: OPEN_END };
    const ready = entries.ready(ACCOUNT_KIND, entry, { seed: toHex(new Uint8Array(randomBytes(16))), values });
    const receipted = await entries.append({ region, entries: [ready], submission: null });
    // A crash here leaves the entry with an open request: approving again closes it.
    store.approveAccountRequest(region, id, by);
    return { receipted, validFrom };
  }

  return {
    request,
    approve,
    open: (region) =>
      store
        .openAccountRequests(region)
        .map(({ id, payee, reason, requestedBy, requestedAt }) => ({ id, payee, reason, requestedBy, requestedAt })),
  };
}
