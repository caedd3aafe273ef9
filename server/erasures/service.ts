import { randomBytes } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidv7 } from "../../core/id.ts";
import type { Clock } from "../clock.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { uuidBytes, uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import type { Entries } from "../entries/service.ts";
import type { Receipted } from "../entries/store.ts";

export interface Erasures {
  /** The first of two persons asks, with a reason. Returns the request's id. */
  request(region: number, person: string, by: string, reason: string): Promise<string>;
  /** Requests that wait for a second person. */
  waiting(
    region: number,
  ): Promise<{ id: string; person: string; reason: string; requestedBy: string; requestedAt: number }[]>;
  /** The second person approves: an Erasure entry is appended, then the person's key is destroyed. */
  approve(region: number, id: string, by: string): Promise<Receipted>;
  /** Destroys again every key whose person was erased: after a crash between the two steps, and after a restore. */
  enforce(): Promise<number>;
  /** Notes in the log that somebody read an entry's details. */
  recordAccess(region: number, entry: string, reader: string, purpose: string): Promise<Receipted>;
}

const freshSeed = () => toHex(new Uint8Array(randomBytes(16)));

export function openErasures(parts: {
  prisma: PrismaClient;
  entries: Entries;
  vault: Vault;
  clock: Clock;
  /** Whether a payment to the person is under way, for which the bank still needs name and account. */
  isPaying: (region: number, person: string) => boolean;
  /** Called once a key is destroyed: what was opened with it goes from memory too. */
  onErased: (region: number) => void;
}): Erasures {
  const { prisma, entries, vault, clock } = parts;
  const freshId = () => uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10)));

  async function approve(region: number, id: string, by: string): Promise<Receipted> {
    const key = { region_id: { region, id: new Uint8Array(uuidBytes(id)) } };
    const request = await prisma.erasureRequest.findUnique({ where: key });
    if (!request) throw new Refusal("not_found");
    if (request.approvedBy) throw new Refusal("already_done");
    if (request.requestedBy === by) throw new Refusal("second_person_needed");
    const person = uuidText(request.person);
    if (parts.isPaying(region, person)) throw new Refusal("payment_pending");
    const values = { decision: { requestedBy: request.requestedBy, approvedBy: by }, reason: request.reason };
    const erasure = entries.ready("Erasure", { id, region, person }, { seed: freshSeed(), values });
    const receipted = await entries.append({ region, entries: [erasure], submission: null });
    // A crash here leaves the entry without the deed: `enforce` does it at the next start.
    vault.destroy(region, person);
    parts.onErased(region);
    await prisma.erasureRequest.update({ where: key, data: { approvedBy: by } });
    return receipted;
  }

  return {
    async request(region, person, by, reason) {
      const id = freshId();
      await prisma.erasureRequest.create({
        data: {
          region,
          id: new Uint8Array(uuidBytes(id)),
          person: new Uint8Array(uuidBytes(person)),
          requestedBy: by,
          requestedAt: BigInt(clock.now()),
          reason,
        },
      });
      return id;
    },
    approve,
    async waiting(region) {
      const rows = await prisma.erasureRequest.findMany({
        where: { region, approvedBy: null },
        orderBy: { requestedAt: "asc" },
      });
      return rows.map(({ id, person, reason, requestedBy, requestedAt }) => ({
        id: uuidText(id),
        person: uuidText(person),
        reason,
        requestedBy,
        requestedAt: Number(requestedAt),
      }));
    },
    async enforce() {
      const erased = await prisma.erasure.findMany({ select: { region: true, person: true } });
      for (const { region, person } of erased) vault.destroy(region, uuidText(person));
      return erased.length;
    },
    async recordAccess(region, entry, reader, purpose) {
      const access = entries.ready(
        "Access",
        { id: freshId(), region, entry },
        { seed: freshSeed(), values: { reader, purpose } },
      );
      return await entries.append({ region, entries: [access], submission: null });
    },
  };
}
