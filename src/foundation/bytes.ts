const UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
];

/** Bytes of a size such as `500MB`, `1.5 gb` or `1000000`; undefined for any other text. Units are those of powers of ten. */
export function bytesOf(text: string): number | undefined {
  const [, amount, letter] = /^(\d{1,15}(?:\.\d{1,3})?) ?(?:([kmgt])b?|b)?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const [, factor] = UNITS.find(([unit]) => unit.startsWith(letter?.toUpperCase() ?? 'B')) ?? ['B', 1];
  const bytes = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes bytes for people, in the largest unit of which there is one, to a digit behind the point: `1.5 GB`. */
export function bytesText(bytes: number): string {
  const [unit, size] = UNITS.find(([, size]) => bytes >= size) ?? ['bytes', 1];
  return `${Math.round((bytes / size) * 10) / 10} ${unit}`;
}
