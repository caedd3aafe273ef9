import { yuan } from "../../core/bankFile.ts";
import { dateOfDay, dayOfDate } from "../../core/day.ts";
import type { Ledger } from "../../server/ledger.ts";
import { moneyOut } from "../../server/payouts/schema.ts";
import type { Computed } from "../../server/settlements/pricing.ts";
import { type Call, EXIT, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

/** The day that an option names as a date; null without one. */
export function dayOption(call: Call, name: string): number | null {
  const date = text(call, name);
  if (!date) return null;
  const day = dayOfDate(date);
  if (day === null) throw new UsageError(`--${name}: YYYY-MM-DD`);
  return day;
}

const signedYuan = (fen: bigint) => `${fen < 0n ? "-" : "+"}${yuan(fen < 0n ? -fen : fen)}`;

/** What a revision would change, line by line, before anything is signed or sent. */
function describe(ledger: Ledger, { settlement, changes }: Computed): string[] {
  const { region, day, revision } = settlement;
  const lines = changes.map(({ index, before, after }) => {
    const id = ledger.settlements.store.idAt(region, day, index);
    const funds = [...new Set([...Object.keys(before?.shares ?? {}), ...Object.keys(after.shares)])].sort();
    const amounts = funds.map((fund) => {
      const [old, now] = [before?.shares[fund] ?? 0n, after.shares[fund] ?? 0n];
      return `${fund} ${yuan(old)} → ${yuan(now)} (${signedYuan(now - old)})`;
    });
    return `  ${index} ${id}: ${before?.status ?? "-"} → ${after.status}; ${amounts.join("; ")}`;
  });
  return [`${dateOfDay(day)} revision ${revision}: ${changes.length} lines`, ...lines];
}

async function revise(call: Call, ledger: Ledger, region: number): Promise<number> {
  const { settlements } = ledger;
  await ledger.funds.sync();
  const asOf = settlements.lastAnchored(region);
  const [from, to] = [dayOption(call, "from") ?? 0, dayOption(call, "to") ?? asOf];
  const settled = [...new Set(settlements.store.all(region).map(({ day }) => day))];
  const days = settled.filter((day) => from <= day && day <= to);
  // One reading of the registry serves all days: they are settled again as of the same day.
  const book = settlements.book(region, asOf);
  const differing: Computed[] = [];
  for (const [i, day] of days.entries()) {
    const computed = settlements.compute(region, day, { asOfDay: asOf, book });
    if (computed.changes.length > 0) differing.push(computed);
    call.out.progress("days", i + 1, days.length);
  }
  for (const computed of differing) for (const line of describe(ledger, computed)) call.out.line(line);
  const send = call.values["yes"] === true;
  if (send) for (const computed of differing) await settlements.settle(computed);
  const summary = differing.map(({ settlement, changes }) => ({
    day: dateOfDay(settlement.day),
    revision: settlement.revision,
    changes: changes.map((change) => moneyOut(change)),
  }));
  const words = `${differing.length} of ${days.length} days differ as of ${dateOfDay(asOf)}`;
  call.out.result(
    { asOf: dateOfDay(asOf), sent: send, days: summary },
    send ? `${words}; settled again` : `${words}; --yes settles them again`,
  );
  return EXIT.ok;
}

const verb: Verb = {
  usage: "settle [--revise [--from DATE] [--to DATE] [--yes]]",
  summary: "settle every anchored day; --revise shows what a full recomputation would change, and sends it with --yes",
  options: {
    region: { type: "string" },
    revise: { type: "boolean" },
    from: { type: "string" },
    to: { type: "string" },
    yes: { type: "boolean" },
  },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      if (call.values["revise"] === true) return await revise(call, ledger, region);
      await ledger.funds.sync();
      const done = await ledger.settlements.settleDue(region);
      const lines = done.map(({ day, revision, size }) => `${dateOfDay(day)} revision ${revision}: ${size} entries`);
      call.out.result(done, lines.join("\n") || "nothing is due");
      return EXIT.ok;
    });
  },
};
export default verb;
