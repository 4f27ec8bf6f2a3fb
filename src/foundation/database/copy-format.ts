/** A value of a row in PostgreSQL's COPY text format. */
export type CopyValue = number | boolean | string | Buffer | null;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A value as COPY writes and reads it: `\N` for null, `t` and `f`, bytes as hex. */
export function copyField(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string')
    return value.replace(/[\\\b\f\n\r\t\v]/g, (found) => ESCAPES[found] ?? found);
  return `\\\\x${value.toString('hex')}`;
}

/** A float8 as COPY writes `float8send(value)`: its eight bytes, free of how decimals are printed. */
export function copyFloatBits(value: number): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return copyField(bits);
}

/** Joins fields to a line. */
export function copyLine(fields: readonly string[]): string {
  return `${fields.join('\t')}\n`;
}
