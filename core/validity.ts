/** Which version of something in the registry was valid when. Days are those of the region. */
export interface Period {
  version: number;
  validFrom: number;
  /** Inclusive. */
  validTo: number;
}

/**
 * The highest version whose period holds the day. A version that begins on the same day as an earlier one takes its
 * place altogether: so what turns out to have ended (a death, a plan) is told again with its true end.
 */
export function versionOn<T extends Period>(versions: readonly T[], day: number): T | null {
  let found: T | null = null;
  for (const version of versions) {
    if (day < version.validFrom || day > version.validTo || (found && version.version < found.version)) continue;
    if (!versions.some((later) => later.version > version.version && later.validFrom === version.validFrom))
      found = version;
  }
  return found;
}
