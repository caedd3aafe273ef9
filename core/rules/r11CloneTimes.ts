import { type Finding, idsOf, isNew, ofSeries, type ReviewVisit, rule, secondsOf, whole } from "./rule.ts";
import { newDays, windows } from "./window.ts";

export const cloneTimes = rule({
  id: "R11",
  name: "CLONE_TIMES",
  version: 2,
  level: "M",
  key: "carer",
  windowDays: 14,
  params: { visits: whole(10, 2, 1000), durationSeconds: whole(60, 0, 3600) },
  title: { zh: "时间雷同", en: "The same times again and again" },
  text: {
    zh: "同一护理员14日内有10天以上的服务开始时分相同、时长相差不超过1分钟的,作标记。",
    en: "On ten or more of 14 days one carer's visits begin at the same minute of the day and last as long to within a minute: marked.",
  },
  needsPast({ key, visits }, at) {
    if (at.summaries.wasCorrected(key)) return true;
    const spread = Math.ceil((2 * at.params.durationSeconds) / 60) + 1;
    const first = (newDays(visits, at)?.first ?? at.day) - WINDOW + 1;
    const alike = (visit: ReviewVisit) =>
      at.summaries.startsAlike(key, visit.startMinute, Math.round(secondsOf(visit) / 60), spread, first);
    return visits.some((visit) => isNew(visit, at) && alike(visit) >= at.params.visits);
  },
  judge({ visits }, at) {
    if (visits.length < at.params.visits) return [];
    const byMinute = Map.groupBy(visits, ({ startMinute }) => startMinute);
    const news = new Set(visits.filter((visit) => isNew(visit, at)).map(({ startMinute }) => startMinute));
    return [...news].flatMap((minute): Finding[] => {
      const alike = clones(byMinute.get(minute)!, at);
      if (alike.subjects.size === 0) return [];
      const subjects = idsOf(visits).filter((id) => alike.subjects.has(id));
      return [{ severity: "mark", subjects, numbers: { visits: alike.visits, minute } }];
    });
  },
  say: ({ visits, minute }) => ({
    zh: `14日内有${visits}次服务都在${clock(minute)}开始,时长相同。`,
    en: `${visits} visits within 14 days begin at ${clock(minute)} and last equally long.`,
  }),
});

const WINDOW = 14;

/** Visits that begin at one minute, of whichever windows hold enough of them that last equally long. */
function clones(
  visits: readonly ReviewVisit[],
  at: { day: number; params: { visits: number; durationSeconds: number } },
): { subjects: Set<string>; visits: number } {
  const found = { subjects: new Set<string>(), visits: 0 };
  const { visits: least, durationSeconds } = at.params;
  for (const window of visits.length < least ? [] : windows(visits, at, WINDOW)) {
    const series = largestAlike(window, durationSeconds);
    if (daysOf(series) < least || !series.some((visit) => isNew(visit, at))) continue;
    const old = largestAlike(
      series.filter((visit) => !isNew(visit, at)),
      durationSeconds,
    );
    for (const id of ofSeries(series, daysOf(old) >= least, at)) found.subjects.add(id);
    found.visits = Math.max(found.visits, series.length);
  }
  return found;
}

const clock = (minute: number | string | undefined): string => {
  const whole = Number(minute);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
};

/** A group that begins together is one beginning: what counts is on how many days it was the same. */
const daysOf = (visits: readonly ReviewVisit[]): number => new Set(visits.map(({ serviceDay }) => serviceDay)).size;

/** The most visits whose durations lie within the tolerance of one of them. */
function largestAlike(visits: readonly ReviewVisit[], tolerance: number): ReviewVisit[] {
  let best: ReviewVisit[] = [];
  for (const duration of new Set(visits.map(secondsOf))) {
    const alike = visits.filter((visit) => Math.abs(secondsOf(visit) - duration) <= tolerance);
    if (alike.length > best.length) best = alike;
  }
  return best;
}
