import { levelReached } from "../entitlement.ts";
import { certainFrom } from "./eventTime.ts";
import { isAtHome } from "./fence.ts";
import { type At, type Finding, isNew, type ReviewVisit, type RuleEvent, rule, whole } from "./rule.ts";

export const ineligible = rule({
  id: "R17",
  name: "INELIGIBLE",
  version: 1,
  level: "B",
  key: "elder",
  windowDays: 45,
  params: { urbanM: whole(150, 10, 10_000), ruralM: whole(300, 10, 10_000) },
  title: { zh: "服务日不符合享受条件", en: "Not eligible on the day of service" },
  text: {
    zh: "服务日的能力等级、评估有效期、居住地(迁出后仍在原住处签到)或服务计划不符合条件的,不予支付。",
    en: "On the day of service the level, the assessment's validity, the residence (a visit at a home that was left) or the plan does not entitle to the item: not paid.",
  },
  judge({ visits, news, entitlements }, at) {
    const found: Finding[] = [];
    const moved = visits.length === 0 ? [] : at.book.events(visits[0]!.elder).filter(({ type }) => type === "moved");
    for (const visit of visits) {
      const away = moved.length === 0 ? undefined : movedBefore(visit, moved, news, at);
      const reason = away ? "moved" : isNew(visit, at) ? reasonOf(visit, at) : null;
      if (!reason) continue;
      found.push({ severity: "block", subjects: [visit.id], numbers: { reason }, basis: away ? [away.id] : [] });
    }
    for (const { id, day, programme, elder, month } of entitlements) {
      const due = day === at.day ? at.book.allowance(programme, elder, month) : null;
      // Programmes that exclude each other are R16's.
      if (typeof due === "string" && due !== "excluded")
        found.push({ severity: "block", subjects: [id], numbers: { reason: due } });
    }
    return found;
  },
  say: ({ reason }) => REASONS[String(reason)] ?? { zh: "不符合条件。", en: "Not eligible." },
});

type Judging = At;

/** A move away, not held against the visit before: with no approved place here, and a visit at the home that was left. */
function movedBefore(
  visit: ReviewVisit,
  moved: readonly RuleEvent[],
  news: readonly RuleEvent[],
  at: Judging,
): RuleEvent | undefined {
  return moved.find(
    (event) =>
      (isNew(visit, at) || news.some(({ id }) => id === event.id)) &&
      visit.serviceDay >= certainFrom(event) &&
      (event.toDay === null || visit.serviceDay <= event.toDay) &&
      !at.book.hasOwnPlace(visit.elder, visit.serviceDay) &&
      isAtHome(visit, at.book, { urbanM: at.params["urbanM"]!, ruralM: at.params["ruralM"]! }),
  );
}

function reasonOf(visit: ReviewVisit, { book }: Judging): string | null {
  const { elder, item, serviceDay: day } = visit;
  const minimum = book.item(item, day)?.minimumLevel ?? "";
  if (minimum !== "" && book.keepsAssessments()) {
    const reached = levelReached(book, elder, minimum, day);
    if (reached !== true) return reached === null ? "unassessed" : "level";
  }
  return !book.planOf(visit, day) && book.wasPlanned(visit) ? "plan" : null;
}

const REASONS: Record<string, { zh: string; en: string }> = {
  unassessed: { zh: "服务日没有有效的能力评估。", en: "No assessment was valid on the day of service." },
  level: { zh: "评估等级未达到该项目的要求。", en: "The assessed level is below what the item asks for." },
  plan: { zh: "服务计划在服务日未生效或已到期。", en: "The plan was not valid on the day of service." },
  not_enrolled: { zh: "该月没有登记享受该补贴。", en: "There was no enrolment for that month." },
  no_programme: { zh: "该补贴项目在该月无效。", en: "The programme was not valid in that month." },
  not_registered: { zh: "老人在该月未登记。", en: "The elder was not registered in that month." },
  too_young: { zh: "未达到年龄要求。", en: "Below the age that the programme asks for." },
  level_too_low: { zh: "评估等级未达到要求。", en: "The assessed level is below what the programme asks for." },
  other_area: { zh: "居住地区不符合要求。", en: "The programme is for another kind of area." },
  moved: { zh: "老人已迁出。", en: "The elder had moved away." },
};
