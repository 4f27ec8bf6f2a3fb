import { isOnionPath, parseTarget } from './inner-request.js';

describe('the target of a request', () => {
  test.each([
    ['/', { path: '/', query: '' }],
    ['/rooms', { path: '/rooms', query: '' }],
    ['/rooms?', { path: '/rooms', query: '' }],
    ['/a?b=%20&c?d', { path: '/a', query: 'b=%20&c?d' }],
    ['/%61%2Fb', { path: '/a/b', query: '' }],
    ['/%F0%9F%90%9F', { path: '/🐟', query: '' }],
    ['/🐟', { path: '/🐟', query: '' }],
    ['/a+b%2B', { path: '/a+b+', query: '' }],
    ['/%3F?%3F', { path: '/?', query: '%3F' }],
  ])('%s is a decoded path and a raw query', (target, parsed) => {
    expect(parseTarget('GET', target)).toMatchObject({ method: 'GET', ...parsed });
  });

  test.each(['', 'rooms', '?a', 'http://a/b', '/%', '/%zz', '/%ff', '/%ED%A0%80'])(
    '%s is refused',
    (target) => {
      expect(parseTarget('GET', target)).toBeUndefined();
    },
  );

  test('has a key that no other target has, even if the method has a slash in it', () => {
    const targets = [
      ['GET', '/a/b'],
      ['GET', '/a'],
      ['GET/a', '/b'],
      ['POST', '/a/b'],
      ['GET', '/a/b?c'],
      ['GET', '/a/b%3Fc'],
    ] as const;
    const keys = targets.map(([method, target]) => parseTarget(method, target)?.targetKey);
    expect(new Set(keys).size).toBe(targets.length);
  });

  test('is an onion request’s by its exact path', () => {
    expect(['/oxen/v4/lsrpc', '/oxen/v3/lsrpc', '/loki/v3/lsrpc'].every(isOnionPath)).toBe(true);
    expect(['/oxen/v4', '/oxen/v4/lsrpc/', '/'].some(isOnionPath)).toBe(false);
  });
});
