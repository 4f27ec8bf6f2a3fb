import { toString as draw } from 'qrcode';

/**
 * A QR code as lines of block characters. On a terminal it is black on white whatever the terminal's own colours are, as not
 * every scanner reads an inverted code. Elsewhere its light parts are drawn: most consoles on which a log is read are dark.
 */
export async function qrCodeLines(text: string, isTerminal: boolean): Promise<string[]> {
  const options = { type: 'utf8', errorCorrectionLevel: 'L' } as const;
  if (!isTerminal) {
    const color = { dark: '#ffffff', light: '#000000' };
    return (await draw(text, { ...options, color })).split('\n');
  }
  return (await draw(text, options)).split('\n').map((line) => `\u001b[30;107m${line}\u001b[0m`);
}
