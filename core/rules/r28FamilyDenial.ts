import { unjudged } from "./eventTime.ts";
import { type At, type Finding, type Group, isNew, ofSeries, rule, whole } from "./rule.ts";
import { lastTally, lastWindow } from "./window.ts";

export const familyDenial = rule({
  id: "R28",
  name: "FAMILY_DENIAL",
  version: 4,
  level: "H/M",
  key: "carer",
  windowDays: 30,
  params: { percent: whole(50, 1, 100), answers: whole(20, 1, 10_000) },
  title: { zh: "家属否认", en: "The family denies the visit" },
  text: {
    zh: "家属表示没有上门的(记录中注明,或事后经家属链接答复),暂缓待核;护理员30日内确认率低于50%(答复不少于20次)的,作标记。未答复不计。",
    en: "The family says that nobody came (in the record, or later by its link): held. A carer's confirmations are below 50 % of 20 or more answers in 30 days: marked. No answer does not count.",
  },
  needsPast: mayBeLow,
  judge(group, at) {
    const { visits } = group;
    const found: Finding[] = visits
      .filter((visit) => isNew(visit, at) && visit.family === "denied")
      .map(({ id }) => ({ severity: "hold", subjects: [id], numbers: { denied: 1, answers: 1 } }));
    // A family that answers by its link names the visit by its times.
    for (const [visit, event] of unjudged(group, at, ({ carer }) => carer))
      if (event.type === "family_denied" && event.from === visit.startedAt && event.to === visit.endedAt)
        found.push({
          severity: "hold",
          subjects: [visit.id],
          numbers: { denied: 1, answers: 1 },
          basis: [event.id],
        });
    // Without its past the window is a part, whose share may be any.
    if (!mayBeLow(group, at)) return found;
    const answered = lastWindow(visits, at, 30).filter(({ family }) => family !== "none");
    const tallied = (list: typeof answered) => {
      const denied = list.filter(({ family }) => family === "denied").length;
      return { denied, confirmed: list.length - denied };
    };
    const all = tallied(answered);
    if (!isLow(all, at.params) || !answered.some((visit) => isNew(visit, at))) return found;
    const heldBefore = isLow(tallied(answered.filter((visit) => !isNew(visit, at))), at.params);
    const subjects = ofSeries(
      answered.filter(({ family }) => family === "denied"),
      heldBefore,
      at,
    );
    const numbers = { denied: all.denied, answers: answered.length };
    return subjects.length === 0 ? found : [...found, { severity: "mark", subjects, numbers }];
  },
  say: ({ denied, answers }) =>
    Number(answers) > 1
      ? {
          zh: `30日内${answers}次答复中有${denied}次否认。`,
          en: `${denied} of ${answers} answers within 30 days deny the visit.`,
        }
      : { zh: "家属表示没有上门服务。", en: "The family says that no visit took place." },
});

type Judging = At;

function mayBeLow(group: Group, at: Judging): boolean {
  return at.summaries.wasCorrected(group.key) || isLow(lastTally(group, at, 30), at.params);
}
const isLow = ({ confirmed, denied }: { confirmed: number; denied: number }, params: Judging["params"]): boolean =>
  confirmed + denied >= params["answers"]! && confirmed * 100 < (confirmed + denied) * params["percent"]!;
