import { placeNumber } from "./packedVisit.ts";
import { type Finding, type Fix, idsOf, isNew, type ReviewVisit, rule, whole } from "./rule.ts";
import { lastWindow } from "./window.ts";

const placesOf = ({ placeIn, placeOut }: ReviewVisit): Fix[] => [placeIn, placeOut].filter((fix) => fix !== null);

export const locationOff = rule({
  id: "R06",
  name: "LOCATION_OFF_OR_MOCK",
  version: 2,
  level: "H",
  key: "carer",
  windowDays: 30,
  params: { sameFixDays: whole(4, 2, 45) },
  title: { zh: "无定位、虚拟定位或定位重复", en: "No location, a mocked one, or the same fix day after day" },
  text: {
    zh: "没有定位、系统报告虚拟定位,或同一护理员30日内有4天以上定位到小数点后六位完全相同的,暂缓待核。无定位但有入户扫码(QR/NFC)或家属确认的除外。",
    en: "No fix, a mocked one, or one carer's fix identical to the sixth decimal on four or more days in 30: held. A missing fix is no fault with a code scanned at the home (QR, NFC) or the family's confirmation.",
  },
  needsPast({ visits, key }, at) {
    const places = new Set<number>();
    for (const visit of visits) if (isNew(visit, at)) for (const fix of placesOf(visit)) places.add(placeNumber(fix));
    return at.summaries.daysAtOnePlace(key, places, at.day - 30) >= at.params.sameFixDays;
  },
  judge({ visits }, at) {
    const found: Finding[] = [];
    for (const visit of visits) {
      if (!isNew(visit, at)) continue;
      const missing = placesOf(visit).length === 0;
      if (visit.mock) found.push({ severity: "hold", subjects: [visit.id], numbers: { reason: "mock" } });
      else if (missing && !visit.alternateProof && visit.family !== "confirmed")
        found.push({ severity: "hold", subjects: [visit.id], numbers: { reason: "missing" } });
    }
    return [...found, ...repeated(visits, at)];
  },
  say: ({ reason, days }) =>
    reason === "repeated"
      ? {
          zh: `30日内有${days}天的定位完全相同(到小数点后六位)。`,
          en: `The same fix to the sixth decimal on ${days} days within 30.`,
        }
      : reason === "mock"
        ? { zh: "手机报告使用了虚拟定位。", en: "The phone reported a mocked location." }
        : {
            zh: "签到与签退均无定位,也没有扫码或家属确认。",
            en: "Neither check-in nor check-out has a location, a scanned code or the family's confirmation.",
          },
});

const daysOf = (visits: readonly ReviewVisit[]): number => new Set(visits.map(({ serviceDay }) => serviceDay)).size;

function repeated(visits: readonly ReviewVisit[], at: { day: number; params: { sameFixDays: number } }): Finding[] {
  const window = lastWindow(visits, at, 30);
  if (daysOf(window) < at.params.sameFixDays) return [];
  const byPlace = new Map<string, Set<ReviewVisit>>();
  for (const visit of window)
    for (const { lon, lat } of placesOf(visit)) {
      const name = `${lon}/${lat}`;
      byPlace.set(name, (byPlace.get(name) ?? new Set()).add(visit));
    }
  const found: Finding[] = [];
  for (const set of byPlace.values()) {
    const series = [...set];
    if (!series.some((visit) => isNew(visit, at))) continue;
    const days = daysOf(series);
    if (days < at.params.sameFixDays) continue;
    const old = series.filter((visit) => !isNew(visit, at));
    const subjects = daysOf(old) >= at.params.sameFixDays ? series.filter((visit) => isNew(visit, at)) : series;
    found.push({ severity: "hold", subjects: idsOf(subjects), numbers: { reason: "repeated", days } });
  }
  return found;
}
