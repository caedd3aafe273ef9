import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { ISSUES, PROBLEMS } from "../core/errors.ts";
import { RULES } from "../core/rules/catalogue.ts";

/**
 * `npm run generate`: everything that is made from something else. CI makes it again and it must not differ.
 *   server/chain/generated/contracts.ts  ABI and bytecode (compiler warnings are errors)
 *   server/db/generated/                 the Prisma client
 *   docs/problems.md, docs/openapi.json, docs/rules.md
 */
const root = new URL("../", import.meta.url);
const CONTRACTS = ["Council", "KeyAuthority", "KeyRegistry", "RecordLedger", "SubsidyLedger"];
const BIN = new URL("node_modules/.bin/", root).pathname;

function run(program: string, args: string[], environment: Record<string, string> = {}): string {
  return execFileSync(`${BIN}${program}`, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: `${BIN}:${process.env["PATH"]}`, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function contracts(): void {
  const output = run("hardhat", ["build", "--force"]);
  if (/warning/i.test(output)) throw new Error(`compiler warnings are errors:\n${output}`);
  const parts = CONTRACTS.map((name) => {
    const artifact = JSON.parse(
      readFileSync(new URL(`artifacts/contracts/${name}.sol/${name}.json`, root), "utf8"),
    ) as {
      abi: unknown;
      bytecode: string;
    };
    return `export const ${name} = {\n  abi: ${JSON.stringify(artifact.abi)},\n  bytecode: "${artifact.bytecode}",\n};\n`;
  });
  writeFileSync(
    new URL("server/chain/generated/contracts.ts", root),
    `// Made by \`npm run generate\` from contracts/; do not edit.\n${parts.join("\n")}`,
  );
}

function problems(): void {
  const codes = Object.entries(PROBLEMS).map(([code, p]) => `| \`${code}\` | ${p.status} | ${p.zh} | ${p.en} |`);
  const issues = Object.entries(ISSUES).map(([code, p]) => `| \`${code}\` | ${p.zh} | ${p.en} |`);
  const text = `# Refusals

Made by \`npm run generate\` from \`core/errors.ts\`. Every refusal of the API is an RFC 9457 problem
(\`application/problem+json\`) whose \`type\` is \`/problems/<code>\`; the command line prints the same codes.

| code | HTTP | 中文 | English |
|---|---|---|---|
${codes.join("\n")}

## Reasons of \`invalid_input\` and \`id_conflict\`

Each stands in \`issues\` with a JSON pointer to the field.

| code | 中文 | English |
|---|---|---|
${issues.join("\n")}
`;
  writeFileSync(new URL("docs/problems.md", root), text);
}

function rules(): void {
  const sorted = [...RULES].sort((a, b) => (a.id < b.id ? -1 : 1));
  const sections = sorted.map(({ id, name, version, level, key, params, title, text }) => {
    const values = Object.entries(params).map(([word, { value, min, max }]) => `${word} ${value} (${min}–${max})`);
    const line = `${level}; version ${version}; by ${key}${values.length > 0 ? `; ${values.join(", ")}` : ""}`;
    return `## ${id} ${name} ${title.zh}\n\n${title.en}. ${line}.\n\n${text.zh}\n\n${text.en}`;
  });
  const head = `# Review rules 核查规则

Made by \`npm run generate\` from \`core/rules\`. B: the line, or what was claimed too much of it, is not paid; H: it is held for a
person; M: it is marked, and three marks put it into the sample. Parameters with their bounds; a region's rule set may set
others, and run a rule in shadow (noted, paid), soft (held at most) or hard.`;
  writeFileSync(new URL("docs/rules.md", root), `${[head, ...sections].join("\n\n")}\n`);
}

contracts();
run("prisma", ["generate"], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
problems();
rules();
const { openApiDocument } = await import("../server/http/openapi.ts");
writeFileSync(new URL("docs/openapi.json", root), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
process.stdout.write("generated: contracts, Prisma client, docs/problems.md, docs/openapi.json, docs/rules.md\n");
