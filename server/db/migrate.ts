import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

// The engine's package has no ES module entry for Node; its CommonJS file loads the WebAssembly beside it.
const { SchemaEngine } = createRequire(import.meta.url)("@prisma/schema-engine-wasm") as typeof import("@prisma/schema-engine-wasm");

const FOLDER = new URL("./migrations/", import.meta.url);
const SCHEMA = new URL("./schema.prisma", import.meta.url);
const FILTERS = { externalTables: [], externalEnums: [] };

function migrationsList() {
  const names = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
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

async function engine(databaseFile: string) {
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url: databaseFile }));
  return await SchemaEngine.new({ datamodels: [["schema.prisma", readFileSync(SCHEMA, "utf8")]] }, () => undefined, adapter);
}

/** Brings a database to the newest schema, offline, in Prisma's own format. Returns the names of what was applied. */
export async function migrate(databaseFile: string): Promise<string[]> {
  using schemaEngine = await engine(databaseFile);
  const { appliedMigrationNames } = await schemaEngine.applyMigrations({ migrationsList: migrationsList(), filters: FILTERS });
  return appliedMigrationNames;
}

/** The SQL by which the models differ from the migrations; empty when they agree. Used by `npm run generate`. */
export async function pendingSql(): Promise<string> {
  using schemaEngine = await engine(":memory:");
  const { stdout } = await schemaEngine.diff({
    from: { tag: "migrations", ...migrationsList() },
    to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: readFileSync(SCHEMA, "utf8") }] },
    script: true,
    exitCode: null,
    filters: FILTERS,
  });
  return stdout ?? "";
}
