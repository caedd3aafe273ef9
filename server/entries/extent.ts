import { readFileSync, renameSync, writeFileSync } from "node:fs";

/**
 * How far each region's log had come, in a file beside the database: a database that was restored from a backup is behind
 * it. Written after the commit, so the file never claims more than was acknowledged; it may lag by a second.
 */
export interface Extent {
  day: number;
  /** Entries of that day. */
  size: number;
  /** Set by hand after a restore that took this file back too: held until the readmission ends. */
  held?: true;
}

export interface Extents {
  /** As it was read last; `fresh` looks at the file again. */
  of(region: number, fresh?: boolean): Extent | undefined;
  /** What stands now; written within a second, at once when the process ends in good order. */
  note(region: number, extent: Extent): void;
  /** Writes it now, over whatever stood there. */
  set(region: number, extent: Extent): void;
  flush(): void;
}

const DELAY_MS = 1000;
const isBehind = (a: Extent, b: Extent) => a.day < b.day || (a.day === b.day && a.size < b.size);

/** A file that is gone or cannot be read says nothing: it is begun again. */
function read(file: string): Map<number, Extent> {
  try {
    const rows = JSON.parse(readFileSync(file, "utf8")) as Record<string, Extent>;
    return new Map(Object.entries(rows).map(([region, extent]) => [Number(region), extent]));
  } catch {
    return new Map();
  }
}

export function openExtents(file: string): Extents {
  let written = read(file);
  const noted = new Map<number, Extent>();
  let timer: NodeJS.Timeout | null = null;

  function write(rows: Map<number, Extent>): void {
    writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(rows))}\n`, { flush: true });
    renameSync(`${file}.new`, file);
    written = rows;
  }

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (noted.size === 0) return;
    // Another process may have come farther, or may hold the region by now.
    const rows = read(file);
    for (const [region, extent] of noted) {
      const known = rows.get(region);
      if (!known || (!known.held && isBehind(known, extent))) rows.set(region, extent);
    }
    noted.clear();
    write(rows);
  }

  return {
    of(region, fresh = false) {
      if (fresh) written = read(file);
      return written.get(region);
    },
    note(region, extent) {
      noted.set(region, extent);
      timer ??= setTimeout(flush, DELAY_MS).unref();
    },
    set(region, extent) {
      noted.delete(region);
      write(read(file).set(region, extent));
    },
    flush,
  };
}
