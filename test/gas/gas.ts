import { writeFileSync } from "node:fs";
import { toHex } from "../../core/bytes.ts";
import { rootOfDigests } from "../../core/tree.ts";
import {
  checkpointFor,
  deployLedger,
  digests,
  EMPTY,
  FOREVER,
  inclusion,
  lastDay,
  networkHelpers,
  now,
  OFFSET,
  person,
  REGION,
  Role,
  receiptFor,
  regionScope,
} from "../contracts/ledger.ts";

/** `npm run gas`: gas of every call on a simulated network, written to docs/gas.md. */
const rows: [string, bigint][] = [];
async function measure(what: string, sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>): Promise<void> {
  rows.push([what, (await (await sent).wait())!.gasUsed]);
}

const d = await deployLedger();
const seal = (first: number, roots: { size: number; root: string }[]) =>
  d.ledger.connect(d.operator).getFunction("seal")(REGION, OFFSET, first, roots);
const root = toHex(rootOfDigests(digests(3)));
const day = (await lastDay()) - 60;
await measure("seal: first day of a region", seal(day, [{ size: 3, root }]));
await measure("seal: one day of 3 records", seal(day + 1, [{ size: 3, root }]));
await measure("seal: one day of 10,000,000 records", seal(day + 2, [{ size: 10_000_000, root }]));
await measure("seal: one empty day", seal(day + 3, [{ size: 0, root: EMPTY }]));
await measure(
  "seal: 10 days in one call",
  seal(
    day + 4,
    Array.from({ length: 10 }, () => ({ size: 3, root })),
  ),
);
await measure(
  "seal: 30 days in one call",
  seal(
    day + 14,
    Array.from({ length: 30 }, () => ({ size: 3, root })),
  ),
);

const fresh = await deployLedger();
const receivedAt = await now();
const promised = Math.floor((receivedAt + OFFSET * 60) / 86_400);
const leaves = digests(1000);
const { receipt, signature, submission } = receiptFor(fresh, leaves, { day: promised, firstIndex: 0, receivedAt });
await networkHelpers.time.increase(2 * 86_400);
await fresh.ledger.connect(fresh.operator).getFunction("seal")(REGION, OFFSET, promised, [
  { size: 1000, root: toHex(rootOfDigests(leaves)) },
]);
await measure("challenge", fresh.ledger.getFunction("challenge")(receipt, signature, 7));
await measure(
  "answer: 1,000 leaves in the submission and in the day",
  fresh.ledger.getFunction("answer")(
    receipt,
    7,
    submission,
    toHex(leaves[7]!),
    inclusion(leaves, 7),
    inclusion(leaves, 7),
  ),
);
const [a, b] = [
  checkpointFor(fresh, { day: promised, root: toHex(leaves[0]!) }),
  checkpointFor(fresh, { day: promised, root: toHex(leaves[1]!) }),
];
await measure(
  "contradictCheckpoints",
  fresh.ledger.getFunction("contradictCheckpoints")(a.checkpoint, a.signature, b.checkpoint, b.signature),
);
await measure("lodge", fresh.ledger.connect(fresh.provider).getFunction("lodge")(REGION, receipt.submission));
await measure(
  "register a key",
  fresh.keys.connect(fresh.registrar).getFunction("register")(
    fresh.stranger.address,
    person("p"),
    Role.Operator,
    regionScope(REGION),
    (await now()) + 100,
    FOREVER,
  ),
);
await measure("revoke a key", fresh.keys.connect(fresh.registrar).getFunction("revoke")(fresh.operator.address));

const table = rows.map(([what, gas]) => `| ${what} | ${gas.toLocaleString("en")} |`).join("\n");
const page = `# Gas

Made by \`npm run gas\` on a simulated network (solc 0.8.37, optimizer 200 runs, Cancun). The cost of a day does not
depend on the number of its records; several days in one call cost less than as many calls.

| call | gas |
|---|---:|
${table}
`;
writeFileSync(new URL("../../docs/gas.md", import.meta.url), page);
process.stdout.write(page);
