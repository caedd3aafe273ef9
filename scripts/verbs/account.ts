import { dateOfDay } from "../../core/day.ts";
import type { Ledger } from "../../server/ledger.ts";
import { bankAccount } from "../../server/registry/schema.ts";
import { type Call, EXIT, need, regionOf, UsageError, type Verb, withExistingLedger } from "../verb.ts";

async function request(call: Call, ledger: Ledger, region: number): Promise<number> {
  const account = need(call, "account");
  if (!bankAccount.safeParse(account).success) throw new UsageError("--account: 1 to 34 letters and digits");
  const id = ledger.payouts.accounts.request(
    region,
    need(call, "payee"),
    account,
    need(call, "by"),
    need(call, "reason"),
  );
  call.out.result({ id }, `${id}: waits for a second person`);
  return EXIT.ok;
}

async function approve(call: Call, ledger: Ledger, region: number): Promise<number> {
  const { validFrom } = await ledger.payouts.accounts.approve(region, need(call, "id"), need(call, "by"));
  call.out.result({ validFrom: dateOfDay(validFrom) }, `paid there from ${dateOfDay(validFrom)} on`);
  return EXIT.ok;
}

async function list(call: Call, ledger: Ledger, region: number): Promise<number> {
  const open = ledger.payouts.accounts.open(region);
  const lines = open.map(({ id, payee, requestedBy, reason }) => `${id} ${payee} by ${requestedBy}: ${reason}`);
  call.out.result(open, lines.join("\n") || "none");
  return EXIT.ok;
}

const ACTIONS: Record<string, (call: Call, ledger: Ledger, region: number) => Promise<number>> = {
  request,
  approve,
  list,
};

const verb: Verb = {
  usage: "account request|approve|list --payee ID --account N --by NAME …",
  summary: "change where a payee is paid: one person asks, another approves, and some days pass",
  options: {
    region: { type: "string" },
    payee: { type: "string" },
    account: { type: "string" },
    by: { type: "string" },
    reason: { type: "string" },
    id: { type: "string" },
  },
  async run(call) {
    const action = ACTIONS[call.positionals[0] ?? ""];
    if (!action) throw new UsageError(`account ${Object.keys(ACTIONS).join(" | ")}`);
    return await withExistingLedger(call, (ledger) => action(call, ledger, regionOf(call, ledger)));
  },
};
export default verb;
