import type { Sql } from "../db/client.ts";

/** How many of the newest marks are kept in memory, and as runs in the database. */
const KEPT_SEEDS = 65_536;
const MARK_BYTES = 8;

type Seeded = readonly { seedMark: bigint | null }[];

/**
 * Marks of all seeds ever used. They are random: in an index that grows, each dirties a page of its own, which costs as much
 * to flush as the rest of the record. So the newest stand in the database as runs, one after the other, and in memory as a
 * set; when they are many they move on in order into the table of all others, a page of which takes many at once.
 *
 * Everything here happens within the transaction that appends, which no other process's can overlap.
 */
export function openSeedStore(sql: Sql, kept = KEPT_SEEDS) {
  // Prepared when they are first used: a backup that is looked at may be older than the tables.
  const prepare = () => ({
    runs: sql.prepare("SELECT number, marks FROM seed_run WHERE region = ? AND number > ? ORDER BY number").raw(),
    insert: sql.prepare("INSERT INTO seed_run VALUES (?, ?, ?)"),
    find: sql
      .prepare(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM used_seed WHERE region = ? AND mark = value)",
      )
      .pluck()
      .safeIntegers(),
    move: sql.prepare("INSERT OR IGNORE INTO used_seed SELECT ?, value FROM json_each(?) ORDER BY value"),
    empty: sql.prepare("DELETE FROM seed_run WHERE region = ?"),
  });
  let statements: ReturnType<typeof prepare> | null = null;
  function ready() {
    statements ??= prepare();
    return statements;
  }

  interface Recent {
    marks: Set<bigint>;
    /** Number of the last run that `marks` holds; numbers only grow. */
    number: number;
    /** Spent in this transaction, and not in a run yet. */
    fresh: bigint[];
  }
  const regions = new Map<number, Recent>();
  /** Regions whose runs were looked at in this transaction: what another process appended meanwhile is known. */
  const seen = new Set<number>();
  const listOf = (marks: Iterable<bigint>) => `[${[...marks].join()}]`;

  function recentOf(region: number): Recent {
    const recent = regions.get(region) ?? { marks: new Set(), number: 0, fresh: [] };
    if (seen.has(region)) return recent;
    for (const [number, run] of ready().runs.all(region, recent.number) as [number, Buffer][]) {
      for (let at = 0; at < run.length; at += MARK_BYTES) recent.marks.add(run.readBigUInt64BE(at));
      recent.number = number;
    }
    regions.set(region, recent);
    seen.add(region);
    return recent;
  }

  function append(region: number, recent: Recent, marks: readonly bigint[]): void {
    const run = Buffer.allocUnsafe(marks.length * MARK_BYTES);
    marks.forEach((mark, i) => void run.writeBigUInt64BE(mark, i * MARK_BYTES));
    ready().insert.run(region, ++recent.number, run);
  }

  let written = false;
  function takeBack(recent: Recent): void {
    for (const mark of recent.fresh) recent.marks.delete(mark);
    recent.fresh = [];
  }

  const marksOf = (entries: Seeded): bigint[] =>
    entries.flatMap(({ seedMark }) => (seedMark === null ? [] : [seedMark]));

  return {
    /** Runs a transaction; what it spent is not spent when it is undone. */
    within<T>(transaction: () => T): T {
      seen.clear();
      written = false;
      try {
        return transaction();
      } catch (error) {
        // What the database undid is read again; before anything was written there is little to take back.
        if (written) regions.clear();
        else for (const recent of regions.values()) takeBack(recent);
        throw error;
      }
    },
    /** Those of the entries' marks that were used before, or twice among themselves. */
    spent(region: number, entries: Seeded): bigint[] {
      const marks = marksOf(entries);
      if (marks.length === 0) return [];
      const { marks: known } = recentOf(region);
      const here = new Set<bigint>();
      const again = marks.filter((mark) => known.has(mark) || here.size === here.add(mark).size);
      return [...again, ...(ready().find.all(listOf(marks), region) as bigint[])];
    },
    /** Their marks are used from now on; nothing may refuse the entries after this but what undoes the transaction. */
    spend(region: number, entries: Seeded): void {
      const marks = marksOf(entries);
      if (marks.length === 0) return;
      const { marks: known, fresh } = recentOf(region);
      for (const mark of marks) {
        known.add(mark);
        fresh.push(mark);
      }
    },
    /** Writes what was spent; before the transaction ends. */
    end(): void {
      for (const region of seen) {
        const recent = regions.get(region)!;
        if (recent.fresh.length === 0) continue;
        written = true;
        append(region, recent, recent.fresh);
        recent.fresh = [];
        if (recent.marks.size <= kept) continue;
        ready().move.run(region, listOf(recent.marks));
        ready().empty.run(region);
        recent.marks.clear();
        // It says which number was the last.
        append(region, recent, []);
      }
    },
  };
}
export type SeedStore = ReturnType<typeof openSeedStore>;
