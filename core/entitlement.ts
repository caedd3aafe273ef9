import { ABILITY_LEVELS, LTCI_LEVELS } from "./assessment.ts";
import { dateOfDay, dayOfDate } from "./day.ts";

/**
 * Who is due a monthly allowance. Pure: the same registry gives the same answer, so that a month's run, and what it is
 * settled at later, can be done again by anybody.
 */
export interface AllowanceTerms {
  fund: string;
  monthlyFen: number;
  minimumAge: number;
  /** A level of either scale; "" asks for none. */
  minimumLevel: string;
  area: "urban" | "rural" | "any";
  /** Programmes that nobody has beside this one; it holds in both directions. */
  excludes: readonly string[];
  /** Months within which there must be a sign of life; 0: none is asked for. */
  proofOfLifeMonths?: number;
}

export interface Enrolled {
  programme: string;
  elder: string;
  /** Days, inclusive. */
  validFrom: number;
  validTo: number;
  appliedOn: string;
}

/** What is known of an elder on one day; null of somebody who is not registered (any more) then. */
export interface KnownElder {
  birthDate: string;
  area: "urban" | "rural";
}

/** The registry, as of some day of the log. */
export interface AllowanceBook {
  terms(programme: string, day: number): AllowanceTerms | null;
  elder(elder: string, day: number): KnownElder | null;
  /** The newest assessed level of a scale that is valid on the day; null without one. */
  level(elder: string, scale: "gbt42195" | "ltci", day: number): string | null;
  enrolments(elder: string): readonly Enrolled[];
}

export const ALLOWANCE_REFUSALS = [
  "not_enrolled",
  "no_programme",
  "not_registered",
  "too_young",
  "level_too_low",
  "other_area",
  "excluded",
] as const;
export type AllowanceRefusal = (typeof ALLOWANCE_REFUSALS)[number];

export interface Due {
  fund: string;
  amountFen: bigint;
  /** The day of the month that counts: its first, or the day on which the enrolment began. */
  day: number;
}

interface MonthDays {
  readonly first: number;
  readonly last: number;
}
// They are asked for again and again: each is worked out once.
const daysOf = new Map<number, MonthDays>();
/** First and last day of a month (year · 100 + month). Throws RangeError on a month that there is not. */
export function daysOfMonth(month: number): MonthDays {
  const known = daysOf.get(month);
  if (known) return known;
  const first = dayOfDate(`${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}-01`);
  if (first === null) throw new RangeError("month: YYYYMM");
  const next = month % 100 === 12 ? month + 89 : month + 1;
  const days = { first, last: dayOfDate(`${Math.floor(next / 100)}-${String(next % 100).padStart(2, "0")}-01`)! - 1 };
  if (daysOf.size > 10_000) daysOf.clear();
  daysOf.set(month, days);
  return days;
}

// Days lie in a few months: each is written out once.
const months = new Map<number, number>();
export function monthOf(day: number): number {
  const known = months.get(day);
  if (known !== undefined) return known;
  if (months.size > 10_000) months.clear();
  const month = Number(dateOfDay(day).slice(0, 7).replace("-", ""));
  months.set(day, month);
  return month;
}

/** Years completed on a day. */
function ageOn(birthDate: string, day: number): number {
  const [born, now] = [birthDate.split("-").map(Number), dateOfDay(day).split("-").map(Number)];
  const before = now[1]! < born[1]! || (now[1] === born[1] && now[2]! < born[2]!);
  return now[0]! - born[0]! - (before ? 1 : 0);
}

/** Whether an elder's assessed level, valid on the day, reaches a minimum of either scale; null without an assessment. */
export function levelReached(
  book: Pick<AllowanceBook, "level">,
  elder: string,
  minimum: string,
  day: number,
): boolean | null {
  if (minimum === "") return true;
  const ability = (ABILITY_LEVELS as readonly string[]).includes(minimum);
  const [scale, order] = ability ? (["gbt42195", ABILITY_LEVELS] as const) : (["ltci", LTCI_LEVELS] as const);
  const level = book.level(elder, scale, day);
  return level === null
    ? null
    : (order as readonly string[]).indexOf(level) >= (order as readonly string[]).indexOf(minimum);
}

/** Everything but exclusions. */
function eligible(book: AllowanceBook, enrolled: Enrolled, month: number): Due | AllowanceRefusal {
  const { first, last } = daysOfMonth(month);
  const day = Math.max(first, enrolled.validFrom);
  if (day > last || enrolled.validTo < day) return "not_enrolled";
  const terms = book.terms(enrolled.programme, day);
  if (!terms) return "no_programme";
  const elder = book.elder(enrolled.elder, day);
  if (!elder) return "not_registered";
  // Whoever reaches the age within the month has reached it for the month.
  if (ageOn(elder.birthDate, last) < terms.minimumAge) return "too_young";
  if (!levelReached(book, enrolled.elder, terms.minimumLevel, day)) return "level_too_low";
  if (terms.area !== "any" && terms.area !== elder.area) return "other_area";
  return { fund: terms.fund, amountFen: BigInt(terms.monthlyFen), day };
}

const excludesEachOther = (book: AllowanceBook, a: string, b: string, day: number): boolean =>
  Boolean(book.terms(a, day)?.excludes.includes(b) || book.terms(b, day)?.excludes.includes(a));

/** Whoever applied first keeps the allowance; on one day, the programme whose code comes first. */
const precedes = (a: Enrolled, b: Enrolled): boolean =>
  a.appliedOn === b.appliedOn ? a.programme < b.programme : a.appliedOn < b.appliedOn;

/**
 * What remains of a month's allowance for somebody who moved within it: whoever was enrolled before the move is paid for
 * the days before it, whoever was enrolled with it for those from the enrolment on. Rounded down to whole fen. A move
 * that is known by its month alone cannot be shared by days.
 */
export function proRata(due: Due, month: number, movedOn: number | null): Due {
  const { first, last } = daysOfMonth(month);
  if (movedOn === null || movedOn < first || movedOn > last) return due;
  const days = due.day >= movedOn ? last + 1 - due.day : movedOn - first;
  return { ...due, amountFen: (due.amountFen * BigInt(days)) / BigInt(last + 1 - first) };
}

/** What an elder is due of a programme for a month, or why nothing. */
export function allowanceOf(
  book: AllowanceBook,
  programme: string,
  elder: string,
  month: number,
): Due | AllowanceRefusal {
  const enrolments = book.enrolments(elder);
  let reason: AllowanceRefusal = "not_enrolled";
  for (const enrolled of enrolments) {
    if (enrolled.programme !== programme) continue;
    const found = eligible(book, enrolled, month);
    if (typeof found === "string") {
      if (found !== "not_enrolled") reason = found;
      continue;
    }
    const rival = enrolments.some(
      (other) =>
        other.programme !== programme &&
        excludesEachOther(book, programme, other.programme, found.day) &&
        precedes(other, enrolled) &&
        typeof eligible(book, other, month) !== "string",
    );
    return rival ? "excluded" : found;
  }
  return reason;
}
