import { daysOfMonth } from "../entitlement.ts";
import { type At, type Finding, type ReviewEntitlement, rule, whole } from "./rule.ts";

export const sharedAccount = rule({
  id: "R32",
  name: "SHARED_ACCOUNT",
  version: 1,
  level: "B",
  key: "region",
  windowDays: 0,
  params: { elders: whole(3, 2, 100) },
  title: { zh: "多位老人领款账户相同", en: "Many elders, one account" },
  text: {
    zh: "3位以上无亲属关系老人的津贴付至同一账户,或付至服务机构账户的,不予支付。登记的监护人账户除外。",
    en: "Allowances of three or more unrelated elders go to one account, or to the account of a provider: not paid. Not for a registered guardian's account.",
  },
  judge({ entitlements }, at) {
    const byAccount = new Map<string, { one: ReviewEntitlement; household: string }[]>();
    for (const one of entitlements) {
      const home = at.book.home(one.elder, daysOfMonth(one.month).last);
      if (!home || home.account === "" || home.guardian) continue;
      const list = byAccount.get(home.account) ?? [];
      list.push({ one, household: home.household === "" ? one.elder : home.household });
      byAccount.set(home.account, list);
    }
    return [...byAccount].flatMap(([account, list]) => faultOf(account, list, at));
  },
  say: ({ elders, provider }) =>
    provider
      ? { zh: "津贴付至服务机构的账户。", en: "The allowance goes to a provider's account." }
      : {
          zh: `同一账户收取${elders}户老人的津贴。`,
          en: `One account receives the allowances of ${elders} households.`,
        },
});

function faultOf(
  account: string,
  list: readonly { one: ReviewEntitlement; household: string }[],
  { book, day, params }: Pick<At, "book" | "day" | "params">,
): Finding[] {
  const elders = new Set(list.map(({ household }) => household)).size;
  const provider = book.isProviderAccount(account) ? 1 : 0;
  if ((elders < params["elders"]! && !provider) || !list.some(({ one }) => one.day === day)) return [];
  return [{ severity: "block", subjects: list.map(({ one }) => one.id), numbers: { elders, provider } }];
}
