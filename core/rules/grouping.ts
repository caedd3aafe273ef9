import { byBeginning, type ReviewVisit } from "./rule.ts";

/** Visits by a name, those of each name by their beginning. */
export function groupedBy(
  visits: readonly ReviewVisit[],
  name: (visit: ReviewVisit) => string,
): Map<string, ReviewVisit[]> {
  const groups = new Map<string, ReviewVisit[]>();
  for (const visit of visits) {
    const own = groups.get(name(visit));
    if (own) own.push(visit);
    else groups.set(name(visit), [visit]);
  }
  for (const own of groups.values()) if (own.length > 1) own.sort(byBeginning);
  return groups;
}

/** A question that is asked once, however often its answer is wanted. */
export function once<T>(ask: (of: number) => T): (of: number) => T {
  const answers = new Map<number, T>();
  return (of) => {
    const answer = answers.get(of) ?? ask(of);
    answers.set(of, answer);
    return answer;
  };
}
