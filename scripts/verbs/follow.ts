import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Contradiction, look } from "../follower.ts";
import { EXIT, need, text, type Verb } from "../verb.ts";

const verb: Verb = {
  usage: "follow --server URL --region CODE --copy FOLDER [--operator ADDR] [--every 60]",
  summary: "keep an own copy of the operator's statements elsewhere, and cry out when two contradict",
  options: {
    server: { type: "string" },
    region: { type: "string" },
    copy: { type: "string" },
    operator: { type: "string" },
    every: { type: "string" },
    once: { type: "boolean" },
  },
  async run(call) {
    const folder = need(call, "copy");
    mkdirSync(folder, { recursive: true });
    for (;;) {
      try {
        call.out.line(
          await look(need(call, "server"), Number(need(call, "region")), folder, text(call, "operator")?.toLowerCase()),
        );
      } catch (error) {
        if (error instanceof Contradiction) {
          call.out.result({ contradiction: error.message }, `矛盾 CONTRADICTION: ${error.message}`);
          return EXIT.broken;
        }
        call.out.line(`cannot look now: ${(error as Error).message}`);
        if (call.values["once"] === true) return EXIT.failed;
      }
      if (call.values["once"] === true) return EXIT.ok;
      await sleep(Number(text(call, "every") ?? 60) * 1000);
    }
  },
};
export default verb;
