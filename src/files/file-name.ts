/** Code points; percent-encoded a name of this length still fits into the 16 KiB of headers that HTTP clients take. */
const MAX_NAME_LENGTH = 1024;
/** Characters of a header that are looked at; HTTP itself allows no more, an onion request would. */
const MAX_HEADER_LENGTH = 16 * 1024;

const PARAMETER = /;\s*(filename\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/gis;

/**
 * The name of an uploaded file in a `Content-Disposition` header, in the forms `filename="…"` and
 * `filename*=UTF-8''…` (protocol 6); of several the last one counts. A name is only ever data: whatever it holds is
 * kept, except that `/` and NUL, which no system has in names, become U+FFFD.
 * @returns null when the header names nothing
 */
export function filenameIn(disposition: string | undefined): string | null {
  const parameters = [...(disposition ?? '').slice(0, MAX_HEADER_LENGTH).matchAll(PARAMETER)];
  const [, key = '', value = ''] = parameters.at(-1) ?? [];
  const name = key.endsWith('*') ? extendedValue(value.trim()) : plainValue(value.trim());
  return bounded(name.replace(/[/\0]/g, '\uFFFD')) || null;
}

/** The `Content-Disposition` header of a download; without a name a bare `attachment`. */
export function attachment(filename: string | null): string {
  if (filename === null) return 'attachment';
  // RFC 5987 reserves these five, which encodeURIComponent leaves as they are.
  const encoded = encodeURIComponent(filename).replace(/[!'()*]/g, percentEncoded);
  return `attachment; filename*=UTF-8''${encoded}`;
}

function plainValue(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value);
  // Windows paths come with bare backslashes, so only what needs an escape is unescaped.
  return quoted?.[1] === undefined ? value : quoted[1].replace(/\\(["\\])/g, '$1');
}

/** `charset'language'percent-encoded`; a percent sign that starts no escape stands for itself. */
function extendedValue(value: string): string {
  const [, charset = 'utf-8', encoded = value] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? [];
  const bytes = Buffer.from(encoded)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return charset.toLowerCase() === 'iso-8859-1' ? bytes : Buffer.from(bytes, 'latin1').toString();
}

/** Cut to the allowed length, and lone surrogates, which UTF-8 can't carry, replaced. */
function bounded(name: string): string {
  return Buffer.from(Array.from(name).slice(0, MAX_NAME_LENGTH).join('')).toString();
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
