import { parseArgs } from "node:util";
import { ISSUES, Refusal } from "../core/errors.ts";
import { readConfig } from "../server/config.ts";
import { DatasetRefused } from "./dataset/load.ts";
import { EXIT, makeOutput, UsageError, type Verb } from "./verb.ts";

const VERBS = [
  "start",
  "serve",
  "demo",
  "dataset",
  "import",
  "submit",
  "backup",
  "restore",
  "readmit",
  "seal",
  "anchor",
  "proof",
  "verify",
  "fsck",
  "rules",
  "review",
  "verdicts",
  "decide",
  "feed",
  "replay",
  "evaluate",
  "follow",
  "challenge",
  "keys",
  "people",
  "fund",
  "settle",
  "entitle",
  "payout",
  "account",
  "sign",
  "relay",
  "books",
  "checkpoint",
  "bench",
] as const;

async function load(name: string): Promise<Verb> {
  return ((await import(`./verbs/${name}.ts`)) as { default: Verb }).default;
}

async function help(): Promise<void> {
  const lines = await Promise.all(
    VERBS.map(async (name) => `  ${(await load(name)).usage.padEnd(58)} ${(await load(name)).summary}`),
  );
  process.stdout.write(
    `silverledger 银龄账本\n\n${lines.join("\n")}\n\n  --json on each verb prints one JSON value. SILVERLEDGER_HOME names the data folder.\n`,
  );
  process.stdout.write(
    `  exit codes: ${Object.entries(EXIT)
      .map(([name, code]) => `${code} ${name}`)
      .join(", ")}\n`,
  );
}

/** Prints a refusal as people read it: code, sentence, and every reason with its place. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof DatasetRefused) {
    for (const { file, line, column, reason } of error.errors)
      process.stderr.write(`${file}:${line}: ${column || "-"}: ${reason}\n`);
    process.stderr.write(`refused: ${error.message}; nothing of these files was taken${error.advice}\n`);
    return EXIT.refused;
  }
  if (error instanceof Refusal) {
    process.stderr.write(`refused: ${error.code}: ${error.message}\n`);
    for (const issue of error.issues)
      process.stderr.write(`  ${issue.pointer}: ${issue.code}: ${ISSUES[issue.code].zh} (${ISSUES[issue.code].en})\n`);
    return EXIT.refused;
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env["SILVERLEDGER_LOG"] === "debug") process.stderr.write(`${(error as Error).stack}\n`);
  return EXIT.failed;
}

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (!name || name === "help" || name === "--help") {
    await help();
    return name ? EXIT.ok : EXIT.usage;
  }
  if (!(VERBS as readonly string[]).includes(name)) throw new UsageError(`no verb ${name}; see silverledger help`);
  const verb = await load(name);
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: rest,
      options: { ...verb.options, json: { type: "boolean" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nusage: silverledger ${verb.usage}`);
  }
  if (parsed.values["help"]) {
    process.stdout.write(`silverledger ${verb.usage}\n${verb.summary}\n`);
    return EXIT.ok;
  }
  const values = parsed.values as Record<string, string | boolean | undefined>;
  return await verb.run({
    values,
    positionals: parsed.positionals,
    config: readConfig(process.env),
    out: makeOutput(values["json"] === true),
  });
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
