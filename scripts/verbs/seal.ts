import { EXIT, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "seal [--clock-checked]",
  summary: "seal every day that is over",
  options: { "clock-checked": { type: "boolean" } },
  async run(call) {
    return await withExistingLedger(call, async (ledger) => {
      if (call.values["clock-checked"] === true) ledger.entries.store.acceptClock(ledger.clock.now());
      const { sealed, refused } = ledger.seals.sealDue();
      const lines = [
        ...sealed.map(({ region, day, size, root }) => `region ${region} day ${day}: ${size} entries, root ${root}`),
        ...refused.map(({ region, refusal }) => `region ${region}: ${refusal.code}: ${refusal.message}`),
      ];
      const reasons = refused.map(({ region, refusal }) => ({ region, code: refusal.code }));
      call.out.result({ sealed, refused: reasons }, lines.join("\n") || "nothing is due");
      return refused.length > 0 ? EXIT.refused : EXIT.ok;
    });
  },
};
export default verb;
