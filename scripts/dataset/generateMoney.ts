import { ABILITY_ITEMS, abilityLevel, abilityPoints } from "../../core/assessment.ts";
import { dateOfDay } from "../../core/day.ts";

/**
 * What payments rest on, for the demonstration district: prices that two funds and the elder share, an assessment of
 * everybody, two allowances that exclude each other. Made up after published ones; so nothing here says `verified`.
 */
type Row = Record<string, string | number>;

const yearOf = (day: number): string => dateOfDay(day).slice(0, 4);
const yearStart = (day: number): string => `${yearOf(day)}-01-01`;
const INSURANCE = { fund: "ltci-2026", percent: 60 };
const CITY = { fund: "city-care-2026", percent: 30 };
const ALLOWANCE = "city-allowance-2026";
export const DEMO_FUNDS = { insurance: INSURANCE.fund, city: CITY.fund, allowance: ALLOWANCE } as const;
const FEN_A_MINUTE = 100;

const ageOf = (birthDate: Row[string] | undefined, day: number): number =>
  Number(yearOf(day)) - Number(String(birthDate).slice(0, 4));

/** Names of the funds, and made-up accounts where their money lies. */
export function fundPolicies() {
  const fund = (name_zh: string, name_en: string, account: string) => ({
    name_zh,
    name_en,
    account_name: "长宁区民政局(演示)",
    account,
    bank: "",
  });
  return {
    [INSURANCE.fund]: fund("长期护理保险基金 2026", "Long-term-care insurance 2026", "31001599900000001"),
    [CITY.fund]: fund("居家养老服务补贴 2026", "Home-care subsidy 2026", "31001599900000002"),
    [ALLOWANCE]: fund("养老津贴专项资金 2026", "Allowances for the old 2026", "31001599900000003"),
  };
}

export function tariffs(items: Row[], firstDay: number): Row[] {
  return items.flatMap(({ code, unit_minutes }) =>
    [INSURANCE, CITY].map(({ fund, percent }) => ({
      item: code!,
      fund,
      price_fen: Number(unit_minutes) * FEN_A_MINUTE,
      fund_share_percent: percent,
      valid_from: yearStart(firstDay),
      valid_to: "",
      document: "示例〔2026〕1号",
      verified: 0,
    })),
  );
}

/** Every elder once, before the first day; the score falls the older somebody is. */
export function assessments(elders: Row[], firstDay: number, random: () => number): Row[] {
  return elders.map(({ id, birth_date }) => {
    const age = ageOf(birth_date, firstDay);
    const able = Math.max(0.2, Math.min(0.95, 1.6 - age / 100 + (random() - 0.5) / 2));
    const scores = ABILITY_ITEMS.map((most) => Math.min(most, Math.round(most * able + (random() - 0.5))));
    const whole = scores.map((score) => Math.max(0, score));
    return {
      id: `a-${id}`,
      elder: id!,
      assessed_on: dateOfDay(firstDay - 30),
      valid_until: dateOfDay(firstDay + 335),
      scale: "gbt42195",
      scores: whole.join(";"),
      level: abilityLevel(whole, { coma: false, heavier: false }),
      assessor: `评估员${1 + (abilityPoints(whole) % 7)}`,
      organisation: "长宁区评估中心",
    };
  });
}

export function programmes(firstDay: number): Row[] {
  const shared = {
    fund: ALLOWANCE,
    area: "any",
    proof_of_life_months: 12,
    valid_from: yearStart(firstDay),
    valid_to: "",
    document: "示例〔2026〕2号",
    verified: 0,
  };
  return [
    {
      id: "old-age",
      name_zh: "高龄津贴",
      name_en: "Old-age allowance",
      monthly_fen: 18_000,
      minimum_age: 70,
      minimum_level: "",
      excludes: "",
      ...shared,
    },
    {
      id: "nursing",
      name_zh: "护理补贴",
      name_en: "Nursing allowance",
      monthly_fen: 35_000,
      minimum_age: 60,
      minimum_level: "severe",
      excludes: "old-age",
      ...shared,
    },
  ];
}

/** Whoever is severely impaired gets the nursing allowance, whoever else is old enough the old-age one. */
export function enrolments(elders: Row[], assessed: Row[], firstDay: number): Row[] {
  const levels = new Map(assessed.map(({ elder, level }) => [elder, level]));
  return elders.flatMap(({ id, birth_date }) => {
    const age = ageOf(birth_date, firstDay);
    const severe = ["severe", "total"].includes(String(levels.get(id!)));
    const programme = severe ? "nursing" : age >= 71 ? "old-age" : null;
    const day = dateOfDay(firstDay);
    return programme ? [{ programme, elder: id!, from: day, to: "", applied_on: dateOfDay(firstDay - 20) }] : [];
  });
}
