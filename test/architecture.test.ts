import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { migrate, schemaSql } from "../server/db/migrate.ts";
import { FILES } from "../server/imports/schema.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const MAX_LINES = 420;

function files(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith(extension) && !file.includes("generated"));
}
const sources = ["core", "server", "scripts"].flatMap((folder) => files(folder, ".ts"));

function cruise(): {
  modules: { source: string; dependencies: { resolved: string }[] }[];
  summary: { error: number; violations: unknown[] };
} {
  const args = [
    "core",
    "server",
    "scripts",
    "web",
    "test",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
  ];
  return JSON.parse(
    execFileSync(join(ROOT, "node_modules/.bin/depcruise"), args, { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 28 }),
  );
}

describe("architecture", () => {
  it("holds the dependency rules: pure core, no cycles, one seam for ethers, routes without stores", () => {
    const { modules, summary } = cruise();
    expect(summary.violations).to.deep.equal([]);
    // The rules mean something only if imports are resolved: ethers is seen where it may be.
    const ethers = modules.filter(({ dependencies }) =>
      dependencies.some(({ resolved }) => resolved.includes("node_modules/ethers")),
    );
    expect(ethers.map(({ source }) => source)).to.include("server/chain/chain.ts");
    expect(modules.length).to.be.greaterThan(100);
  });
  it("begins every ledger table's primary key and unique index with the region", () => {
    const ledger = read("server/db/schema.prisma").split("// ------")[1]!;
    const models = [...ledger.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)];
    expect(models.map(([, name]) => name)).to.deep.equal([
      "Entry",
      "Visit",
      "RegistryEntry",
      "Erasure",
      "Access",
      "Close",
      "Entitlement",
      "RuleSet",
      "Review",
      "Verdict",
      "Decision",
      "Feed",
      "Submission",
      "Seal",
      "Settlement",
      "SettlementPart",
      "SettlementLine",
      "Run",
      "RunDay",
      "RunLine",
      "DebtLine",
      "BankFile",
      "PaymentEvent",
      "FundEvent",
    ]);
    for (const [, name, body] of models) {
      expect(body, name).to.match(/@@id\(\[region, /);
      for (const [, columns] of body!.matchAll(/@@unique\(\[([^\]]*)\]/g)) expect(columns, name).to.match(/^region, /);
    }
  });
  it("guards every ledger table by triggers", () => {
    const triggers = read("server/db/migrations/20261123000001_append_only/migration.sql");
    const ledger = read("server/db/schema.prisma").split("// ------")[1]!;
    const tables = [...ledger.matchAll(/@@map\("(\w+)"\)/g)].map(([, table]) => table!);
    expect(tables.length).to.be.greaterThan(15);
    for (const table of tables) {
      for (const act of ["update", "delete"]) expect(triggers).to.contain(`"${table}_no_${act}"`);
    }
  });
  it("has migrations that make what the models say", async () => {
    const folder = mkdtempSync(join(tmpdir(), "silverledger-schema-"));
    const tables = (sql: Sqlite.Database) =>
      sql
        .prepare(
          "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE '_prisma%' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        .all() as { name: string; sql: string }[];
    await migrate(join(folder, "migrated.db"));
    const migrated = new Sqlite(join(folder, "migrated.db"));
    const fresh = new Sqlite(":memory:");
    fresh.exec(await schemaSql());
    expect(tables(migrated)).to.deep.equal(tables(fresh));
    migrated.close();
    rmSync(folder, { recursive: true });
  });
  it("reads the process's environment in one place", () => {
    const readers = sources.filter((file) => /process\.env/.test(read(file)));
    expect(
      readers.every((file) => file.startsWith("scripts/")),
      readers.join(),
    ).to.equal(true);
  });
  it("says no any, no bare TODO, no skipped or exclusive test", () => {
    for (const file of [...sources, ...files("test", ".ts")]) {
      if (file.endsWith("architecture.test.ts")) continue;
      expect(read(file), file).to.not.match(/: any\b|as any\b|<any>|\bTODO\b|\bFIXME\b|\b(it|describe)\.(skip|only)\(/);
    }
  });
  it(`keeps files within ${MAX_LINES} lines, and the follower within 80 of its own`, () => {
    for (const file of sources) expect(read(file).split("\n").length, file).to.be.at.most(MAX_LINES);
    const follower = read("scripts/follower.ts")
      .split("\n")
      .filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line));
    expect(follower.length).to.be.at.most(80);
  });
  it("keeps every text of the pages in words.ts, where a pair cannot lack a language", () => {
    for (const file of files("web", ".tsx")) {
      const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(code, file).to.not.match(/[\u4e00-\u9fff]/);
      // A text between tags, or in an attribute that is read aloud, would be in one language.
      expect(code, file).to.not.match(/(title|label|placeholder|aria-label|extra|text)="[A-Z][a-z]+ [^"]*"/);
    }
  });
  it("shows every list by the one part that looks through, sorts, filters and exports", () => {
    const tables = files("web", ".tsx").filter((file) => /\bTable\b[^;]*from "antd"/.test(read(file)));
    expect(tables).to.deep.equal(["web/listing.tsx"]);
  });
  it("describes every column of a dataset folder", () => {
    const page = read("docs/dataset.md");
    for (const [file, shape] of Object.entries(FILES)) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${file}\``)) ?? "";
      for (const column of Object.keys(shape.shape)) expect(row, `${file} ${column}`).to.include(`\`${column}\``);
    }
  });
  it("has every verb that the README names, and every script that it says to run", () => {
    const readme = read("README.md");
    expect(readme.split("\n").length).to.be.at.most(200);
    for (const [, verb] of readme.matchAll(/npx silverledger (?!help)(\w+)/g))
      expect(existsSync(join(ROOT, `scripts/verbs/${verb}.ts`)), verb).to.equal(true);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g)) expect(scripts, script).to.have.property(script!);
    for (const [, page] of readme.matchAll(/\]\(([\w./-]+\.md)\)/g))
      expect(existsSync(join(ROOT, page!)), page).to.equal(true);
  });
  it("names in ARCHITECTURE.md only tests that exist", () => {
    const named = [...read("ARCHITECTURE.md").matchAll(/`(test\/[\w./-]+)`/g)].map(([, file]) => file!);
    expect(named.length).to.be.greaterThan(8);
    for (const file of named) expect(existsSync(join(ROOT, file)), file).to.equal(true);
  });
  it("keeps hooks inside their file's describe: at the root they would run for every test", () => {
    for (const file of files("test", ".test.ts")) expect(read(file), file).to.not.match(/^(before|after)(Each)?\(/m);
  });
  it("hits every custom error of the contracts by a named test", () => {
    const errors = files("contracts", ".sol").flatMap((file) =>
      [...read(file).matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name!),
    );
    const tests = files("test/contracts", ".ts").map(read).join();
    expect(errors.length).to.be.greaterThan(30);
    for (const name of errors) expect(tests, name).to.contain(`"${name}"`);
  });
});
