import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine as Engine } from "@prisma/schema-engine-wasm";
import Sqlite from "better-sqlite3";

// The engine's package has no ES module entry for Node; its CommonJS file loads the WebAssembly beside it.
const { SchemaEngine } = createRequire(import.meta.url)(
  "@prisma/schema-engine-wasm",
) as typeof import("@prisma/schema-engine-wasm");

const FOLDER = new URL("./migrations/", import.meta.url);
const SCHEMA = new URL("./schema.prisma", import.meta.url);
const FILTERS = { externalTables: [], externalEnums: [] };

function migrationsList() {
  const names = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: "server/db/migrations",
    lockfile: { path: "migration_lock.toml", content: 'provider = "sqlite"\n' },
    shadowDbInitScript: "",
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok" as const, value: readFileSync(new URL(`${path}/migration.sql`, FOLDER), "utf8") },
      },
    })),
  };
}

/** Runs the schema engine on a database and closes its connection, which holds an exclusive lock while it lives. */
async function withEngine<T>(databaseFile: string, use: (engine: Engine) => Promise<T>): Promise<T> {
  const factory = new PrismaBetterSqlite3({ url: databaseFile });
  const connect = factory.connect.bind(factory);
  const opened: { dispose(): Promise<void> }[] = [];
  factory.connect = async () => {
    const connection = await connect();
    opened.push(connection);
    return connection;
  };
  const datamodel = readFileSync(SCHEMA, "utf8");
  const engine = await SchemaEngine.new(
    { datamodels: [["schema.prisma", datamodel]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    return await use(engine);
  } finally {
    engine.free();
    for (const connection of opened) await connection.dispose();
  }
}

/** Names of finished migrations; none when the database is new. */
function applied(databaseFile: string): Set<string> {
  if (databaseFile === ":memory:" || !existsSync(databaseFile)) return new Set();
  const sql = new Sqlite(databaseFile, { timeout: 10_000 });
  try {
    const known = sql.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get();
    if (!known) return new Set();
    return new Set(
      sql
        .prepare("SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL")
        .pluck()
        .all() as string[],
    );
  } finally {
    sql.close();
  }
}

/** Brings a database to the newest schema, offline, in Prisma's own format. Returns the names of what was applied. */
export async function migrate(databaseFile: string): Promise<string[]> {
  const list = migrationsList();
  const done = applied(databaseFile);
  // An up-to-date database is left alone: another process may be using it.
  if (list.migrationDirectories.every(({ path }) => done.has(path))) return [];
  return await withEngine(databaseFile, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters: FILTERS });
    return appliedMigrationNames;
  });
}

/** The SQL that makes an empty database what the models say; a test compares it with what the migrations made. */
export async function schemaSql(): Promise<string> {
  return await withEngine(":memory:", async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: readFileSync(SCHEMA, "utf8") }] },
      script: true,
      exitCode: null,
      filters: FILTERS,
    });
    return stdout ?? "";
  });
}
