import { daysOfMonth, monthOf } from "../entitlement.ts";
import { type At, type Finding, type Group, idsOf, isNew, ofSeries, rule, whole } from "./rule.ts";
import { isForeign } from "./tally.ts";
import { lastTally, lastWindow, windowBefore } from "./window.ts";

export const ghostCarer = rule({
  id: "R24",
  name: "GHOST_CARER",
  version: 3,
  level: "H",
  key: "carer",
  windowDays: 30,
  params: {
    percent: whole(80, 1, 100),
    visits: whole(5, 1, 10_000),
    days: whole(2, 1, 31),
    capHours: whole(174, 1, 744),
    capPercent: whole(95, 1, 100),
  },
  title: { zh: "挂名护理员", en: "A carer in name only" },
  text: {
    zh: "护理员30日内(至少5次、2天)80%以上的服务由登记给他人的设备签到;或某护理员当月工时达上限95%后,同一设备改由同事名义签到的,暂缓待核。",
    en: "80 % or more of a carer's visits in 30 days (5 or more, on 2 days) come from a device that is registered to another; or a carer reaches 95 % of the monthly cap and the same device goes on in a colleague's name: held.",
  },
  needsPast: mayBeGhost,
  judge(group, at) {
    return [...foreignDevices(group, at), ...takenOver(group, at)];
  },
  say: ({ reason, visits, foreign, hours }) =>
    reason === "cap"
      ? {
          zh: `设备原使用人当月已达${hours}小时,接近上限,其后以该护理员名义签到。`,
          en: `The device's carer had reached ${hours} hours of the month; afterwards it checked in under this carer's name.`,
        }
      : {
          zh: `30日内${visits}次服务中有${foreign}次由登记给他人的设备签到。`,
          en: `${foreign} of ${visits} visits in 30 days were checked in by devices registered to others.`,
        },
});

type Judging = At;

const isGhost = (tally: { visits: number; foreign: number; days: number }, params: Judging["params"]): boolean =>
  tally.visits >= params["visits"]! &&
  tally.days >= params["days"]! &&
  tally.foreign * 100 >= tally.visits * params["percent"]!;

function mayBeGhost(group: Group, at: Judging): boolean {
  return at.summaries.wasCorrected(group.key) || isGhost(lastTally(group, at, 30), at.params);
}

function foreignDevices(group: Group, at: Judging): Finding[] {
  const { visits } = group;
  const list = lastWindow(visits, at, 30);
  // Without its past the window is a part, whose share may be any.
  if (list.length < at.params["visits"]! || !mayBeGhost(group, at)) return [];
  const tallied = (some: typeof list) => ({
    visits: some.length,
    days: new Set(some.map(({ serviceDay }) => serviceDay)).size,
    foreign: some.filter((visit) => isForeign(visit, at.book)).length,
  });
  const all = tallied(list);
  if (!isGhost(all, at.params)) return [];
  const heldBefore = isGhost(tallied(windowBefore(visits, at, 30)), at.params);
  const numbers = { reason: "device", visits: all.visits, foreign: all.foreign };
  return [{ severity: "hold", subjects: ofSeries(list, heldBefore, at), numbers }];
}

function takenOver({ key, visits }: Group, at: Judging): Finding[] {
  const limit = at.params["capHours"]! * 36 * at.params["capPercent"]!;
  let hours = 0;
  const taken = visits.filter((visit) => {
    if (!isNew(visit, at) || visit.device === "" || at.book.ownersOf(visit.device).has(key)) return false;
    const { first } = daysOfMonth(monthOf(visit.serviceDay));
    const others = new Set([...at.book.ownersOf(visit.device), ...at.summaries.usersOf(visit.device, first)]);
    others.delete(key);
    for (const other of others) {
      const { seconds } = at.summaries.tally(other, first, visit.serviceDay);
      if (seconds >= limit) hours = Math.max(hours, Math.floor(seconds / 3600));
      if (seconds >= limit) return true;
    }
    return false;
  });
  return taken.length === 0 ? [] : [{ severity: "hold", subjects: idsOf(taken), numbers: { reason: "cap", hours } }];
}
