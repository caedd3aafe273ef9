import type { Hex } from "../../core/bytes.ts";
import type { Grant } from "../../core/keyBook.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { loadGrants, saveGrants } from "./store.ts";

/** The registry's keys in memory, refreshed from the chain, kept in the database for when the chain is down. */
export interface Keys {
  grantOf(address: Hex): Grant | undefined;
  /** Reads the chain now; returns false when it cannot be reached and the last known keys stay. */
  refresh(): Promise<boolean>;
  all(): Grant[];
}

export async function openKeys(prisma: PrismaClient, readChain: () => Promise<Grant[]>): Promise<Keys> {
  let grants = new Map((await loadGrants(prisma)).map((grant) => [grant.address, grant]));
  let written = JSON.stringify([...grants.values()]);
  return {
    grantOf: (address) => grants.get(address),
    all: () => [...grants.values()],
    async refresh() {
      const fresh = await readChain().catch(() => null);
      if (fresh === null) return false;
      grants = new Map(fresh.map((grant) => [grant.address, grant]));
      const text = JSON.stringify(fresh);
      if (text !== written) await saveGrants(prisma, fresh);
      written = text;
      return true;
    },
  };
}
