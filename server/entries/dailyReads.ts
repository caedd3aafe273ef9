/** Notes in the log that somebody read an entry's details; resolves once it stands there. */
export type RecordAccess = (region: number, entry: string, reader: string, purpose: string) => Promise<unknown>;

/**
 * Readings that repeat within a day: the first is an entry of the log, the same reader's next look on that day is the same
 * reading. A reading that could not be noted is noted again by the next one: what is not in the log did not happen.
 */
export function openDailyReads(recordAccess: RecordAccess, today: (region: number) => number) {
  const days = new Map<number, { day: number; noted: Set<string> }>();
  return async (region: number, entry: string, reader: string, purpose: string): Promise<void> => {
    const day = today(region);
    const known = days.get(region);
    const noted = known?.day === day ? known.noted : new Set<string>();
    if (known?.day !== day) days.set(region, { day, noted });
    const reading = `${reader}/${entry}`;
    if (noted.has(reading)) return;
    await recordAccess(region, entry, reader, purpose);
    noted.add(reading);
  };
}
