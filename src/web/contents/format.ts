const UNITS = ['kB', 'MB', 'GB'] as const;

const DATE_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** Bytes as a person reads them, such as `1.4 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let size = bytes;
  let unit: (typeof UNITS)[number] = 'kB';
  for (const next of UNITS) {
    size /= 1000;
    unit = next;
    if (size < 999.5) break;
  }
  return `${size < 9.95 ? size.toFixed(1) : size.toFixed(0)} ${unit}`;
}

/** Unix seconds as a person reads them, such as `21 Nov 2026, 14:03 UTC`. */
export function dateAndTime(unixSeconds: number): string {
  return `${DATE_AND_TIME.format(unixSeconds * 1000)} UTC`;
}

/** Unix seconds as a machine reads them: ISO 8601. */
export function machineTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

/** `1 person`, `2 people`, `1,234 people`. */
export function people(count: number): string {
  return count === 1 ? '1 person' : `${count.toLocaleString('en')} people`;
}

/** `1 day`, `7 days`. */
export function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

/** The start of a text that may be of any length; no character is cut in two. */
export function startOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
