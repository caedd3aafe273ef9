import { daysOfMonth, monthOf } from "../entitlement.ts";
import { type At, idsOf, rule, whole } from "./rule.ts";

const MONTHS = 6;

export const outlier = rule({
  id: "R35",
  name: "OUTLIER",
  version: 1,
  level: "M",
  key: "provider",
  windowDays: 31,
  params: {
    peers: whole(10, 1, 10_000),
    percentile: whole(99, 50, 100),
    // With few peers the highest is always above all others: by how much it must be.
    marginPercent: whole(150, 100, 1000),
    ownTimes: whole(3, 1, 100),
    ownMonths: whole(3, 1, MONTHS),
  },
  title: { zh: "机构月度服务量异常", en: "A provider's month stands out" },
  text: {
    zh: "机构当月服务时长超过同行(不少于10家)第99百分位的1.5倍,或超过自身前六个月中位数3倍的,作标记。",
    en: "A provider's hours of a month are more than 1.5 times the 99th percentile of ten or more peers, or more than three times its own median of six months: marked.",
  },
  needsPast: ({ key }, at) => standsOut(key, at) !== null,
  judge({ key, visits }, at) {
    const found = standsOut(key, at);
    if (!found) return [];
    const month = monthOf(at.day);
    const subjects = idsOf(visits.filter(({ serviceDay }) => monthOf(serviceDay) === month));
    return subjects.length === 0 ? [] : [{ severity: "mark", subjects, numbers: { ...found, month } }];
  },
  say: ({ hours, peerHours, ownHours, month }) => ({
    zh: `该机构${month}服务${hours}小时,${Number(ownHours) > 0 ? `自身中位数${ownHours}小时` : `同行高位${peerHours}小时`}。`,
    en: `The provider served ${hours} hours in ${month}; ${Number(ownHours) > 0 ? `its own median is ${ownHours}` : `the peers' high is ${peerHours}`}.`,
  }),
});

type Judging = At;

const HOUR = 3600;

/** Only on a month's last day, when all of it is there. */
function standsOut(
  provider: string,
  { day, served, params }: Judging,
): Record<"hours" | "peerHours" | "ownHours", number> | null {
  const month = monthOf(day);
  if (daysOfMonth(month).last !== day) return null;
  const all = served(month);
  const seconds = all.get(provider) ?? 0;
  const peers = [...all].filter(([other]) => other !== provider).map(([, amount]) => amount);
  const peer = peers.length < params["peers"]! ? 0 : rank(peers, params["percentile"]!);
  const before: number[] = [];
  for (let i = 0, at = month; i < MONTHS; i++) {
    at = at % 100 === 1 ? at - 89 : at - 1;
    const amount = served(at).get(provider);
    if (amount !== undefined) before.push(amount);
  }
  const own = before.length < params["ownMonths"]! ? 0 : rank(before, 50);
  const ownExceeded = own > 0 && seconds > own * params["ownTimes"]!;
  if (!ownExceeded && !(peer > 0 && seconds * 100 > peer * params["marginPercent"]!)) return null;
  const hours = (amount: number) => Math.floor(amount / HOUR);
  return { hours: hours(seconds), peerHours: hours(peer), ownHours: ownExceeded ? hours(own) : 0 };
}

/** Nearest rank. */
function rank(amounts: number[], percent: number): number {
  const sorted = amounts.sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!;
}
