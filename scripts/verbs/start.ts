import { existsSync, readdirSync } from "node:fs";
import { UsageError, type Verb } from "../verb.ts";
import { loadDemo, needsDemo } from "./demo.ts";
import { serveHome } from "./serve.ts";

const verb: Verb = {
  usage: "start [--empty]",
  summary: "what `npm start` runs: the demo district on a new home, then serve (--empty: no demo)",
  options: { empty: { type: "boolean" }, "clock-checked": { type: "boolean" } },
  async run(call) {
    const { home } = call.config;
    if (call.values["empty"] === true) {
      if (existsSync(home) && readdirSync(home).length > 0)
        throw new UsageError(`${home}: is not empty; move it away, or name another by SILVERLEDGER_HOME`);
    } else if (needsDemo(home)) await loadDemo(call);
    return await serveHome(call, call.values["clock-checked"] === true);
  },
};
export default verb;
