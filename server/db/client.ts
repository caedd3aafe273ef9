import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Sqlite from "better-sqlite3";
import { PrismaClient } from "./generated/client.ts";
import { migrate } from "./migrate.ts";

/**
 * Two doors to one database: Prisma for ordinary queries, and the driver itself for the stores whose speed was
 * measured (ADR 0004). Both write with WAL and full durability: what is acknowledged is on the disk.
 */
export interface Database {
  prisma: PrismaClient;
  sql: Sqlite.Database;
  close(): Promise<void>;
}

export type Sql = Sqlite.Database;

const BUSY_TIMEOUT_MS = 10_000;

/** Pages that a connection keeps: for a server that writes everywhere, and for one walk over everything. */
const CACHE_KIB = 65_536;
export const WALK_CACHE_KIB = 4096;

export function openSql(file: string, cacheKib = CACHE_KIB): Sql {
  const sql = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
  sql.pragma("journal_mode = WAL");
  sql.pragma("synchronous = FULL");
  // A destroyed person's key must not stay in a free page.
  sql.pragma("secure_delete = ON");
  // Larger rounds of copying the log back: index pages that many batches touch are written once.
  sql.pragma("wal_autocheckpoint = 8000");
  // What a savepoint copies is undone or let go within a moment: it needs no file. A walk sorts whole days instead.
  if (cacheKib !== WALK_CACHE_KIB) sql.pragma("temp_store = MEMORY");
  sql.pragma(`cache_size = -${cacheKib}`);
  return sql;
}

/** Opens the database, migrated to the newest schema. */
export async function openDatabase(file: string): Promise<Database> {
  await migrate(file);
  const sql = openSql(file);
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: file, timeout: BUSY_TIMEOUT_MS }) });
  return {
    prisma,
    sql,
    async close() {
      await prisma.$disconnect();
      sql.close();
    },
  };
}

export function isConstraint(error: unknown): boolean {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith("SQLITE_CONSTRAINT");
}

export function isFull(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "SQLITE_FULL";
}
