import { fromHex, type Hex, toHex } from "../../core/bytes.ts";
import type { Grant } from "../../core/keyBook.ts";
import type { PrismaClient } from "../db/generated/client.ts";

const FAR = BigInt(Number.MAX_SAFE_INTEGER);
const blob = (hex: Hex) => new Uint8Array(fromHex(hex)) as Uint8Array<ArrayBuffer>;

export async function loadGrants(prisma: PrismaClient): Promise<Grant[]> {
  const rows = await prisma.keyGrant.findMany();
  return rows.map((row) => ({
    address: toHex(row.address),
    person: toHex(row.person),
    role: row.role,
    scope: toHex(row.scope),
    from: Number(row.fromTime),
    to: Number(row.toTime),
  }));
}

/** Makes the table say what the chain says: chain state wins. */
export async function saveGrants(prisma: PrismaClient, grants: Grant[]): Promise<void> {
  const data = grants.map((grant) => ({
    address: blob(grant.address),
    person: blob(grant.person),
    role: grant.role,
    scope: blob(grant.scope),
    fromTime: BigInt(grant.from),
    toTime: BigInt(grant.to) < FAR ? BigInt(grant.to) : FAR,
  }));
  await prisma.$transaction([prisma.keyGrant.deleteMany(), prisma.keyGrant.createMany({ data })]);
}
