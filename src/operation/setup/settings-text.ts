/** Texts that dotenv and a shell read alike without quotes. */
const PLAIN = /^[\w@%+=:,./[\]?&-]*$/;

/**
 * The text of a file of settings in which these have new values. Every other line stays as it is; a setting that stands there
 * keeps its place, and others come last. A value may hold no line break and not both kinds of quotes.
 */
export function settingsTextWith(text: string, values: Readonly<Record<string, string>>): string {
  const missing = new Map(Object.entries(values));
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const changed = lines.flatMap((line) => {
    const name = /^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1];
    if (name === undefined || !(name in values)) return [line];
    // A second line of the same name would win over the first.
    const value = missing.get(name);
    missing.delete(name);
    return value === undefined ? [] : [`${name}=${quoted(value)}`];
  });
  const added = [...missing].map(([name, value]) => `${name}=${quoted(value)}`);
  return [...changed, ...added].map((line) => `${line}\n`).join('');
}

function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
