import { isPlannedPair } from "./overlap.ts";
import { idsOf, isNew, rule } from "./rule.ts";

export const evidenceReuse = rule({
  id: "R26",
  name: "EVIDENCE_REUSE",
  version: 3,
  level: "B",
  key: "evidence",
  windowDays: 45,
  least: 2,
  ofPair: true,
  params: {},
  title: { zh: "同一证据用于多次服务", en: "Evidence used again" },
  text: {
    zh: "同一证据(照片、录音等的摘要)用于两次以上服务的,不予支付。计划内的双人服务除外。",
    en: "The same evidence (digest of a photo or recording) stands in two or more visits: not paid. Not for the two carers of one planned visit.",
  },
  judge({ visits }, at) {
    if (!visits.some((visit) => isNew(visit, at))) return [];
    // Both carers of one planned visit show the same thing.
    if (visits.slice(1).every((visit) => isPlannedPair(at.book, visits[0]!, visit))) return [];
    const old = visits.filter((visit) => !isNew(visit, at));
    const subjects = old.length >= 2 ? [old[0]!, ...visits.filter((visit) => isNew(visit, at))] : visits;
    return [{ severity: "block", subjects: idsOf(subjects), numbers: { visits: visits.length } }];
  },
  say: ({ visits }) => ({
    zh: `同一份证据出现在${visits}次服务中。`,
    en: `The same evidence stands in ${visits} visits.`,
  }),
});
