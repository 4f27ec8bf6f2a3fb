/** A text as a part of one line, no longer than so many characters. Nothing in it can steer a terminal. */
export function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * most + 1));
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}

/** A moment in unix seconds, to the minute and in UTC: whoever reads it may be anywhere. */
export function momentText(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 message`, `2 messages`, and with `people` as the third parameter `1 person`, `2 people`. */
export function counted(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}
