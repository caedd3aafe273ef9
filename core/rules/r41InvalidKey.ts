import { isCreditCode, isUuid } from "../id.ts";
import { isNew, rule } from "./rule.ts";

export const invalidKey = rule({
  id: "R41",
  name: "INVALID_KEY",
  version: 1,
  level: "B",
  key: "provider",
  windowDays: 0,
  params: {},
  title: { zh: "标识无效", en: "Invalid identifiers" },
  text: {
    zh: "校验位、区划、等级有误,或标识为空、为零的记录退回提交方,不进入任何统计。",
    en: "Wrong check digits, region or level, empty or zero identifiers: back to the sender, and never into statistics.",
  },
  // Almost all of these are refused at the door; here stand those that a registry entry made later takes the ground from.
  judge: ({ visits }, at) =>
    visits.flatMap((visit) => {
      if (!isNew(visit, at)) return [];
      const field = keyFault(visit, at.book.item(visit.item, visit.serviceDay) !== null);
      return field ? [{ severity: "block" as const, subjects: [visit.id], numbers: { field } }] : [];
    }),
  say: ({ field }) => ({ zh: `标识无效:${field}。`, en: `An identifier is not valid: ${field}.` }),
});

const NIL = /^[0-]*$/;

/** The field of a visit whose key is not one; null when all are. Such visits are kept out of every other rule. */
export function keyFault(
  visit: { provider: string; carer: string; elder: string; item: string },
  itemKnown: boolean,
): string | null {
  if (!isCreditCode(visit.provider)) return "provider";
  if (!isUuid(visit.carer) || NIL.test(visit.carer)) return "caregiver";
  if (!isUuid(visit.elder) || NIL.test(visit.elder)) return "elder";
  return itemKnown ? null : "item";
}
