import { type Finding, isNew, ofSeries, type ReviewVisit, rule, whole } from "./rule.ts";

export const tooManyVisits = rule({
  id: "R10",
  name: "TOO_MANY_VISITS",
  version: 1,
  level: "M/H",
  key: "carer",
  windowDays: 1,
  params: { mark: whole(16, 1, 1000), hold: whole(20, 1, 1000), meals: whole(60, 1, 1000) },
  title: { zh: "护理员一天服务次数过多", en: "Too many visits of one carer in a day" },
  text: {
    zh: "护理员一天服务达16次的作标记,达20次的暂缓待核;送餐以60次为限。",
    en: "A carer claims 16 visits in a day: marked; 20: held. Meal deliveries count up to 60.",
  },
  judge({ visits }, at) {
    const days = new Set(visits.filter((visit) => isNew(visit, at)).map(({ serviceDay }) => serviceDay));
    const isMeal = ({ item, serviceDay }: ReviewVisit) =>
      at.book.item(item, serviceDay)?.traits.includes("meal") ?? false;
    const severityOf = (list: readonly ReviewVisit[]): Finding["severity"] | null => {
      const meals = list.filter(isMeal).length;
      const others = list.length - meals;
      if (others >= at.params.hold || meals >= at.params.meals) return "hold";
      return others >= at.params.mark ? "mark" : null;
    };
    return [...days].flatMap((day): Finding[] => {
      const list = visits.filter(({ serviceDay }) => serviceDay === day);
      const severity = severityOf(list);
      if (!severity) return [];
      const heldBefore = severityOf(list.filter((visit) => !isNew(visit, at))) === severity;
      const meals = list.filter(isMeal).length;
      return [{ severity, subjects: ofSeries(list, heldBefore, at), numbers: { visits: list.length - meals, meals } }];
    });
  },
  say: ({ visits, meals }) => ({
    zh: `该护理员一天申报${visits}次服务${Number(meals) > 0 ? `、${meals}次送餐` : ""}。`,
    en: `The carer claims ${visits} visits${Number(meals) > 0 ? ` and ${meals} meal deliveries` : ""} in one day.`,
  }),
});
