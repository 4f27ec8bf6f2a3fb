/** Kubernetes and Docker announce linked services under such names; nobody wrote them for us. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)/;
const OWN_PREFIX = 'PLAZA_';

/** The number of letters to add, drop, replace or swap with their neighbour to turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

function isMisspellingOf(name: string, setting: string): boolean {
  // Two letters of a short name make another word: HOME is not a misspelt HOST.
  return editDistance(name.toUpperCase(), setting) <= (setting.length <= 6 ? 1 : 2);
}

function prefixOf(setting: string): string | undefined {
  return /^[A-Z]+_/.exec(setting)?.[0];
}

/**
 * Warnings about names that look like a setting but are none, one line each. In: the names that are set, and
 * the names of all settings. A name is suspicious when it is nearly a setting, begins as settings do, or with PLAZA_.
 */
export function misspeltSettings(given: Iterable<string>, settings: readonly string[]): string[] {
  const known = new Set(settings);
  const prefixes = [OWN_PREFIX, ...new Set(settings.map(prefixOf).filter((prefix) => prefix !== undefined))];
  const warnings: string[] = [];
  for (const name of given) {
    if (known.has(name)) continue;
    const withoutPrefix = name.replace(/^PLAZA_/i, '');
    const meant = settings.find((setting) => isMisspellingOf(withoutPrefix, setting));
    if (meant !== undefined) {
      warnings.push(`${name} is not a setting of Plaza and has no effect; did you mean ${meant}?`);
    } else if (prefixes.some((prefix) => name.startsWith(prefix)) && !SERVICE_LINK.test(name)) {
      warnings.push(`${name} is not a setting of Plaza and has no effect; "plaza config" lists all settings`);
    }
  }
  return warnings;
}
