import { type At, type Group, ofSeries, type ReviewVisit, rule, whole } from "./rule.ts";
import { isExact } from "./tally.ts";
import { lastTally, lastWindow, windowBefore } from "./window.ts";

export const exactUnits = rule({
  id: "R12",
  name: "EXACT_UNITS",
  version: 4,
  level: "M",
  key: "carer",
  windowDays: 30,
  params: { percent: whole(80, 1, 100), visits: whole(30, 1, 10_000), medianPercent: whole(30, 1, 100) },
  title: { zh: "时长总是恰好等于计价单位", en: "Always exactly the paid unit" },
  text: {
    zh: "护理员30日内(不少于30次)超过80%的服务时长与计价单位相差在60秒以内,而本机构其他护理员的中位数低于30%的,作标记。",
    en: "More than 80 % of a carer's visits in 30 days (30 or more) last a whole tariff unit to within 60 seconds, while the median of the provider's other carers is below 30 %: marked.",
  },
  needsPast: (group, at) => mayBeExact(group, at),
  judge(group, at) {
    const { visits } = group;
    const list = lastWindow(visits, at, 30);
    // Without its past the window is a part, whose share may be any.
    if (list.length < at.params.visits || !mayBeExact(group, at)) return [];
    const tallied = (some: readonly ReviewVisit[]) => ({
      visits: some.length,
      exact: some.filter((visit) => {
        const item = at.book.item(visit.item, visit.serviceDay);
        return item !== null && isExact(visit, item.unitMinutes);
      }).length,
    });
    const all = tallied(list);
    if (!exceeds(all, at.params.percent) || !othersAreNot(group, at, at.day)) return [];
    const old = tallied(windowBefore(visits, at, 30));
    const heldBefore =
      old.visits >= at.params.visits && exceeds(old, at.params.percent) && othersAreNot(group, at, at.day - 1);
    return [{ severity: "mark", subjects: ofSeries(list, heldBefore, at), numbers: all }];
  },
  say: ({ visits, exact }) => ({
    zh: `30日内${visits}次服务中有${exact}次时长恰为计价单位(相差60秒内),同机构其他人很少如此。`,
    en: `${exact} of ${visits} visits in 30 days last a whole unit to within 60 seconds; the provider's other carers rarely do.`,
  }),
});

type Judging = At;

function mayBeExact(group: Group, at: Judging): boolean {
  if (at.summaries.wasCorrected(group.key)) return true;
  const tally = lastTally(group, at, 30);
  return (
    tally.visits >= at.params["visits"]! && exceeds(tally, at.params["percent"]!) && othersAreNot(group, at, at.day)
  );
}

const exceeds = ({ visits, exact }: { visits: number; exact: number }, percent: number): boolean =>
  exact * 100 > visits * percent;

/** Whether the provider's other carers, in the median of 30 days, are below the bound. */
function othersAreNot({ key, visits }: Group, { summaries, params }: Judging, lastDay: number): boolean {
  const shares = summaries.exactShares(visits.at(-1)?.provider ?? "", lastDay, key);
  if (shares.length === 0) return false;
  shares.sort((a, b) => a - b);
  const [low, high] = [shares[Math.floor((shares.length - 1) / 2)]!, shares[Math.floor(shares.length / 2)]!];
  return low + high < 2 * params["medianPercent"]! * 100;
}
