import { type Rule, ruleTextSchema } from '../../records/rules/rule.js';
import { CompiledRules } from './compiled-rules.js';
import { NOTHING_SAID } from '../../protocol/session-protobuf/read-content.js';
import { saidIn } from './said.js';

/** Milliseconds of CPU, because other suites run beside this one. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function rule(id: number, condition: object): Rule {
  const text = ruleTextSchema.parse({ name: `rule ${id}`, if: condition });
  return { ...text, id, room: null, position: id, armedAt: null };
}

/** Numbers as words of some syllables. */
function word(number: number): string {
  const syllables = ['ca', 'si', 'no', 'bet', 'ra', 'lo', 'vi', 'xen', 'du', 'por'];
  return Array.from(String(number + 1_000), (digit) => syllables[Number(digit)]).join('');
}

const PATTERNS = [
  '(buy|sell) (cheap|fast) \\w+',
  '\\b\\d{3}[- ]?\\d{3}[- ]?\\d{4}\\b',
  'free (money|coins?|crypto)',
  'https?://[a-z0-9.-]+\\.(tk|ml|ga|cf)/',
  'invest(ment)? .{0,20} (profit|return)',
  ...Array.from({ length: 15 }, (_, index) => `${word(index)} .{0,10} ${word(index + 50)}s?`),
];

/** A thousand words, twenty patterns and fifty domains. */
const RULES = [
  rule(1, { looksFor: 'words', words: Array.from({ length: 1_000 }, (_, index) => word(index)) }),
  rule(2, { looksFor: 'patterns', patterns: PATTERNS }),
  rule(3, { looksFor: 'links', denied: Array.from({ length: 50 }, (_, index) => `${word(index)}.com`) }),
];

/** The beginnings of long honest messages. */
const TEXTS = {
  English: 'Has anybody tried the new release on Debian? It works for me, but 2 of my friends can’t join.',
  German:
    'Heute ist es schwül, aber schön. Wer kommt am Freitag mit ins Café, so um 18:30 Uhr, größere Runde?',
  Russian: 'Всем привет! Кто пойдёт завтра гулять? Сор из избы не выносим, а хор поёт в 19:00, приходите.',
  Persian: 'سلام بچه‌ها، امروز هوا خیلی خوب است؛ کسی می‌آید بیرون؟ من ساعت هفت می‌آیم.',
};

describe('rules of a thousand words, twenty patterns and fifty domains', () => {
  it.each(Object.entries(TEXTS))(
    'read 700 words of %s in less than a millisecond',
    async (_language, text) => {
      const rules = await CompiledRules.of(RULES);
      const words = text.split(' ');
      const long = (start: number): string =>
        Array.from({ length: 700 }, (_, index) => words[(start + index * 5) % words.length]).join(' ');
      const costs = Array.from({ length: 60 }, (_, round) => {
        const content = { ...NOTHING_SAID, body: long(round), displayName: `Person ${round}` };
        const begun = cpu();
        expect(rules.match(saidIn(content))).toEqual([]);
        return cpu() - begun;
      });
      expect(median(costs.slice(20))).toBeLessThan(1);
    },
  );

  it('are not compiled again when one of them is armed, and patterns not when words change', async () => {
    let begun = cpu();
    const first = await CompiledRules.of(RULES);
    const whole = cpu() - begun;
    const armed = RULES.map((one) => ({ ...one, armedAt: 1 }));
    begun = cpu();
    const second = await CompiledRules.of(armed, first);
    expect(cpu() - begun).toBeLessThan(whole / 4);
    expect(second.rules).toBe(armed);
    const said = (body: string): ReturnType<typeof saidIn> => saidIn({ ...NOTHING_SAID, body });
    expect(second.match(said(`look at ${word(7)} now`)).map(({ id }) => id)).toEqual([1]);
    const changed = [rule(1, { looksFor: 'words', words: ['casino'] }), ...armed.slice(1)];
    const third = await CompiledRules.of(changed, second);
    expect(third.match(said(`look at ${word(7)} now`))).toEqual([]);
    expect(third.match(said('free money in the casino')).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('are compiled in parts, between which others have their turns', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const words = Array.from({ length: 5_000 }, (_, index) => word(index));
    await CompiledRules.of([rule(1, { looksFor: 'words', words }), ...RULES.slice(1)]);
    isOver = true;
    expect(turns).toBeGreaterThan(25);
  });
});
