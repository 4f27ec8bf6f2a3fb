/** Unix seconds as a machine reads them: ISO 8601. */
export function machineTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

/** The start of a text that may be of any length; no character is cut in two. */
export function cutText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
