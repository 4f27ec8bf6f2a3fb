const MASK = '***';

/**
 * A secret setting as it may be shown: a URL without its password, and nothing of anything else.
 * In: the text as configured. Out: a text safe for logs and terminals.
 */
export function maskedValue(text: string): string {
  if (text === '') return text;
  const parts = /^(?<scheme>[a-z]+:\/\/)(?:(?<user>[^:@/?#]*)(?<password>:[^@/?#]*)?@)?(?<rest>[^@]*)$/i.exec(
    text,
  )?.groups;
  // An "@" further on may be a part of a password that was not percent-encoded.
  if (parts === undefined) return MASK;
  const { scheme = '', user, password, rest = '' } = parts;
  const login = user === undefined ? '' : `${user}${password === undefined ? '' : `:${MASK}`}@`;
  return `${scheme}${login}${rest.replace(/([?&](?:ssl)?password=)[^&]*/gi, `$1${MASK}`)}`;
}
