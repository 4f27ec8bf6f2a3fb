import { type MessageContent, NOTHING_SAID } from '../../protocol/session-protobuf/read-content.js';
import { countLinks, fingerprintsOf, nameFingerprints, shapesOfName, skeleton } from './likeness.js';
import { posesAs } from './poses-as.js';

const AD = 'Join the best casino of the town today and win';

function content(parts: Partial<MessageContent>): MessageContent {
  return { ...NOTHING_SAID, ...parts };
}

describe('the letters of a text as an eye sees them', () => {
  it.each([
    ['a space of no width', '\u200B'],
    ['a joiner', '\u200D'],
    ['a soft hyphen', '\u00AD'],
    ['a mark that joins graphemes', '\u034F'],
    ['an override of the direction', '\u202E\u202C'],
    ['a tag', '\u{E0061}'],
    ['a selector of a variant', '\u{E0100}'],
    ['a filler of Hangul', '\u3164'],
    ['a half-wide filler of Hangul', '\uFFA0'],
    ['a filler for the first letter of a syllable', '\u115F'],
    ['a blank pattern of Braille', '\u2800'],
    ['an Arabic tatweel', '\u0640'],
    ['a letter that modifies others', '\uA788'],
  ])('are the same with %s between them', (_what, blank) => {
    expect(skeleton(Array.from(AD).join(blank))).toBe(skeleton(AD));
  });

  it.each([
    ['letters of Cyrillic', 'Jоіn thе bеѕt саѕіпо оf thе tоԝп tоdау апd ԝіп'],
    ['wide letters', 'Ｊｏｉｎ ｔｈｅ ｂｅｓｔ ｃａｓｉｎｏ ｏｆ ｔｈｅ ｔｏｗｎ ｔｏｄａｙ ａｎｄ ｗｉｎ'],
    ['letters with strokes', 'Jøin ŧħe ƀesŧ casinø øf ŧħe ŧøwn ŧøđaɏ anđ win'],
    ['a small l for an i', 'Join the best caslno of the town today and wln'],
    ['two letters that look like one', 'Join the best casino of the tovvn today and vvin'],
    ['capital letters and signs', 'JOIN!!! the *best* CASINO of the town, today 24/7 & … and win'],
  ])('are the same in %s', (_what, text) => {
    expect(skeleton(text)).toBe(skeleton(AD));
  });

  it('differ between different texts, also in other scripts', () => {
    const texts = [
      AD,
      'Вступайте в лучшее казино города',
      'Лучшие рецепты борща на каждый день',
      'スーパーマリオ',
      'カジノ',
    ];
    expect(new Set(texts.map(skeleton)).size).toBe(texts.length);
  });
});

describe('the fingerprints of a message', () => {
  it('are shared by invitations to one community, or to communities of one name', () => {
    const url = (host: string): string => `https://${host}/room?public_key=${'0'.repeat(64)}`;
    const [first = [], sameHost = [], sameName = [], other = []] = [
      { url: url('a.example'), name: 'Somewhere' },
      { url: url('a.example'), name: 'Somewhere else' },
      { url: url('b.example'), name: 'The best casino of the whole town' },
      { url: url('c.example'), name: 'The best casino of the whole town!' },
    ].map((invitation) => fingerprintsOf(content({ invitation })));
    const shared = (some: number[], others: number[]): number[] =>
      some.filter((value) => others.includes(value));
    expect(shared(first, sameHost)).toHaveLength(1);
    expect(shared(sameName, other)).toHaveLength(1);
    expect(shared(first, sameName)).toHaveLength(0);
  });

  it('count an invitation to a community as a link', () => {
    const invitation = { url: 'https://a.example/room', name: 'Room' };
    expect(countLinks(content({ body: 'see https://b.example', invitation }))).toBe(2);
    expect(countLinks(content({ body: 'see a.example' }))).toBe(0);
  });
});

describe('a name', () => {
  it.each([
    'Moderator',
    'M0derator',
    'Mоdеrаtоr',
    'MODERATOR 7',
    'Adrnin',
    '4dm1n',
    'PIaza',
    'P|aza',
    'Session Supp0rt',
  ])('that an eye takes for one of staff counts as imitating it: %s', (displayName) => {
    expect(posesAs(content({ displayName }))).toBe('name');
  });

  it.each(['Modest', 'Anna', 'Plazma', '1337', ''])(
    'that an eye does not take for one of staff counts as imitating nobody: %s',
    (displayName) => {
      expect(posesAs(content({ displayName }))).toBeUndefined();
    },
  );

  it('has the fingerprint of the name of staff for which it may be taken', () => {
    const [kept] = nameFingerprints(content({ displayName: 'Rosalind' }));
    for (const displayName of ['R0salind', 'RosaIind', 'Ros4lind 2']) {
      expect(nameFingerprints(content({ displayName }))).toContain(kept);
    }
    expect(nameFingerprints(content({ displayName: 'Rosamund' }))).not.toContain(kept);
    expect(nameFingerprints(content({ displayName: 'Al' }))).toEqual([]);
    expect(shapesOfName('Anna')).toEqual(['anna']);
  });
});
