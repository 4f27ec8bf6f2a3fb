/** The compiler's target knows no literals with the flag v. */
const RGI_EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');
/** Desktop sends this for emoji that it does not know. */
const UNKNOWN_EMOJI = '\u{1F5BE}';
const SELECTOR = '\uFE0F';
/** Characters that are emoji with the selector after them alone, or with a skin tone. */
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})(\p{Emoji})(?!\p{Emoji_Modifier})/gu;

/** Whether a text is one emoji that clients show as such. Clients differ in where they put U+FE0F, so it is ignored. */
export function isEmoji(text: string): boolean {
  const bare = text.replaceAll(SELECTOR, '');
  return bare === UNKNOWN_EMOJI || RGI_EMOJI.test(bare.replace(TEXT_BY_DEFAULT, `$1${SELECTOR}`));
}
