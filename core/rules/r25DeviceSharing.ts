import { type At, type Finding, idsOf, isNew, ofSeries, type ReviewVisit, rule, whole } from "./rule.ts";
import { WINDOW_DAYS } from "./summaries.ts";
import { newDays, windows } from "./window.ts";

export const deviceSharing = rule({
  id: "R25",
  name: "DEVICE_SHARING",
  version: 2,
  level: "H",
  key: "device",
  windowDays: 7,
  params: { carers: whole(3, 2, 100), days: whole(7, 1, 31) },
  title: { zh: "多人共用一台设备", en: "One device, many carers" },
  text: {
    zh: "一台设备7日内有3名以上护理员使用的,暂缓待核。登记为共用(登记给两人以上)的,只计未登记的使用人。",
    en: "Three or more carers use one device within 7 days: held. Of a device that is registered as shared (to two or more), only carers to whom it is not registered count.",
  },
  concerns: (key, at) => at.summaries.usersOf(key, at.day - WINDOW_DAYS).length >= at.params.carers,
  needsPast({ key, visits }, at) {
    const first = (newDays(visits, at)?.first ?? at.day) - at.params.days + 1;
    return counted(key, at.summaries.usersOf(key, first), at).length >= at.params.carers;
  },
  judge({ key, visits }, at) {
    const carersOf = (some: readonly ReviewVisit[]) =>
      counted(key, [...new Set(some.map(({ carer }) => carer))], at).length;
    const named = new Set<string>();
    const most = { carers: 0, visits: 0 };
    for (const window of windows(visits, at, at.params.days)) {
      const carers = carersOf(window);
      if (carers < at.params.carers) continue;
      const heldBefore = carersOf(window.filter((visit) => !isNew(visit, at))) >= at.params.carers;
      for (const id of ofSeries(window, heldBefore, at)) named.add(id);
      most.carers = Math.max(most.carers, carers);
      most.visits = Math.max(most.visits, window.length);
    }
    if (named.size === 0) return [];
    const subjects = idsOf(visits).filter((id) => named.has(id));
    const found: Finding = { severity: "hold", subjects, numbers: most };
    return [found];
  },
  say: ({ carers, visits }) => ({
    zh: `该设备7日内被${carers}名护理员用于${visits}次签到。`,
    en: `The device was used by ${carers} carers for ${visits} check-ins within 7 days.`,
  }),
});

function counted(device: string, carers: readonly string[], { book }: Pick<At, "book">): readonly string[] {
  const owners = book.ownersOf(device);
  return owners.size < 2 ? carers : carers.filter((carer) => !owners.has(carer));
}
