import { liesIn, unjudged } from "./eventTime.ts";
import { isAtHome } from "./fence.ts";
import { type Finding, rule, whole } from "./rule.ts";

const STAYS: readonly string[] = ["hospital", "institution", "prison"];

export const duringStay = rule({
  id: "R13",
  name: "DURING_STAY",
  version: 1,
  level: "B/H",
  key: "elder",
  windowDays: 45,
  params: { urbanM: whole(150, 10, 10_000), ruralM: whole(300, 10, 10_000) },
  title: { zh: "住院、入住机构或服刑期间的上门服务", en: "A home visit during a stay elsewhere" },
  text: {
    zh: "老人住院、入住机构或服刑期间的上门服务不予支付;入、离当日(仅知日期时)暂缓待核。陪同就医项目除外。",
    en: "A home visit while the elder is in hospital, an institution or prison: not paid; on the first and last day, where only dates are known: held. Not for accompanying to hospital.",
  },
  judge(group, at) {
    const found: Finding[] = [];
    for (const [visit, event] of unjudged(group, at, ({ elder }) => elder)) {
      if (!STAYS.includes(event.type)) continue;
      const lying = liesIn(visit, event);
      if (lying === "outside") continue;
      const item = at.book.item(visit.item, visit.serviceDay);
      if (item?.traits.includes("hospital_accompany") || item?.location === "community") continue;
      // What may be done anywhere was no home visit where it was recorded elsewhere.
      if (item?.location === "any" && !isAtHome(visit, at.book, at.params)) continue;
      found.push({
        severity: lying === "inside" ? "block" : "hold",
        subjects: [visit.id],
        numbers: { stay: event.type, boundary: lying === "inside" ? 0 : 1 },
        basis: [event.id],
      });
    }
    return found;
  },
  say: ({ stay, boundary }) => ({
    zh: `服务时老人正在${STAY_ZH[String(stay)]}${boundary ? "(入离当日)" : ""}。`,
    en: `The elder was in ${stay} at the time${boundary ? " (first or last day)" : ""}.`,
  }),
});

const STAY_ZH: Record<string, string> = { hospital: "住院", institution: "入住机构", prison: "服刑" };
