import { EXIT, need, regionOf, UsageError, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "entitle --month YYYY-MM",
  summary: "write one Entitlement for everybody who is due an allowance for the month; again adds what is missing",
  options: { month: { type: "string" }, region: { type: "string" } },
  async run(call) {
    const month = need(call, "month");
    if (!/^\d{4}-\d{2}$/.test(month)) throw new UsageError("--month: YYYY-MM");
    return await withExistingLedger(call, async (ledger) => {
      const report = await ledger.entitlements.entitle(regionOf(call, ledger), Number(month.replace("-", "")));
      const refused = Object.entries(report.refused).map(([reason, count]) => `${reason} ${count}`);
      const words = `${report.entitled} entitled, ${report.known} known`;
      call.out.result(report, [words, ...refused].join("; "));
      return EXIT.ok;
    });
  },
};
export default verb;
