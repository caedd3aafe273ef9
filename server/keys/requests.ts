import { fromHex, type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { keccak } from "../../core/hash.ts";
import { providerScope, regionScope } from "../../core/keyBook.ts";
import { keyClaim } from "../../core/keyClaim.ts";
import type { Recover } from "../../core/signature.ts";
import type { LedgerContracts } from "../chain/client.ts";
import type { Clock } from "../clock.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { type Caller, KEY_ROLE, PROVIDERS_ROLES, type Role } from "../identity/roles.ts";
import type { KeyState } from "./schema.ts";
import type { Keys } from "./service.ts";

/** Keys that people make in their browsers: one asks, a second person puts the key on the chain, either may revoke it. */
export interface KeyRequests {
  /** Throws Refusal signature_invalid, already_done, forbidden for a role that signs nothing. */
  ask(caller: Caller, address: Hex, signature: Hex): Promise<void>;
  /** Registers the key on chain. Throws Refusal not_found, second_person_needed, already_done. */
  approve(caller: Caller, address: Hex): Promise<{ tx: Hex; from: number }>;
  /** Ends the key's authority at once. Throws Refusal not_found, already_done. */
  revoke(caller: Caller, address: Hex): Promise<{ tx: Hex | null }>;
  /** One's own; for an administrator those that `sees` lets through. */
  list(sees: (row: { username: string; role: Role; scope: string }) => boolean): Promise<KeyState[]>;
}

/** Blocks come a second apart at least: a key speaks only once the chain has passed its first second. */
const LEAD_SECONDS = 10;

export function openKeyRequests(parts: {
  prisma: PrismaClient;
  contracts: LedgerContracts;
  keys: Keys;
  recover: Recover;
  registrarKey: () => Uint8Array;
  ledgerId: Hex;
  clock: Clock;
  chainTime: () => Promise<number | null>;
}): KeyRequests {
  const { prisma, contracts, keys, clock } = parts;
  const bytes = (address: Hex) => new Uint8Array(fromHex(address)) as Uint8Array<ArrayBuffer>;
  const rowOf = async (address: Hex) => {
    const row = await prisma.keyRequest.findUnique({ where: { address: bytes(address) } });
    if (!row) throw new Refusal("not_found");
    return row;
  };
  const unavailable = () => {
    throw new Refusal("chain_unavailable");
  };
  return {
    async ask({ name, role, scope }, address, signature) {
      if (!KEY_ROLE[role]) throw new Refusal("forbidden");
      if (parts.recover(keyClaim(parts.ledgerId, name, address), signature) !== address)
        throw new Refusal("signature_invalid");
      if (keys.grantOf(address) || (await prisma.keyRequest.findUnique({ where: { address: bytes(address) } })))
        throw new Refusal("already_done");
      const data = { address: bytes(address), username: name, role, scope, requestedAt: BigInt(clock.now()) };
      await prisma.keyRequest.create({ data });
    },
    async approve({ name }, address) {
      const row = await rowOf(address);
      if (row.username === name) throw new Refusal("second_person_needed");
      // Taken first, so that two who approve at once register it once; given back when the chain does not answer.
      const where = { address: bytes(address), approvedBy: null, revokedBy: null };
      const { count } = await prisma.keyRequest.updateMany({ where, data: { approvedBy: name } });
      if (count === 0) throw new Refusal("already_done");
      const role = row.role as Role;
      const scope = PROVIDERS_ROLES.includes(role) ? providerScope(row.scope) : regionScope(Number(row.scope));
      const from = Math.max(clock.now(), (await parts.chainTime()) ?? 0) + LEAD_SECONDS;
      const person = toHex(keccak(utf8(row.username)));
      const { tx } = await contracts
        .register(parts.registrarKey(), address, person, KEY_ROLE[role]!, scope, from, null)
        .catch(async () => {
          await prisma.keyRequest.updateMany({ where: { address: bytes(address) }, data: { approvedBy: null } });
          return unavailable();
        });
      await keys.refresh();
      return { tx, from };
    },
    async revoke({ name }, address) {
      const row = await rowOf(address);
      if (row.revokedBy) throw new Refusal("already_done");
      const tx = row.approvedBy ? (await contracts.revoke(parts.registrarKey(), address).catch(unavailable)).tx : null;
      await prisma.keyRequest.update({ where: { address: bytes(address) }, data: { revokedBy: name } });
      await keys.refresh();
      return { tx };
    },
    async list(sees) {
      const rows = await prisma.keyRequest.findMany({ orderBy: { requestedAt: "asc" } });
      const seen = rows.filter((row) => sees({ ...row, role: row.role as Role }));
      return seen.map((row) => ({
        address: toHex(row.address),
        username: row.username,
        role: row.role,
        scope: row.scope,
        requested_at: Number(row.requestedAt),
        approved_by: row.approvedBy,
        state: row.revokedBy ? ("revoked" as const) : row.approvedBy ? ("valid" as const) : ("waiting" as const),
      }));
    },
  };
}
