import { existsSync, readFileSync } from "node:fs";

/**
 * The highest memory that this program ever held, in MB. The kernel's maxRSS survives exec and so counts the parent that
 * forked us; VmHWM is this program's own.
 */
export function peakMb(): number {
  const status = "/proc/self/status";
  const kilobytes = existsSync(status)
    ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1])
    : process.resourceUsage().maxRSS;
  return Math.round(kilobytes / 1024);
}
