import { ZERO_HASH } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import { changesOf, planRun } from "../../core/runPlan.ts";
import { type EntryClaim, settleDay, settlementLeaf } from "../../core/settlement.ts";
import { sumRoot } from "../../core/sumTree.ts";
import { type Line, seconds } from "./table.ts";

const DAY_RECORDS = 100_000;
const RUN_DAYS = 30;
const PAYEES = 20_000;
/** A day of visits by many payees, two funds sharing each price; then a run over thirty such days. */
export function benchSettlement(): Line[] {
  const payees = Array.from({ length: PAYEES }, (_, i) => nameHash(`payee ${i}`));
  const shares = [
    { bearer: "city", percent: 30 },
    { bearer: "insurance", percent: 60 },
  ];
  const claims: EntryClaim[] = Array.from({ length: DAY_RECORDS }, (_, index) => ({
    index,
    claim: {
      payee: payees[index % PAYEES]!,
      bookedUnits: 1 + (index % 3),
      evidencedUnits: 1 + (index % 2),
      authorisedUnits: 2,
      tariff: { unitPriceFen: 6500n + BigInt(index % 7), shares },
      decision: { outcome: "pay", verdicts: ZERO_HASH },
    },
  }));
  let parts = settleDay(claims.slice(0, 1000), ["city", "insurance"]);
  const settling = seconds(() => {
    parts = settleDay(claims, ["city", "insurance"]);
  });
  const hashing = seconds(() => {
    for (const { lines } of parts) sumRoot(lines.map(settlementLeaf));
  });
  const lines = parts[0]!.lines;
  const days = Array.from({ length: RUN_DAYS }, () => changesOf(null, lines));
  let paid = 0n;
  const whole = seconds(() => {
    paid = planRun({ days, returns: [], debts: [], accountOf: () => ZERO_HASH }).totals.paidFen;
  });
  const reading = seconds(() => {
    for (let day = 0; day < RUN_DAYS; day++) for (const _ of changesOf(null, lines));
  });
  const expected = lines.reduce((sum, { shareFen }) => sum + shareFen, 0n) * BigInt(RUN_DAYS);
  if (paid !== expected) throw new Error("the run does not pay what the days settled");
  const share = (part: number, all: number) => `${Math.round((100 * part) / all)} %`;
  return [
    {
      what: `settling a day of ${DAY_RECORDS.toLocaleString("en")} records for two funds (its two trees: ${share(hashing, settling)})`,
      ours: `${settling.toFixed(1)} s`,
      other: "",
      ratio: "",
      aim: "≤ 5 s",
    },
    {
      what: `a run over ${(DAY_RECORDS * RUN_DAYS).toLocaleString("en")} settled lines (reading lines: ${share(reading, whole)})`,
      ours: `${whole.toFixed(1)} s`,
      other: "",
      ratio: "",
      aim: "≤ 60 s",
    },
  ];
}
