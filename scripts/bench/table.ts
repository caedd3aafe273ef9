/** One measured line: what, our figure, the other's, their ratio and the aim. */
export interface Line {
  what: string;
  ours: string;
  other: string;
  ratio: string;
  aim: string;
}

export function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

export async function secondsAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const RATE_CALLS = 200_000;
/** Calls a second of something short, warm. */
export function rateOf(work: () => unknown): number {
  const call = (count: number) => {
    for (let i = 0; i < count; i++) work();
  };
  call(RATE_CALLS / 10);
  return RATE_CALLS / seconds(() => call(RATE_CALLS));
}

export const times = (ratio: number): string => `${ratio.toFixed(1)} ×`;
export const perSecond = (count: number, time: number): string => `${Math.round(count / time).toLocaleString("en")}/s`;

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function markdown(lines: Line[]): string {
  const rows = lines.map((line) => `| ${line.what} | ${line.ours} | ${line.other} | ${line.ratio} | ${line.aim} |`);
  return ["| what | SilverLedger | beside it | ratio | aim |", "|---|---|---|---|---|", ...rows].join("\n");
}
