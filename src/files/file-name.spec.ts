import { attachment, filenameIn } from './file-name.js';

describe('the name in a Content-Disposition header', () => {
  it.each([
    [`attachment; filename="plain.txt"`, 'plain.txt'],
    [`attachment; filename=plain.txt`, 'plain.txt'],
    [`attachment; filename=two words.txt; size=3`, 'two words.txt'],
    [`attachment;filename="tight"`, 'tight'],
    [`form-data; name="x"; filename="form.txt"`, 'form.txt'],
    [`inline; FILENAME="Case.txt"`, 'Case.txt'],
    [`attachment; filename="q\\"uo\\\\te.txt"`, 'q"uo\\te.txt'],
    [`attachment; filename="C:\\dir\\x.txt"`, 'C:\\dir\\x.txt'],
    [`attachment; filename="a;b.txt"`, 'a;b.txt'],
    [`attachment; filename="%20.txt"`, '%20.txt'],
    [`attachment; filename="日本語.txt"`, '日本語.txt'],
    [`attachment; filename*=UTF-8''a%20b.txt`, 'a b.txt'],
    [`attachment; filename*=utf-8'en'y.txt`, 'y.txt'],
    [`attachment; filename*=UTF-8''my%20%F0%9F%8E%82.txt`, 'my 🎂.txt'],
    [`attachment; filename*=ISO-8859-1''%e9.txt`, 'é.txt'],
    [`attachment; filename*=y.txt`, 'y.txt'],
    [`attachment; filename="x.txt"; filename*=UTF-8''y.txt`, 'y.txt'],
    [`attachment; filename*=UTF-8''y.txt; filename="x.txt"`, 'x.txt'],
  ])('of %s is %s', (header, name) => {
    expect(filenameIn(header)).toBe(name);
  });

  it.each([undefined, '', 'attachment', 'filename="x.txt"', 'attachment; filename=""', 'attachment; size=3'])(
    'is missing in %s',
    (header) => {
      expect(filenameIn(header)).toBeNull();
    },
  );

  it.each([
    ['a path', `attachment; filename="../../etc/passwd"`, '..\uFFFD..\uFFFDetc\uFFFDpasswd'],
    ['an escaped path', `attachment; filename*=UTF-8''..%2F..%2Fx`, '..\uFFFD..\uFFFDx'],
    ['NUL', `attachment; filename*=UTF-8''a%00b`, 'a\uFFFDb'],
    ['line ends', `attachment; filename*=UTF-8''a%0D%0Ab`, 'a\r\nb'],
    ['text that runs from right to left', `attachment; filename="\u202Egpj.exe"`, '\u202Egpj.exe'],
    ['a percent sign alone', `attachment; filename*=UTF-8''100%.txt`, '100%.txt'],
    ['bytes that are no UTF-8', `attachment; filename*=UTF-8''%FF%FE.txt`, '\uFFFD\uFFFD.txt'],
    ['a lone surrogate', `attachment; filename="\uD83D.txt"`, '\uFFFD.txt'],
    ['an open quote', `attachment; filename="open`, '"open'],
  ])('may hold %s, which is only data', (_what, header, name) => {
    expect(filenameIn(header)).toBe(name);
  });

  it('is cut after 1024 code points, not within one', () => {
    expect(filenameIn(`attachment; filename="${'🎂'.repeat(2000)}"`)).toBe('🎂'.repeat(1024));
  });

  it('is found in time that grows linearly with a hostile header', () => {
    const header = `attachment${'; filename="\\"'.repeat(200_000)}`;
    const before = process.cpuUsage();
    filenameIn(header);
    // Microseconds of CPU, of which it takes some thousand: a machine with other work to do takes longer by the clock.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});

describe('the Content-Disposition of a download', () => {
  it('names no file when the upload has no name', () => {
    expect(attachment(null)).toBe('attachment');
  });

  it.each([
    ['plain.txt', 'plain.txt'],
    ["~-_.!*()'$@", '~-_.%21%2A%28%29%27%24%40'],
    ['a\r\nb";\\c', 'a%0D%0Ab%22%3B%5Cc'],
    ['日本 🎂', '%E6%97%A5%E6%9C%AC%20%F0%9F%8E%82'],
  ])('escapes all but unreserved characters of %j', (name, encoded) => {
    expect(attachment(name)).toBe(`attachment; filename*=UTF-8''${encoded}`);
  });

  it('stays below what HTTP clients accept for the longest name', () => {
    const longest = filenameIn(`attachment; filename="${'🎂'.repeat(2000)}"`);
    expect(attachment(longest).length).toBeLessThan(14 * 1024);
  });
});
