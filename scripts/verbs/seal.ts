import { EXIT, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "seal [--clock-checked]",
  summary: "seal every day that is over",
  options: { "clock-checked": { type: "boolean" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      if (call.values["clock-checked"] === true) ledger.entries.store.acceptClock(ledger.clock.now());
      const sealed = ledger.seals.sealDue();
      call.out.result(
        sealed,
        sealed
          .map(({ region, day, size, root }) => `region ${region} day ${day}: ${size} entries, root ${root}`)
          .join("\n") || "nothing is due",
      );
      return EXIT.ok;
    });
  },
};
export default verb;
