const WORDS =
  'river lamp green walk seven paper cloud stone music apple winter chair happy train ocean letter'.split(
    ' ',
  );

/** Some words that nobody else says in this order, mostly. */
export function randomWords(): string {
  return Array.from({ length: 5 }, () => WORDS[Math.floor(Math.random() * WORDS.length)]).join(' ');
}
