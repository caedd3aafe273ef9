import { readFileSync } from "node:fs";
import { dateOfDay } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import { parse } from "../../server/http/route.ts";
import type { Ledger } from "../../server/ledger.ts";
import { ReturnedBatch } from "../../server/records/schema.ts";
import { type Call, EXIT, need, readJson, regionOf, text, type Verb, withExistingLedger } from "../verb.ts";

interface Kept {
  receipt: object;
  signature: string;
  sent: object;
}

/** What `submit` and the pages keep: receipts, each with what was sent. */
function readReturned(file: string): ReturnedBatch[] {
  const kept = readJson<Kept | Kept[]>(file);
  return (Array.isArray(kept) ? kept : [kept]).map((one, i) =>
    parse(ReturnedBatch, { ...one?.sent, receipt: one?.receipt, receiptSignature: one?.signature }, `/${i}`),
  );
}

type Send = (returned: ReturnedBatch) => Promise<void>;

async function returnAll(call: Call, send: Send): Promise<number> {
  let [back, refused] = [0, 0];
  for (const file of call.positionals) {
    const returned = readReturned(file);
    for (const [i, one] of returned.entries()) {
      try {
        await send(one);
        back++;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused++;
        const reasons = error.issues.map(({ pointer, code }) => `${pointer} ${code}`).join(", ");
        process.stderr.write(`${file}: receipt ${i + 1}: ${error.code} ${reasons}\n`);
      }
      call.out.progress("receipts", i + 1, returned.length);
    }
  }
  call.out.result({ back, refused }, `${back} receipted submissions stand at their places again, ${refused} refused`);
  return refused > 0 ? EXIT.refused : EXIT.ok;
}

function overHttp(server: string, apiKey: string): Send {
  return async (body) => {
    const response = await fetch(`${server}/api/v1/readmissions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
    });
    if (response.ok) return;
    const { code, issues } = (await response.json()) as Refusal;
    throw new Refusal(code, issues ?? []);
  };
}

function tell(call: Call, ledger: Ledger, region: number): number {
  const state = ledger.readmissions.stateOf(region);
  if (!state) {
    call.out.result({ held: false }, `region ${region}: the books wait for no receipts`);
    return EXIT.ok;
  }
  const missing = state.reachedDay === state.day ? state.reachedSize - state.size - state.readmitted : null;
  call.out.result(
    { held: true, ...state, missing },
    state.reachedDay > state.day
      ? `region ${region}: the backup ends on ${dateOfDay(state.day)}, the log had reached ${dateOfDay(state.reachedDay)}: receipts cannot complete it, restore a newer backup`
      : `region ${region}: the backup holds ${state.size} entries of ${dateOfDay(state.day)}, ${state.readmitted} came back, ${Math.max(missing!, 0)} are missing of those that are known. Nothing new is taken until \`silverledger readmit --close\``,
  );
  return EXIT.ok;
}

const verb: Verb = {
  usage: "readmit [<receipts.json> …] [--close | --hold] [--region CODE]",
  summary:
    "after a restore from a backup: put receipted records back at their places (--server URL --api-key-file FILE: as a provider), and go on",
  options: {
    region: { type: "string" },
    server: { type: "string" },
    "api-key-file": { type: "string" },
    close: { type: "boolean" },
    hold: { type: "boolean" },
  },
  async run(call) {
    const server = text(call, "server");
    if (server) return await returnAll(call, overHttp(server, readFileSync(need(call, "api-key-file"), "utf8").trim()));
    return await withExistingLedger(call, async (ledger) => {
      if (call.positionals.length > 0)
        return await returnAll(call, async (one) => void (await ledger.readmissions.readmit(one)));
      const region = regionOf(call, ledger);
      if (call.values["hold"] === true) ledger.readmissions.hold(region);
      if (call.values["close"] !== true) return tell(call, ledger, region);
      const lost = ledger.readmissions.close(region);
      call.out.result(
        { lost },
        lost.length === 0
          ? `region ${region}: everything that is known came back; the day goes on`
          : `region ${region}: the day goes on; ${lost.length} entries stay lost, at ${lost.slice(0, 20).join(", ")}${lost.length > 20 ? " …" : ""}: a Gap stands for each`,
      );
      return EXIT.ok;
    });
  },
};
export default verb;
