import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { ISSUES, PROBLEMS } from "../core/errors.ts";

/**
 * `npm run generate`: everything that is made from something else. CI makes it again and it must not differ.
 *   server/chain/generated/contracts.ts  ABI and bytecode (compiler warnings are errors)
 *   server/db/generated/                 the Prisma client
 *   docs/problems.md, docs/openapi.json
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

contracts();
run("prisma", ["generate"], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
problems();
const { openApiDocument } = await import("../server/http/openapi.ts");
writeFileSync(new URL("docs/openapi.json", root), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
process.stdout.write("generated: contracts, Prisma client, docs/problems.md, docs/openapi.json\n");
