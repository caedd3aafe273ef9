import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { yuan } from "../../core/bankFile.ts";
import { dateOfDay } from "../../core/day.ts";
import type { Ledger } from "../../server/ledger.ts";
import { CARD_FIELDS, type CardColumn } from "../../server/payouts/bankCsv.ts";
import { requestFor } from "../../server/payouts/questions.ts";
import { moneyJson, moneyOut, RequestQuestion } from "../../server/payouts/schema.ts";
import { type Call, EXIT, need, readJson, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";
import { documentHash, yuanOption } from "./fund.ts";
import { dayOption } from "./settle.ts";

type Action = (call: Call, ledger: Ledger, region: number, fund: string) => Promise<number>;
const runOption = (call: Call): number => {
  const run = Number(need(call, "run"));
  if (!Number.isSafeInteger(run) || run < 1) throw new UsageError("--run: a number");
  return run;
};
const seconds = (call: Call, name: string): number | undefined => {
  const days = text(call, name);
  return days === undefined ? undefined : Number(days) * 86_400;
};

const prepare: Action = async (call, ledger, region, fund) => {
  const untilDay = dayOption(call, "until") ?? undefined;
  const options = {
    untilDay,
    window: seconds(call, "window"),
    patience: seconds(call, "patience"),
  };
  const run = await ledger.payouts.runs.prepare(region, fund, options);
  const { dayList, payees, lines, debts, debtors, returnList } = run.terms;
  const days = dayList.length === 0 ? "" : `, ${dateOfDay(dayList[0]!)} – ${dateOfDay(dayList.at(-1)!)}`;
  call.out.result(
    moneyOut(run),
    `run ${run.number} of ${fund}: ${payees} payees, ${yuan(lines.sum)} yuan${days}, ${returnList.length} issued again; ${debtors} owe ${yuan(debts.sum)} after it\nnext: payout request propose --fund ${fund} --run ${run.number}`,
  );
  return EXIT.ok;
};

const request: Action = async (call, ledger, region, fund) => {
  const action = call.positionals[1];
  const document = text(call, "document");
  const numbers: Record<string, unknown> = {};
  if (action !== "repay") numbers["run"] = runOption(call);
  if (action === "return") numbers["index"] = Number(need(call, "index"));
  if (action === "repay")
    Object.assign(numbers, { payee: need(call, "payee"), amountFen: String(yuanOption(call, "yuan")) });
  if (document) numbers["document"] = documentHash(document);
  const question = RequestQuestion.safeParse({ action, region, fund, ...numbers });
  if (!question.success)
    throw new UsageError(question.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"));
  const made = await requestFor(ledger.payouts.officials, question.data);
  const out = text(call, "out") ?? `${fund}-${numbers["run"] ?? "debt"}-${action}.json`;
  writeFileSync(out, `${moneyJson(made, 2)}\n`);
  call.out.result({ file: out }, `${out}: to be signed`);
  return EXIT.ok;
};

const publicity: Action = async (call, ledger, region, fund) => {
  const { status, lines } = ledger.payouts.runs.publicityList(region, fund, runOption(call));
  const head = `公示至 objections until ${new Date(status.windowEnds * 1000).toISOString()}: ${lines.length}, ${yuan(status.totalFen)} 元 yuan`;
  const rows = lines.map(
    ({ index, name, amountFen }) => `${String(index + 1).padStart(5)}  ${name}  ${yuan(amountFen)}`,
  );
  call.out.result(moneyOut({ status, lines }), [head, ...rows].join("\n"));
  return EXIT.ok;
};

const release: Action = async (call, ledger, region, fund) => {
  const mined = await ledger.payouts.officials.release(region, fund, runOption(call));
  call.out.result(mined, `released in ${mined.tx}`);
  return EXIT.ok;
};

const expire: Action = async (call, ledger, region, fund) => {
  const mined = await ledger.payouts.officials.expire(region, fund, runOption(call));
  call.out.result(mined, `void in ${mined.tx}`);
  return EXIT.ok;
};

/** The bank's own headers for a card list: a JSON list of {header, field}. */
function columnsOf(call: Call): CardColumn[] | undefined {
  const file = text(call, "columns");
  if (!file) return undefined;
  const parsed = z.array(CardColumnInput).min(1).max(20).safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`).join("\n"),
  );
}
const CardColumnInput = z.strictObject({ header: z.string().min(1).max(60), field: z.enum(CARD_FIELDS) });

const order: Action = async (call, ledger, region, fund) => {
  const by = need(call, "by");
  const card = call.values["card"] === true;
  const payOn = text(call, "pay-on");
  const columns = columnsOf(call);
  const files = card
    ? [ledger.payouts.bank.card(region, fund, runOption(call), { by, ...(columns && { columns }) })]
    : ledger.payouts.bank.order(region, fund, runOption(call), { by, ...(payOn && { payOn }) });
  const folder = text(call, "out") ?? ".";
  const names = files.map(({ reference, bytes }) => {
    const name = join(folder, `${reference}.${card ? "csv" : "xml"}`);
    writeFileSync(name, bytes, { mode: 0o600 });
    return name;
  });
  call.out.result({ files: names }, names.join("\n"));
  return EXIT.ok;
};

const take: Action = async (call, ledger, region, fund) => {
  const file = call.positionals[1];
  if (!file) throw new UsageError("the bank's file is needed");
  const taken = ledger.payouts.bank.take(region, fund, new Uint8Array(readFileSync(file)), need(call, "by"));
  const counts = Object.entries(taken.counts).map(([what, count]) => `${what} ${count}`);
  call.out.result(
    taken,
    `${taken.kind}${taken.repeated ? " (taken before)" : ""}: ${counts.join(", ") || "nothing of ours"}`,
  );
  return EXIT.ok;
};

const status: Action = async (call, ledger, region, fund) => {
  await ledger.funds.sync().catch(() => undefined);
  if (!text(call, "run")) {
    const runs = [...ledger.funds.runs(region, fund).values()];
    const lines = runs.map(
      (run) =>
        `${run.number} ${run.state}${run.frozen ? " (frozen)" : ""} ${yuan(run.totalFen)} until ${new Date(run.windowEnds * 1000).toISOString()}`,
    );
    call.out.result(moneyOut(runs), lines.join("\n") || "no run");
    return EXIT.ok;
  }
  const payments = ledger.payouts.bank.status(region, fund, runOption(call));
  const lines = payments.map(
    ({ index, payee, amountFen, state, reason }) => `${index} ${payee} ${yuan(amountFen)} ${state ?? "-"} ${reason}`,
  );
  call.out.result(moneyOut(payments), lines.join("\n"));
  return EXIT.ok;
};

const returns: Action = async (call, ledger, region, fund) => {
  await ledger.funds.sync();
  const waiting = ledger.payouts.bank.returnsToRecord(region, fund);
  const lines = waiting.map(
    ({ run, index, payee, amountFen, reason, document }) =>
      `run ${run} line ${index} ${payee} ${yuan(amountFen)} ${reason} by ${document}`,
  );
  if (call.values["requests"] === true) {
    for (const { run, index, document } of waiting) {
      const made = await ledger.payouts.officials.returnRequest(region, fund, run, index, document);
      writeFileSync(join(text(call, "out") ?? ".", `${fund}-${run}-return-${index}.json`), `${moneyJson(made, 2)}\n`);
    }
  }
  call.out.result(moneyOut(waiting), lines.join("\n") || "none waits");
  return EXIT.ok;
};

const ACTIONS: Record<string, Action> = { prepare, request, publicity, release, expire, order, take, status, returns };

const verb: Verb = {
  usage: "payout prepare|request|publicity|release|order|take|status|returns --fund CODE …",
  summary:
    "from what a fund owes to money in accounts: prepare, request ACTION, publicity, release, order, take FILE, returns",
  options: {
    region: { type: "string" },
    fund: { type: "string" },
    run: { type: "string" },
    by: { type: "string" },
    until: { type: "string" },
    window: { type: "string" },
    patience: { type: "string" },
    index: { type: "string" },
    payee: { type: "string" },
    yuan: { type: "string" },
    document: { type: "string" },
    "pay-on": { type: "string" },
    card: { type: "boolean" },
    columns: { type: "string" },
    requests: { type: "boolean" },
    out: { type: "string" },
  },
  async run(call) {
    const action = ACTIONS[call.positionals[0] ?? ""];
    if (!action) throw new UsageError(`payout ${Object.keys(ACTIONS).join(" | ")}`);
    return await withExistingLedger(call, (ledger) => action(call, ledger, regionOf(call, ledger), need(call, "fund")));
  },
};
export default verb;
