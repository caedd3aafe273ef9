import type { ReviewVisit } from "./rule.ts";

/** What an elder's day adds up to: the amount and the set of items. */
export function templateOf(visits: readonly ReviewVisit[]): string {
  if (visits.length === 1) return `${visits[0]!.priceFen} ${visits[0]!.item}`;
  const fen = visits.reduce((sum, { priceFen }) => sum + priceFen, 0);
  return `${fen} ${[...new Set(visits.map(({ item }) => item))].sort().join("+")}`;
}

/** An elder's visits by day of service; almost always these are of one day. */
export function serviceDays(visits: readonly ReviewVisit[]): Iterable<readonly ReviewVisit[]> {
  const [first] = visits;
  if (visits.every(({ serviceDay }) => serviceDay === first!.serviceDay)) return [visits];
  return Map.groupBy(visits, ({ serviceDay }) => serviceDay).values();
}

/** How many different elders each template stands for. */
export function countTemplates(byElder: ReadonlyMap<string, readonly ReviewVisit[]>): Map<string, number> {
  const elders = new Map<string, number>();
  for (const visits of byElder.values()) {
    const templates = [...serviceDays(visits)].map(templateOf);
    for (const template of templates.length === 1 ? templates : new Set(templates))
      elders.set(template, (elders.get(template) ?? 0) + 1);
  }
  return elders;
}
