import { type MessageContent, NOTHING_SAID } from '../../protocol/session-protobuf/read-content.js';
import { ruleTextSchema } from '../../records/rules/rule.js';
import { CompiledRules } from './compiled-rules.js';
import { PatternProblem, PatternSet } from './pattern-set.js';
import { saidIn } from './said.js';

async function hits(condition: object, content: string | Partial<MessageContent>): Promise<boolean> {
  const text = ruleTextSchema.parse({ name: 'test', if: condition });
  const compiled = await CompiledRules.of([{ ...text, id: 1, room: null, position: 1, armedAt: 1 }]);
  const said = typeof content === 'string' ? { body: content } : content;
  return compiled.match(saidIn({ ...NOTHING_SAID, ...said })).length > 0;
}

/** Honest messages in five languages. */
const HONEST = [
  'Has anybody tried node.js 22 with the new test.runner? e.g. on https://example.org/docs',
  'Heute ist es schwül, aber schön. Wer kommt am Freitag mit ins Café, z.B. um 18:30 Uhr?',
  '¿Quién viene mañana? Este año cumplo 30 años, ¡qué ilusión!',
  'Всем привет! Кто пойдёт завтра гулять? Сор из избы не выносим, а хор поёт в 19:00.',
  'سلام بچه‌ها، امروز هوا خیلی خوب است؛ کسی می‌آید بیرون؟',
];

describe('links', () => {
  const denied = { looksFor: 'links', denied: ['evil.com', '*.Bücher.example'] };

  it.each([
    'https://evil.com',
    'see HTTP://WWW.EVIL.COM/path?x=1.',
    'evil.com',
    'go to sub.evil.com:8080/x',
    'https://good.org@evil.com/',
    'https://ev%69l.com/',
    'hxxps://evil[.]com',
    'evil(dot)com',
    'evil。com',
    'http:\\\\evil.com',
    'ｅｖｉｌ．ｃｏｍ',
    'ev\u200bil.com',
    'https://xn--bcher-kva.example/',
    'https://bücher.example/',
  ])('to a denied domain are found in %j', async (text) => {
    expect(await hits(denied, text)).toBe(true);
  });

  it.each([...HONEST, 'notevil.com', 'evil.com.example.org', 'mail bob@evil.community', 'evil. Com on!'])(
    'to denied domains are not found in %j',
    async (text) => {
      expect(await hits(denied, text)).toBe(false);
    },
  );

  it.each([
    ['https://example.org and sub.example.org/x', false],
    ['https://example.org.evil.com', true],
    ['other.net', true],
    ['I like node.js and file.txt. Then this.', false],
  ])('beyond allowed domains are told from others in %j', async (text, isHit) => {
    expect(await hits({ looksFor: 'links', allowed: ['example.org'] }, text)).toBe(isHit);
  });

  it.each([
    ['join https://t.me/joinchat/abc', true],
    ['t.me/+abcdef', true],
    ['discord.gg/abc', true],
    ['https://chat.whatsapp.com/abc', true],
    ['tg://join?invite=x', true],
    ['Telegram and Discord are messengers; see https://telegram.org and discord.com/safety', false],
  ])('that invite elsewhere are told from others in %j', async (text, isHit) => {
    expect(await hits({ looksFor: 'links', invites: true }, text)).toBe(isHit);
  });

  it('are counted, with those of previews and invitations', async () => {
    const most = { looksFor: 'links', most: 1 };
    expect(await hits(most, 'https://a.example')).toBe(false);
    expect(await hits(most, 'https://a.example b.com')).toBe(true);
    const previews = [{ url: 'https://b.example', title: undefined, picture: undefined }];
    expect(await hits(most, { body: 'https://a.example', previews })).toBe(true);
    const invitation = { url: 'http://evil.com/room?public_key=00', name: 'Room' };
    expect(await hits(denied, { body: 'hi', invitation })).toBe(true);
  });
});

describe('patterns', () => {
  it('are found in any case, through invisible characters and letters of another width', async () => {
    const pattern = { looksFor: 'patterns', patterns: ['buy \\d+ coins?'] };
    for (const text of ['Buy 300 COINS', 'buy 3\u200b00 coin', 'ｂｕｙ ３００ ｃｏｉｎｓ']) {
      expect(await hits(pattern, text)).toBe(true);
    }
    expect(await hits(pattern, 'buy some coins')).toBe(false);
  });

  it.each(['(a+)+$', '(a|aa)+b', '(x+x+)+y', '(.*a){25}', '(?:a?){500}', '[ab]*a[ab]{300}'])(
    '%s takes time that grows linearly with the text',
    async (pattern) => {
      const compiled = (length: number): Promise<boolean> =>
        hits({ looksFor: 'patterns', patterns: [pattern] }, `${'a'.repeat(length)}!`);
      // A backtracking engine would not come back within the time of the test.
      expect(typeof (await compiled(20_000))).toBe('boolean');
    },
  );

  it.each([
    '(a)\\1',
    '(?=a)b',
    '(?<=a)b',
    '(',
    'a{2000}',
    `(${'ab'.repeat(200)}){1000}`,
    '((a{100}){100}){100}',
  ])('%s is refused with a reason', async (pattern) => {
    await expect(PatternSet.of([{ pattern, value: 1 }])).rejects.toThrow(PatternProblem);
  });
});

describe('other rules', () => {
  it.each([
    [{ looksFor: 'scripts', scripts: ['Cyrillic'] }, 'hello привет', true],
    [{ looksFor: 'scripts', scripts: ['Cyrillic'], letters: 7 }, 'hello привет', false],
    [{ looksFor: 'scripts', scripts: ['Latin'], others: true }, 'Grüße, 100 €! 😀', false],
    [{ looksFor: 'scripts', scripts: ['Latin'], others: true }, '你好', true],
    [{ looksFor: 'mentions', most: 1 }, `@05${'a'.repeat(64)} @05${'a'.repeat(64)}`, false],
    [{ looksFor: 'mentions', most: 1 }, `@05${'a'.repeat(64)} @15${'b'.repeat(64)}`, true],
    [{ looksFor: 'length', most: 5 }, '😀😀😀😀😀', false],
    [{ looksFor: 'length', most: 5 }, 'abcdef', true],
    [{ looksFor: 'length', lines: 2 }, 'a\nb\nc', true],
  ])('%j of %j: %s', async (condition, text, isHit) => {
    expect(await hits(condition, text)).toBe(isHit);
  });

  it.each([
    ['image/png', false, 'picture'],
    ['video/mp4', false, 'video'],
    ['audio/aac', true, 'voice'],
    ['audio/mpeg', false, 'audio'],
    ['application/pdf', false, 'file'],
  ])('about media see %s', async (contentType, voiceMessage, kind) => {
    const attachment = { contentType, voiceMessage } as MessageContent['attachments'][number];
    const content = { attachments: [attachment] };
    expect(await hits({ looksFor: 'media', kinds: [kind] }, content)).toBe(true);
    const others = ['picture', 'video', 'voice', 'audio', 'file'].filter((other) => other !== kind);
    expect(await hits({ looksFor: 'media', kinds: others }, content)).toBe(false);
  });
});
