import { yuan } from "../../core/bankFile.ts";
import { type Balances, balancesAfter, conserved, NO_BALANCES } from "../../core/books.ts";
import { dayStart } from "../../core/day.ts";
import type { Ledger } from "../../server/ledger.ts";
import { moneyOut } from "../../server/payouts/schema.ts";
import { type Call, EXIT, regionOf, text, type Verb, withExistingLedger } from "../verb.ts";
import { dayOption } from "./settle.ts";

const NAMES: readonly (readonly [keyof Balances, string])[] = [
  ["appropriatedFen", "下达 appropriated"],
  ["withdrawnFen", "收回 withdrawn"],
  ["availableFen", "可用 available"],
  ["reservedFen", "占用 reserved"],
  ["releasedFen", "拨付 released"],
  ["returnedFen", "退票 returned"],
  ["repaidFen", "退回 repaid"],
  ["owedFen", "应收 owed"],
];
const signedYuan = (fen: bigint) => `${fen < 0n ? "-" : "+"}${yuan(fen < 0n ? -fen : fen)}`;

/** Which balances one event moved. */
function moves(before: Balances, after: Balances): [name: keyof Balances, fen: bigint][] {
  return NAMES.map(([name]) => [name, after[name] - before[name]] as [keyof Balances, bigint]).filter(
    ([, fen]) => fen !== 0n,
  );
}

function fundBooks(ledger: Ledger, region: number, fund: string, until: number) {
  let balances = NO_BALANCES;
  const entries: {
    at: number;
    name: string;
    args: Record<string, string>;
    tx: string;
    moved: Record<string, bigint>;
  }[] = [];
  for (const { event, balances: after } of balancesAfter(ledger.funds.events(region, fund, until))) {
    const moved = Object.fromEntries(moves(balances, after));
    // A successor's opening brings over what its predecessor had: nothing moved then.
    if (Object.keys(moved).length > 0) {
      const { at, name, args, tx } = event;
      entries.push({ at, name, args, tx, moved });
    }
    balances = after;
  }
  return { fund, balances, conserved: conserved(balances), entries };
}

function print(call: Call, { fund, balances, conserved: holds, entries }: ReturnType<typeof fundBooks>): void {
  call.out.line(`\n${fund}`);
  for (const [name, label] of NAMES) {
    call.out.line(`  ${label}: ${yuan(balances[name])}`);
    for (const { at, name: event, args, tx, moved } of entries) {
      const fen = moved[name];
      if (fen === undefined) continue;
      const run = args["run"] ? ` run ${args["run"]}${args["index"] ? ` line ${args["index"]}` : ""}` : "";
      call.out.line(`    ${new Date(at * 1000).toISOString()} ${signedYuan(fen)} ${event}${run} ${tx}`);
    }
  }
  call.out.line(`  下达−收回 = 可用+占用+拨付−退票−退回: ${holds ? "成立 holds" : "不成立 BROKEN"}`);
}

const verb: Verb = {
  usage: "books [--fund CODE] [--date DATE]",
  summary: "what each fund had, reserved, released and is owed at the end of a day, with every entry that moved it",
  options: { region: { type: "string" }, fund: { type: "string" }, date: { type: "string" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      const fresh = await ledger.funds.sync().then(
        () => true,
        () => false,
      );
      if (!fresh) call.out.line("the chain cannot be reached: the books as they were last read");
      const day = dayOption(call, "date");
      const { offsetMinutes } = ledger.entries.store.regionRow(region);
      const until = day === null ? Number.POSITIVE_INFINITY : dayStart(day + 1, offsetMinutes) - 1;
      const only = text(call, "fund");
      const books = (only ? [only] : ledger.funds.codes(region)).map((fund) => fundBooks(ledger, region, fund, until));
      for (const book of books) print(call, book);
      call.out.result(moneyOut(books), books.length === 0 ? "no fund was opened" : "");
      return books.every((book) => book.conserved) ? EXIT.ok : EXIT.broken;
    });
  },
};
export default verb;
