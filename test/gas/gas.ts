import { writeFileSync } from "node:fs";
import { toHex } from "../../core/bytes.ts";
import { runLeaf } from "../../core/payout.ts";
import { proveSum, sumHex, sumRoot } from "../../core/sumTree.ts";
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
import {
  deploySubsidy,
  FUND,
  fundId,
  LEAST_WINDOW,
  NO_DOCUMENT,
  OTHER_FUND,
  otherFundId,
  termsOf,
} from "../contracts/subsidy.ts";

/** `npm run gas`: gas of every call on a simulated network, written to docs/gas.md. */
const rows: [string, bigint][] = [];
type Sent = { wait(): Promise<{ gasUsed: bigint } | null> };
async function measure(what: string, sent: Promise<unknown>): Promise<void> {
  rows.push([what, (await ((await sent) as Sent).wait())!.gasUsed]);
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

const s = await deploySubsidy();
await s.open(FUND);
await s.open(OTHER_FUND);
await measure("appropriate", s.appropriate(10_000_000n));
const both = (total: bigint) => ({ [fundId]: total, [otherFundId]: total });
await measure("settle a day, 1 fund", s.settle(s.firstDay, 1, { [fundId]: 1000n }));
await measure("settle a day, 2 funds", s.settle(s.firstDay + 1, 1, both(1000n)));
await measure("settle a day of 2 funds again", s.settle(s.firstDay + 1, 2, both(900n)));
for (let day = 2; day < 5; day++) await s.settle(s.firstDay + day, 1, both(1000n));
const line = (index: number, amountFen: bigint) => ({ index, payee: fundId, account: NO_DOCUMENT, amountFen });
/** A run over the first days of the fund that pays them in 1,000 lines. */
async function run(number: number, days: number[], total: bigint, returns: { run: number; index: number }[] = []) {
  const lines = Array.from({ length: 1000 }, (_, i) => line(i, i === 0 ? total : 0n)).map(runLeaf);
  const terms = termsOf(number, sumHex(sumRoot(lines)), 1000, { dayList: days, returnList: returns });
  const signed = await s.signRun("propose", terms, s.keys.proposer);
  const what = `propose: ${days.length} days, ${returns.length} returns, 1,000 payees`;
  await measure(what, s.call("propose", terms, signed));
  return { terms, lines };
}
const { terms, lines } = await run(1, [s.firstDay], 1000n);
const approval = await s.signRun("approve", terms, s.keys.approver);
await measure("approve", s.call("approve", fundId, 1, approval));
await networkHelpers.time.increase(LEAST_WINDOW);
await measure("release", s.call("release", fundId, 1));
const back = line(0, 1000n);
const proof = proveSum(lines, 0).map(sumHex);
const action = { action: "return", fund: FUND, run: 1, index: 0, document: NO_DOCUMENT } as const;
const returned = await s.signBank({ ...action, payee: back.payee, amountFen: 1000n }, s.keys.treasury);
await measure(
  "recordReturn: one of 1,000 payees",
  s.call("recordReturn", fundId, 1, back, proof, NO_DOCUMENT, returned),
);
const later = [1, 2, 3, 4].map((day) => s.firstDay + day);
const second = await run(2, later, 4900n, [{ run: 1, index: 0 }]);
const [a2, b2] = await Promise.all(
  [s.keys.supervisorA, s.keys.supervisorB].map((key) => s.signRun("void", second.terms, key)),
);
await measure("voidRun: 4 days, 1 return", s.call("voidRun", fundId, 2, NO_DOCUMENT, a2, b2));

const table = rows.map(([what, gas]) => `| ${what} | ${gas.toLocaleString("en")} |`).join("\n");
const page = `# Gas

Made by \`npm run gas\` on a simulated network (solc 0.8.37, optimizer 200 runs, Cancun). The cost of a day does not
depend on the number of its records; several days in one call cost less than as many calls. A
settlement grows with its funds, a run with its days and returns, and neither with the number of records or payees.

| call | gas |
|---|---:|
${table}
`;
writeFileSync(new URL("../../docs/gas.md", import.meta.url), page);
process.stdout.write(page);
