import { type Finding, type ReviewAct, rule } from "./rule.ts";

export const separation = rule({
  id: "R38",
  name: "SEPARATION",
  version: 1,
  level: "B",
  key: "region",
  windowDays: 0,
  params: {},
  title: { zh: "不相容职责由一人办理", en: "One person in two parts" },
  text: {
    zh: "同一人对同一事项既录入又审核、批准或发放的,或批准人持有收款单位、与其有关联的,不予支付。",
    en: "One person enters, reviews, approves or releases the same thing in two of these parts, or approves what goes to a payee that they own or are related to: not paid.",
  },
  judge({ acts }, at) {
    const found: Finding[] = [];
    for (const list of Map.groupBy(acts, ({ thing }) => thing).values())
      for (const own of Map.groupBy(list, ({ person }) => person).values()) {
        const fault = faultOf(own, (person) => at.book.tiesOf(person));
        if (fault && own.some(({ day }) => day === at.day)) found.push(fault);
      }
    return found;
  },
  say: ({ reason, acts }) =>
    reason === "ties"
      ? { zh: "批准人与收款单位有关联。", en: "The approver owns or is related to the payee." }
      : {
          zh: `同一人办理了同一事项的多个环节:${acts}。`,
          en: `One person acted in more than one part of the same thing: ${acts}.`,
        },
});

function faultOf(own: readonly ReviewAct[], tiesOf: (person: string) => ReadonlySet<string>): Finding | null {
  const subjects = own.map(({ id }) => id);
  const acts = [...new Set(own.map(({ act }) => act))].sort();
  if (acts.length > 1) return { severity: "block", subjects, numbers: { reason: "acts", acts: acts.join("+") } };
  const tied = own.filter(({ act, person, payee }) => act !== "enter" && tiesOf(person).has(payee));
  if (tied.length === 0) return null;
  return { severity: "block", subjects: tied.map(({ id }) => id), numbers: { reason: "ties", acts: acts[0]! } };
}
