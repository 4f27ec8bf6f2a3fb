/** A release as the list of changes tells of it. */
export interface Release {
  /** Such as `0.2.0`. */
  readonly version: string;
  /** Its section of CHANGELOG.md, without its heading. */
  readonly changes: string;
}

/** Milliseconds for the whole answer. */
const PATIENCE = 10_000;
/** Bytes of a list of changes. */
const LONGEST = 1_000_000;

/** The releases in a CHANGELOG.md that are newer than a version, in its order. */
export function newerReleases(changelog: string, version: string): Release[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return { version: /^\[?v?(\d+\.\d+\.\d+)/.exec(heading)?.[1] ?? '', changes: lines.join('\n').trim() };
    })
    .filter((release) => release.version !== '' && isNewerRelease(release.version, version));
}

function isNewerRelease(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((text) => text.split('.').map(Number));
  for (const [place, number] of (ours ?? []).entries()) {
    const difference = number - (theirs?.[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * Reads the list of changes at an address.
 * @throws Error with one line when it does not answer, or with something else
 */
export async function readChangelog(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: look at RELEASES_URL`);
  const text = await readAtMost(response, LONGEST);
  if (text !== undefined && /^## \[?v?\d+\.\d+\.\d+/m.test(text)) return text;
  throw new Error(`${url} is no list of Plaza's changes: RELEASES_URL names a CHANGELOG.md`);
}

/** The text of an answer, or undefined when it is longer. */
async function readAtMost(response: Response, bytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > bytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
