/** Red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** The surfaces of `base.css` on which the colour stands, the least favourable of each scheme. */
const SURFACES = { light: [226, 243, 234], dark: [31, 40, 36] } as const satisfies Record<string, Rgb>;
const CARDS = { light: WHITE, dark: [24, 31, 28] } as const satisfies Record<string, Rgb>;
/** The contrast that text has at least (WCAG AA), with some to spare. */
const READABLE = 4.6;
const STEPS = 40;

/** The colours of pages that follow from the server's own, in one scheme, as CSS writes them. */
export interface Scheme {
  accent: string;
  accentText: string;
  /** A surface with a hint of the colour. */
  tint: string;
  glow: string;
}

/**
 * The colours that follow from one, made lighter or darker until texts in it can be read.
 * @param colour `#rrggbb`
 */
export function schemesOf(colour: string): { light: Scheme; dark: Scheme } {
  return { light: schemeOf(toRgb(colour), 'light'), dark: schemeOf(toRgb(colour), 'dark') };
}

/** A style sheet that gives pages the server's own colour. */
export function styleOf(colour: string): string {
  const { light, dark } = schemesOf(colour);
  const mark = mixed(toRgb(colour), BLACK, 0);
  const person = mixed(toRgb(colour), WHITE, contrast(toRgb(colour), WHITE) > 2 ? 0.65 : 0);
  return `
:root { ${rules(light)} }
@media (prefers-color-scheme: dark) { :root { ${rules(dark)} } }
.mark-ground { fill: ${toHex(mark)}; }
.mark-person { fill: ${toHex(person)}; }
`;
}

function rules({ accent, accentText, tint, glow }: Scheme): string {
  return `--accent: ${accent}; --accent-text: ${accentText}; --tint: ${tint}; --glow: ${glow};`;
}

function schemeOf(colour: Rgb, scheme: 'light' | 'dark'): Scheme {
  const towards = scheme === 'light' ? BLACK : WHITE;
  const tint = mixed(colour, CARDS[scheme], scheme === 'light' ? 0.88 : 0.85);
  let accent = colour;
  for (let step = 1; step <= STEPS; step++) {
    const isReadable = [tint, SURFACES[scheme]].every((surface) => contrast(accent, surface) >= READABLE);
    if (isReadable) break;
    accent = mixed(colour, towards, step / STEPS);
  }
  const text = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  const glow = mixed(colour, CARDS[scheme], scheme === 'light' ? 0.8 : 0.75);
  return { accent: toHex(accent), accentText: toHex(text), tint: toHex(tint), glow: toHex(glow) };
}

/** The contrast of two colours as WCAG defines it, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  return contrast(toRgb(one), toRgb(other));
}

function contrast(one: Rgb, other: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const part = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
}

function mixed(one: Rgb, other: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2): number => Math.round(one[index] * (1 - share) + other[index] * share);
  return [part(0), part(1), part(2)];
}

function toRgb(colour: string): Rgb {
  const part = (from: number): number => parseInt(colour.slice(from, from + 2), 16);
  return [part(1), part(3), part(5)];
}

function toHex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
