import { type PictureQuestion, type ChallengeQuestion } from '../../records/defence/challenge.js';
import { LANGUAGES, ONLY_YOU } from '../../records/rooms/room-language.js';
import { buttonsOf, judgeTap, judgeText, newQuestion, questionText } from './question.js';
import { HELD_MESSAGE_TEXTS } from './texts/index.js';
import { PICTURES } from './texts/texts.js';

const TURTLE: PictureQuestion = {
  kind: 'pictures',
  pictures: ['🐢', '🌵', '🍌', '🐧'].map((picture) => ({
    picture,
    name: HELD_MESSAGE_TEXTS.en.pictures[picture as (typeof PICTURES)[number]],
  })),
  right: '🐢',
};
const SNOW: ChallengeQuestion = { kind: 'words', text: 'What colour is snow?', answers: ['white', 'Weiß'] };

describe.each(LANGUAGES)('the texts in %s', (language) => {
  const texts = HELD_MESSAGE_TEXTS[language];
  const names = Object.values(texts.pictures);

  it('name every picture in one word, each differently', () => {
    expect(Object.keys(texts.pictures).sort()).toEqual([...PICTURES].sort());
    expect(names.filter((name) => !/^[\p{Letter}\u200c]+$/u.test(name))).toEqual([]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(PICTURES.length);
  });

  it('name the right picture in the text of a card, and no other', () => {
    for (const right of PICTURES) {
      const question: ChallengeQuestion = { ...TURTLE, pictures: allPictures(language), right };
      const text = `${ONLY_YOU[language]}. ${questionText(question, language, true)}`.toLowerCase();
      const named = names.filter((name) => text.includes(name.toLowerCase()));
      expect(named).toEqual([texts.pictures[right]]);
      expect(text.split(texts.pictures[right].toLowerCase())).toHaveLength(3);
    }
  });

  it('have questions whose answers are accepted, and other text does not answer', () => {
    expect(texts.questions.length).toBeGreaterThanOrEqual(12);
    for (const question of texts.questions) {
      const asked: ChallengeQuestion = { kind: 'words', ...question };
      expect(question.answers.map((answer) => judgeText(asked, ` ${answer.toUpperCase()}! `, false))).toEqual(
        question.answers.map(() => true),
      );
      expect(judgeText(asked, 'hello', false)).toBeUndefined();
      expect(questionText(asked, language, false)).toContain(question.text);
      // Nobody is told the answer. A digit may stand in a question.
      const words = question.text.toLowerCase().split(/\P{Letter}+/u);
      expect(question.answers.filter((answer) => words.includes(answer.toLowerCase()))).toEqual([]);
    }
  });

  it('have no empty text', () => {
    const { again, failed, waiting, tooLate, lookedAt, why } = texts;
    const said = [again, failed, waiting, tooLate, lookedAt, ...Object.values(why)];
    expect(said.filter((text) => text.trim().length < 10)).toEqual([]);
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('a question of pictures', () => {
  it('shows four different pictures, one of them right, each a single code point', () => {
    for (let round = 0; round < 100; round++) {
      const question = newQuestion(1, { language: 'en', questions: [] }, null);
      const buttons = buttonsOf(question);
      expect(new Set(buttons).size).toBe(4);
      expect(buttons.filter((button) => !/^.$/u.test(button))).toEqual([]);
      expect(buttons.filter((button) => judgeTap(question, button))).toHaveLength(1);
    }
  });

  it.each<[string, boolean | undefined]>([
    ['🐢', true],
    ['🐢\uFE0F', true],
    ['🌵', false],
    ['👍', undefined],
    ['🖾', undefined],
  ])('takes a tap on %s for %s', (reaction, expected) => {
    expect(judgeTap(TURTLE, reaction)).toBe(expected);
  });

  it.each<[string, boolean | undefined]>([
    ['turtle', true],
    [' Turtle! ', true],
    ['ｔｕｒｔｌｅ', true],
    ['🐢', true],
    ['cactus', false],
    ['the turtle is right', undefined],
    ['hello', undefined],
    ['', undefined],
  ])('reads the text %j as %s', (text, expected) => {
    expect(judgeText(TURTLE, text, false)).toBe(expected);
  });

  it('is answered by every reply to its card', () => {
    expect(judgeText(TURTLE, 'hello', true)).toBe(false);
    expect(judgeText(TURTLE, 'turtle', true)).toBe(true);
  });

  it('accepts letters of other keyboards, and letters without accents', () => {
    const [lemon] = newQuestionNamed('es', '🍋');
    expect(judgeText(lemon, 'LIMON', false)).toBe(true);
    const [turtle, carrot] = newQuestionNamed('fa', '🐢', '🍒');
    expect(judgeText(turtle, 'لاک پشت', false)).toBe(true);
    expect(judgeText(carrot, 'گيلاس', false)).toBe(true);
  });
});

describe('a question in words', () => {
  it('accepts any of its answers, and counts a reply with other words as wrong', () => {
    expect(judgeText(SNOW, 'WEIẞ', false)).toBe(true);
    expect(judgeText(SNOW, 'blue', false)).toBeUndefined();
    expect(judgeText(SNOW, 'blue', true)).toBe(false);
    expect(judgeTap(SNOW, '🐢')).toBeUndefined();
    expect(buttonsOf(SNOW)).toEqual([]);
  });

  it('is one of the room’s own where the room has some, and another one the next time', () => {
    const questions = [1, 2].map((number) => ({ text: `Question ${number}?`, answers: ['yes'] }));
    const before: ChallengeQuestion = { kind: 'words', text: 'Question 1?', answers: ['yes'] };
    for (let round = 0; round < 20; round++) {
      expect(newQuestion(2, { language: 'en', questions }, before)).toMatchObject({ text: 'Question 2?' });
    }
    const only = questions.slice(0, 1);
    expect(newQuestion(2, { language: 'en', questions: only }, before)).toMatchObject({
      text: 'Question 1?',
    });
  });
});

function allPictures(language: (typeof LANGUAGES)[number]): PictureQuestion['pictures'] {
  return PICTURES.map((picture) => ({ picture, name: HELD_MESSAGE_TEXTS[language].pictures[picture] }));
}

function newQuestionNamed(
  language: (typeof LANGUAGES)[number],
  ...rights: string[]
): [PictureQuestion, PictureQuestion] {
  const [first = '', second = first] = rights;
  const asked = (right: string): PictureQuestion => ({
    kind: 'pictures',
    pictures: allPictures(language),
    right,
  });
  return [asked(first), asked(second)];
}
