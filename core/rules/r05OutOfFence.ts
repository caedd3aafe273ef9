import type { Outside } from "./outside.ts";
import { type At, type Finding, idsOf, isNew, type ReviewVisit, rule, whole } from "./rule.ts";

export const outOfFence = rule({
  id: "R05",
  name: "OUT_OF_FENCE",
  version: 1,
  level: "M/H",
  key: "carer",
  windowDays: 30,
  params: {
    urbanM: whole(150, 10, 10_000),
    ruralM: whole(300, 10, 10_000),
    times: whole(3, 2, 100),
    carersOff: whole(5, 2, 100),
    sameVectorM: whole(100, 1, 1000),
  },
  title: { zh: "签到地点不在老人住处", en: "Outside the elder's fence" },
  text: {
    zh: "签到或签退地点(减去误差)距老人住处或核准地点超过150米(城区)或300米(农村)的,作标记;同一护理员30日内达3次的暂缓待核。社区项目与不限地点的项目除外;5名以上护理员偏移方向与距离相同的,视为登记地址有误,另行核对。",
    en: "Check-in or check-out is farther than 150 m (urban) or 300 m (rural) from the elder's home or an approved place, after accuracy: marked; three times by one carer in 30 days: held. Not for items in the community or anywhere; where five carers are off by the same vector, the registered address is wrong and is looked at instead.",
  },
  judge({ key, visits }, at) {
    const { params } = at;
    const all = outsideOf(key, at);
    if (all.length === 0) return [];
    const away = awayOf(at);
    const faults = all.filter((outside) => !isWrongAddress(outside, away(outside.elder), at));
    const news = newOnes(visits, at);
    const fresh = faults.filter(({ visit }) => news.has(visit));
    if (fresh.length === 0) return [];
    const found: Finding[] = fresh.map(({ visit, metres, fenceM }) => ({
      severity: "mark",
      subjects: [visit],
      numbers: { metres, fenceM, times: 1 },
    }));
    if (faults.length < params.times) return found;
    const heldBefore = faults.length - fresh.length >= params.times;
    const subjects = (heldBefore ? fresh : faults).map(({ visit }) => visit);
    const metres = faults.reduce((least, outside) => Math.min(least, outside.metres), Number.MAX_SAFE_INTEGER);
    return [...found, { severity: "hold", subjects, numbers: { metres, fenceM: params.urbanM, times: faults.length } }];
  },
  clears: ({ key, visits }, at) => {
    const news = newOnes(visits, at);
    const away = awayOf(at);
    const cleared = outsideOf(key, at).filter(
      (outside) => news.has(outside.visit) && isWrongAddress(outside, away(outside.elder), at),
    );
    return cleared.flatMap((outside) => alikeTo(outside, away(outside.elder), at).map(({ visit }) => visit));
  },
  say: ({ metres, fenceM, times }) =>
    Number(times) > 1
      ? {
          zh: `该护理员30日内${times}次在围栏外签到,最近的也超出至${metres}米。`,
          en: `The carer checked in outside the fence ${times} times in 30 days, at ${metres} m or more.`,
        }
      : {
          zh: `签到地点距住处${metres}米(已减误差),限${fenceM}米。`,
          en: `Recorded ${metres} m from the home after accuracy; the fence is ${fenceM} m.`,
        },
});

type Judging = At;

const newOnes = (visits: readonly ReviewVisit[], at: Judging): ReadonlySet<string> =>
  new Set(idsOf(visits.filter((visit) => isNew(visit, at))));

const outsideOf = (carer: string, { summaries, day }: Judging): Outside[] =>
  summaries.outsideOfCarer(carer).filter(({ serviceDay }) => serviceDay > day - 30);

/** Check-ins away from an elder's home, and by how many carers. */
interface Away {
  all: Outside[];
  carers: number;
}

/** Each elder is asked for once, however often a carer stood outside. */
function awayOf({ summaries, day }: Judging): (elder: string) => Away {
  const known = new Map<string, Away>();
  return (elder) => {
    let away = known.get(elder);
    if (!away) {
      const all = summaries.outsideOfElder(elder).filter(({ serviceDay }) => serviceDay > day - 30);
      away = { all, carers: new Set(all.map(({ carer }) => carer)).size };
      known.set(elder, away);
    }
    return away;
  };
}

/** Check-ins of whatever carers at the same place away from the elder's home. */
const alikeTo = (one: Outside, { all }: Away, { params }: Judging): Outside[] =>
  all.filter((other) => near(one, other, params["sameVectorM"]!));

/** So many carers saw the elder there that the home's address is what is wrong. */
function isWrongAddress(one: Outside, away: Away, at: Judging): boolean {
  const least = at.params["carersOff"]!;
  return away.carers >= least && new Set(alikeTo(one, away, at).map(({ carer }) => carer)).size >= least;
}

function near(a: Outside, b: Outside, metres: number): boolean {
  const [east, north] = [Math.floor((a.east - b.east) / 1000), Math.floor((a.north - b.north) / 1000)];
  return east * east + north * north <= metres * metres;
}
