import { dayOfDate, dayStart } from "../core/day.ts";

/** Whole fen, as decimal text, in yuan with two decimals: 1234567 → ¥12,345.67. Never through a float. */
export function yuan(fen: string | number | bigint): string {
  const value = BigInt(fen);
  const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${value < 0n ? "-" : ""}¥${whole}.${digits.slice(-2)}`;
}

/** Unix seconds at the region's offset, as officials write it. */
export function timeOf(seconds: number, offsetMinutes: number): string {
  return new Date((seconds + offsetMinutes * 60) * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** From when to when a visit lasted; the day is said once. */
export const spanOf = ({ startedAt, endedAt }: { startedAt: number; endedAt: number }, offsetMinutes: number): string =>
  `${timeOf(startedAt, offsetMinutes)} – ${timeOf(endedAt, offsetMinutes).slice(11)}`;

export const short = (hex: string): string => (hex.length > 18 ? `${hex.slice(0, 10)}…${hex.slice(-6)}` : hex);

/** What a wall clock of the region showed (YYYY-MM-DDTHH:MM) in Unix seconds; NaN for anything else. */
export function secondsOf(text: string, offsetMinutes: number): number {
  const [date = "", time = ""] = text.split("T");
  const day = dayOfDate(date);
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  return day === null ? Number.NaN : dayStart(day, offsetMinutes) + hours * 3600 + minutes * 60;
}
