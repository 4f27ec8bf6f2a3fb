const SECONDS_OF_UNIT: Record<string, number> = {
  s: 1,
  m: 60,
  h: 60 * 60,
  d: 24 * 60 * 60,
  w: 7 * 24 * 60 * 60,
};
const UNITS = Object.entries(SECONDS_OF_UNIT)
  .filter(([unit]) => unit !== 'w')
  .reverse();

/** Seconds of a time such as `30m`, `4h` or `7d`; undefined for any other text. */
export function secondsOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text.toLowerCase()) ?? [];
  return amount === undefined ? undefined : Number(amount) * (SECONDS_OF_UNIT[unit] ?? 0);
}

/** Writes seconds as {@link secondsOf} reads them, in the largest unit that leaves nothing over. */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [unit, size] = UNITS.find(([, size]) => whole % size === 0) ?? ['s', 1];
  return `${whole / size}${unit}`;
}
