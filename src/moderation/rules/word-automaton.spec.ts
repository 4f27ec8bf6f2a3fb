import { disguise } from './disguise.js';
import { cleaned, lowered, spaced } from './fold.js';
import { WordAutomaton } from './word-automaton.js';

async function matches(text: string, ...words: string[]): Promise<boolean> {
  const automaton = await WordAutomaton.of(words.map((word, value) => ({ word, value })));
  const lower = lowered(cleaned(text));
  let found = false;
  automaton.find(spaced(lower), disguise(lower), () => (found = true));
  return found;
}

describe('words', () => {
  it.each([
    ['Best CASINO in town', 'casino'],
    ['casino', 'CASINO'],
    ['free…MONEY!!', 'free money'],
    ['casinos everywhere', 'casino*'],
    ['onlinecasino here', '*casino'],
    ['myonlinecasinos', '*casino*'],
    ['Straße', 'strasse'],
    ['ёлка', 'елка'],
    ['كتاب', 'کتاب'],
    ['今天赌博很好', '赌博'],
    ['Wir KAUFEN Ihr Gold.', 'gold'],
  ])('are found in %j: %s', async (text, word) => {
    expect(await matches(text, word)).toBe(true);
  });

  it.each([
    ['Cyrillic letters', 'сasinо', 'casino'],
    ['a word in Cyrillic alone', 'ѕрам', 'cпам', false],
    ['Greek letters', 'cαsinο', 'casino'],
    ['Latin letters in a Russian word', 'cпaм', 'спам'],
    ['mathematical letters', '𝐜𝐚𝐬𝐢𝐧𝐨', 'casino'],
    ['wide letters', 'ｃａｓｉｎｏ', 'casino'],
    ['letters in circles', 'ⓒⓐⓢⓘⓝⓞ', 'casino'],
    ['letters in black squares', '🅲🅰🆂🅸🅽🅾', 'casino'],
    ['small capitals', 'ᴄᴀꜱɪɴᴏ', 'casino'],
    ['zero-width spaces', 'ca\u200bsi\u200cn\u200do', 'casino'],
    ['soft hyphens', 'ca\u00adsino', 'casino'],
    ['a text from right to left', '\u202ecasino\u202c', 'casino'],
    ['tags and variation selectors', 'c\ufe0fa\u{e0061}sino', 'casino'],
    ['fillers', 'ca\u3164si\u115fno', 'casino'],
    ['a combining grapheme joiner', 'ca\u034fsino', 'casino'],
    ['piled marks', 'c̵̛a̶s̷i̸n̴o̵', 'casino'],
    ['an accent', 'cásino', 'casino'],
    ['an accent beside its letter', 'ca\u0301sino', 'casino'],
    ['strokes', 'c\u0336a\u0336s\u0336i\u0336n\u0336o\u0336', 'casino'],
    ['digits', 'c4s1n0', 'casino'],
    ['signs', 'c@$ino', 'casino'],
    ['spaces between letters', 'c a s i n o', 'casino'],
    ['points between letters', 'c.a.s.i.n.o', 'casino'],
    ['pictures between letters', 'c🙂a🙂s🙂i🙂n🙂o', 'casino'],
    ['repeated letters', 'caaaasinooo', 'casino'],
    ['a capital I for an l', 'bIackjack', 'blackjack'],
    ['a part of a phrase', 'frее money', 'free money'],
    ['harakat', 'كِتَابٌ', 'كتاب'],
    ['a kashida', 'كتـــاب', 'كتاب'],
  ])('are found through %s', async (_name, text, word, isFound = true) => {
    expect(await matches(text, word)).toBe(isFound);
  });

  it.each([
    ['an honest part of a word', 'Essex and Sussex', 'sex'],
    ['a word that goes on', 'casinos', 'casino'],
    ['a Spanish letter', 'Feliz año nuevo, cumple treinta años', 'ano', 'anos'],
    ['a German letter', 'Heute ist es schwül und schön', 'schwul', 'schon'],
    ['a French accent', 'Des carottes et du fromage râpé', 'rape'],
    ['a Russian word of letters that look Latin', 'Вынеси сор и мусор из избы', 'cop'],
    ['a Greek word', 'Το νερό και το φως', 'to'],
    ['numbers', 'Room 455 at 13:37, h2o', 'ass', 'is'],
    ['a Persian text', 'سلام، حال شما چطور است؟', 'کتاب'],
    ['phrases whose words are apart', 'free time costs money', 'free money'],
    ['an abbreviation', 'e.g. the U.S. and the E.U.', 'gu', 'use'],
  ])('are not found in %s', async (_name, text, ...words) => {
    expect(await matches(text, ...words)).toBe(false);
  });

  it('are found with their values, also within other words', async () => {
    const words = ['she', 'he', 'hers', 'her*', '*h*'];
    const automaton = await WordAutomaton.of(words.map((word, value) => ({ word, value })));
    const found = new Set<number>();
    automaton.find(spaced(lowered('hers he')), undefined, (value) => found.add(value));
    expect([...found].sort()).toEqual([1, 2, 3, 4]);
  });

  it('without letters are never found', async () => {
    expect(await matches('anything * at all', '***', '   ', '!?')).toBe(false);
  });
});
