import type { ReviewVisit } from "./rule.ts";

/** What an elder's day adds up to: the amount and the set of items. */
export function templateOf(visits: readonly ReviewVisit[]): string {
  if (visits.length === 1) return `${visits[0]!.priceFen} ${visits[0]!.item}`;
  const fen = visits.reduce((sum, { priceFen }) => sum + priceFen, 0);
  return `${fen} ${[...new Set(visits.map(({ item }) => item))].sort().join("+")}`;
}

/** An elder's visits by day of service; almost always these are of one day. */
function serviceDays(visits: readonly ReviewVisit[]): Iterable<readonly ReviewVisit[]> {
  const [first] = visits;
  if (visits.every(({ serviceDay }) => serviceDay === first!.serviceDay)) return [visits];
  return Map.groupBy(visits, ({ serviceDay }) => serviceDay).values();
}

/** For each day of service, how many different elders each template stands for. */
export type TemplateCounts = Map<number, Map<string, number>>;

/** Adds one elder's visits to the counts. */
export function countTemplates(counts: TemplateCounts, visits: readonly ReviewVisit[]): void {
  for (const list of serviceDays(visits)) countOne(counts, list[0]!.serviceDay, templateOf(list), 1);
}

/** Adds the counts of `more` to `counts`. */
export function addTemplates(counts: TemplateCounts, more: TemplateCounts): void {
  for (const [day, templates] of more)
    for (const [template, elders] of templates) countOne(counts, day, template, elders);
}

function countOne(counts: TemplateCounts, day: number, template: string, elders: number): void {
  let ofDay = counts.get(day);
  if (!ofDay) {
    ofDay = new Map();
    counts.set(day, ofDay);
  }
  ofDay.set(template, (ofDay.get(template) ?? 0) + elders);
}
