import { readFileSync, writeFileSync } from "node:fs";
import { fenOf } from "../../core/bankFile.ts";
import { type Hex, toHex } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { moneyJson } from "../../server/payouts/schema.ts";
import { type Call, EXIT, need, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

/** keccak of a file's bytes: how the chain names an order, a reason or a statement. */
export function documentHash(file: string): Hex {
  return toHex(keccak(new Uint8Array(readFileSync(file))));
}

/** An amount in yuan, to the fen. */
export function yuanOption(call: Call, name: string): bigint {
  const fen = fenOf(need(call, name));
  if (fen === null || fen === 0n) throw new UsageError(`--${name}: yuan with at most two decimals`);
  return fen;
}

const verb: Verb = {
  usage: "fund open|appropriate|withdraw --fund CODE [--yuan N --document FILE] --out FILE",
  summary: "write the request that treasury officials sign (`sign`, then `relay`)",
  options: {
    fund: { type: "string" },
    region: { type: "string" },
    yuan: { type: "string" },
    document: { type: "string" },
    out: { type: "string" },
  },
  async run(call) {
    const [action] = call.positionals;
    if (action !== "open" && action !== "appropriate" && action !== "withdraw")
      throw new UsageError("fund open | appropriate | withdraw");
    const fund = need(call, "fund");
    return await withExistingLedger(call, async (ledger) => {
      const region = regionOf(call, ledger);
      if (ledger.registry.store.versions(region, "Fund", fund).length === 0)
        throw new UsageError(`--fund: no fund ${fund} in the registry of ${region}`);
      const { officials } = ledger.payouts;
      const opening = action === "open" ? await ledger.payouts.opening(region, fund) : null;
      const request =
        action === "open"
          ? await officials.openRequest(region, fund, opening ?? undefined)
          : await officials.budgetRequest(
              region,
              fund,
              action,
              yuanOption(call, "yuan"),
              documentHash(need(call, "document")),
            );
      const out = text(call, "out") ?? `${fund}-${action}.json`;
      writeFileSync(out, `${moneyJson(request, 2)}\n`);
      call.out.result({ file: out }, `${out}: to be signed`);
      return EXIT.ok;
    });
  },
};
export default verb;
