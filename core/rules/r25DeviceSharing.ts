import { type At, type Finding, isNew, ofSeries, type ReviewVisit, rule, whole } from "./rule.ts";

export const deviceSharing = rule({
  id: "R25",
  name: "DEVICE_SHARING",
  version: 1,
  level: "H",
  key: "device",
  windowDays: 7,
  params: { carers: whole(3, 2, 100), days: whole(7, 1, 31) },
  title: { zh: "多人共用一台设备", en: "One device, many carers" },
  text: {
    zh: "一台设备7日内有3名以上护理员使用的,暂缓待核。登记为共用(登记给两人以上)的,只计未登记的使用人。",
    en: "Three or more carers use one device within 7 days: held. Of a device that is registered as shared (to two or more), only carers to whom it is not registered count.",
  },
  concerns: (key, at) => at.summaries.usersOf(key, at.day - at.params.days + 1).length >= at.params.carers,
  needsPast: ({ key }, at) =>
    counted(key, at.summaries.usersOf(key, at.day - at.params.days + 1), at).length >= at.params.carers,
  judge({ key, visits }, at) {
    const list = visits.filter(({ serviceDay }) => serviceDay > at.day - at.params.days);
    if (!list.some((visit) => isNew(visit, at))) return [];
    const carersOf = (some: readonly ReviewVisit[]) =>
      counted(key, [...new Set(some.map(({ carer }) => carer))], at).length;
    const carers = carersOf(list);
    if (carers < at.params.carers) return [];
    const heldBefore = carersOf(list.filter((visit) => !isNew(visit, at))) >= at.params.carers;
    const found: Finding = {
      severity: "hold",
      subjects: ofSeries(list, heldBefore, at),
      numbers: { carers, visits: list.length },
    };
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
