import { contrastOf, schemesOf, styleOf } from './colours.js';

it.each(['#0b6b4f', '#ffffff', '#000000', '#ffe600', '#0000ff', '#ff0000', '#808080', '#3366cc', '#e91e63'])(
  'the colours of a page that follow from %s can be read, light and dark',
  (colour) => {
    const { light, dark } = schemesOf(colour);
    for (const { accent, accentText, tint } of [light, dark]) {
      expect(contrastOf(accent, accentText)).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(accent, tint)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrastOf(light.accent, '#ffffff')).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf(dark.accent, '#1f2824')).toBeGreaterThanOrEqual(4.5);
    expect(styleOf(colour)).toMatch(/^[\s\w#:;{}().-]+$|@media/);
  },
);

it('a colour that is readable stays as it is', () => {
  expect(schemesOf('#0b6b4f').light.accent).toBe('#0b6b4f');
});

it('the contrast of two colours is computed as WCAG does', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
