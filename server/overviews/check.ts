import type { FsckReport } from "../audits/fsck.ts";
import type { Clock } from "../clock.ts";

/** A check of everything that somebody asked for on a page: one at a time, followed while it runs. */
export interface Check {
  state: "never" | "running" | "done" | "failed";
  startedAt: number | null;
  finishedAt: number | null;
  entries: number;
  outOf: number;
  report: FsckReport | null;
}

export interface Checks {
  /** Begins a check; one that runs already goes on. */
  start(): void;
  current(): Check;
}

export function openChecks(parts: {
  run: (onProgress: (entries: number) => void) => Promise<FsckReport>;
  countEntries: () => number;
  clock: Clock;
}): Checks {
  let check: Check = { state: "never", startedAt: null, finishedAt: null, entries: 0, outOf: 0, report: null };
  return {
    current: () => check,
    start() {
      if (check.state === "running") return;
      const running: Check = {
        state: "running",
        startedAt: parts.clock.now(),
        finishedAt: null,
        entries: 0,
        outOf: parts.countEntries(),
        report: null,
      };
      check = running;
      parts
        .run((entries) => {
          running.entries = entries;
        })
        .then(
          (report) => Object.assign(running, { state: "done", report, entries: running.outOf }),
          // The chain is down, or the disk: the check says nothing then, and can be begun again.
          () => Object.assign(running, { state: "failed" }),
        )
        .finally(() => {
          running.finishedAt = parts.clock.now();
        });
    },
  };
}
