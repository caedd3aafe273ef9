import { isPlannedPair } from "./overlap.ts";
import { byBeginning, type Finding, idsOf, isNew, type ReviewVisit, rule } from "./rule.ts";

export const evidenceReuse = rule({
  id: "R26",
  name: "EVIDENCE_REUSE",
  version: 2,
  level: "B",
  key: "region",
  windowDays: 45,
  ofPair: true,
  params: {},
  title: { zh: "同一证据用于多次服务", en: "Evidence used again" },
  text: {
    zh: "同一证据(照片、录音等的摘要)用于两次以上服务的,不予支付。计划内的双人服务除外。",
    en: "The same evidence (digest of a photo or recording) stands in two or more visits: not paid. Not for the two carers of one planned visit.",
  },
  judge({ visits }, at) {
    const byDigest = new Map<string, ReviewVisit[]>();
    for (const visit of visits)
      for (const digest of new Set(visit.evidence)) {
        const list = byDigest.get(digest);
        if (list) list.push(visit);
        else byDigest.set(digest, [visit]);
      }
    const found: Finding[] = [];
    for (const unordered of byDigest.values()) {
      if (unordered.length < 2 || !unordered.some((visit) => isNew(visit, at))) continue;
      const list = unordered.sort(byBeginning);
      // Both carers of one planned visit show the same thing.
      if (list.every((visit) => visit === list[0] || isPlannedPair(at.book, list[0]!, visit))) continue;
      const old = list.filter((visit) => !isNew(visit, at));
      const subjects = old.length >= 2 ? [old[0]!, ...list.filter((visit) => isNew(visit, at))] : list;
      found.push({ severity: "block", subjects: idsOf(subjects), numbers: { visits: list.length } });
    }
    return found;
  },
  say: ({ visits }) => ({
    zh: `同一份证据出现在${visits}次服务中。`,
    en: `The same evidence stands in ${visits} visits.`,
  }),
});
