import { liesIn, unjudged } from "./eventTime.ts";
import { type Finding, isFamilyWord, type ReviewVisit, type RuleEvent, rule, whole } from "./rule.ts";

/** Of these the whole of the first and last day counts; on those of a journey or a stay the carer may still have worked. */
const WHOLE_DAYS: readonly string[] = ["leave", "other_job"];

export const carerElsewhere = rule({
  id: "R29",
  name: "CARER_ELSEWHERE",
  version: 1,
  level: "B/H",
  key: "carer",
  windowDays: 45,
  params: { overlapSeconds: whole(5 * 60, 0, 86_400) },
  title: { zh: "护理员当时在别处", en: "The carer was elsewhere" },
  text: {
    zh: "护理员休假、出行、住院或在他处就业期间的服务,官方信息的不予支付,其他来源的暂缓待核。",
    en: "A visit while the carer was on leave, travelling, in hospital or at another job: by an official feed not paid, otherwise held.",
  },
  judge(group, at) {
    const found: Finding[] = [];
    for (const [visit, event] of unjudged(group, at, ({ carer }) => carer)) {
      if (event.type === "moved" || isFamilyWord(event.type)) continue;
      const lying = lies(visit, event, at.params.overlapSeconds);
      if (lying === "outside") continue;
      const certain = event.official && (lying === "inside" || WHOLE_DAYS.includes(event.type));
      const numbers = { where: event.type, official: event.official ? 1 : 0 };
      found.push({ severity: certain ? "block" : "hold", subjects: [visit.id], numbers, basis: [event.id] });
    }
    return found;
  },
  say: ({ where, official }) => ({
    zh: `${official ? "官方信息" : "有信息"}显示护理员当时${WHERE_ZH[String(where)] ?? "不在"}。`,
    en: `${official ? "An official feed" : "A report"} says that the carer was elsewhere: ${where}.`,
  }),
});

const WHERE_ZH: Record<string, string> = {
  death: "已去世",
  hospital: "住院",
  institution: "在机构",
  prison: "服刑",
  leave: "休假",
  travel: "出行在外",
  other_job: "在他处工作",
};

function lies(visit: ReviewVisit, event: RuleEvent, overlapSeconds: number): ReturnType<typeof liesIn> {
  if (event.type === "death" && event.toDay === null) {
    if (event.precision === "time") return visit.endedAt > event.from + overlapSeconds ? "inside" : "outside";
    return liesIn(visit, event);
  }
  if (event.precision !== "time") return liesIn(visit, event);
  const end = Math.min(visit.endedAt, event.to ?? visit.endedAt);
  return end - Math.max(visit.startedAt, event.from) > overlapSeconds ? "inside" : "outside";
}
