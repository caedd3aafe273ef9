/** Days of a region: floor((unix seconds + offset · 60) / 86,400), with a fixed UTC offset in minutes. */

export const DAY_SECONDS = 86_400;
/** How long after its end a day may still be sealed without being late. */
export const SEAL_DUE_SECONDS = 2 * 3600;
/** An open end of a validity period. */
export const OPEN_END = 0xffff_ffff;

export function dayOf(unixSeconds: number, offsetMinutes: number): number {
  return Math.floor((unixSeconds + offsetMinutes * 60) / DAY_SECONDS);
}

/** Unix seconds at which the day begins; the next day's start is this day's end. */
export function dayStart(day: number, offsetMinutes: number): number {
  return day * DAY_SECONDS - offsetMinutes * 60;
}

/** Monday of the week that holds a day; day 0 was a Thursday. */
export function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7);
}

/** YYYY-MM-DD of a day number; the offset is already inside the number. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

/** Day number of a calendar date; null unless it is a real date written YYYY-MM-DD. */
export function dayOfDate(date: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return null;
  return ms / 1000 / DAY_SECONDS;
}
