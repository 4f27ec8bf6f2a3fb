import { distance } from 'fastest-levenshtein';
import { plazaCommand } from './plaza-command.js';

/** Kubernetes and Docker announce linked services under such names; nobody wrote them for us. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)/;
const OWN_PREFIX = 'PLAZA_';

function isMisspellingOf(name: string, setting: string): boolean {
  const given = name.toUpperCase();
  const changes = distance(given, setting);
  // Two letters of a short name make another word, HOME is not a misspelt HOST; but PROT is PORT.
  return (
    changes <= (setting.length <= 6 ? 1 : 2) ||
    (changes === 2 && sortedLetters(given) === sortedLetters(setting))
  );
}

function sortedLetters(name: string): string {
  return Array.from(name).sort().join('');
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
      warnings.push(
        `${name} is not a setting of Plaza and has no effect; ${plazaCommand('config')} lists all settings`,
      );
    }
  }
  return warnings;
}
