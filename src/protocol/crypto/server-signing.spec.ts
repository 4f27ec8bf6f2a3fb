import blindingVectors from '../../../test/fixtures/vectors/blinding.json' with { type: 'json' };
import { deriveServerAuthor } from './server-signing.js';
import { loadSodium, type Sodium } from './sodium.js';

const secret = Buffer.from(blindingVectors.server_secret_x25519, 'hex');

describe('an author of server messages', () => {
  let sodium: Sodium;

  beforeAll(async () => {
    sodium = await loadSodium();
  });

  test('is the same for the same name, with either libsodium', async () => {
    const author = deriveServerAuthor(secret, 'Filter', sodium);
    expect(deriveServerAuthor(secret, 'Filter', await loadSodium('wasm'))).toEqual(author);
    // A change here changes who wrote the messages that servers have already posted.
    expect(author.sessionId).toBe('15e48aa83279e485841ac47b6903f0cc0eaee90f1c375b16dddde0a4316842d63c');
  });

  test('has another ID under another name or on another server', () => {
    const authors = ['Filter', 'filter', 'Filter ', '', 'Фильтр 🐟'].map((name) =>
      deriveServerAuthor(secret, name, sodium),
    );
    authors.push(deriveServerAuthor(Buffer.alloc(32, 5), 'Filter', sodium));
    expect(new Set(authors.map((author) => author.sessionId)).size).toBe(authors.length);
  });

  test('signs messages that verify under its ID', () => {
    const author = deriveServerAuthor(secret, 'Filter', sodium);
    const publicKey = Buffer.from(author.sessionId.slice(2), 'hex');
    const message = Buffer.from('Please mind your language');
    expect(author.sessionId).toMatch(/^15[0-9a-f]{64}$/);
    expect(sodium.isValidEd25519Point(publicKey)).toBe(true);
    expect(sodium.ed25519Verify(sodium.ed25519Sign(message, author.secretKey), message, publicKey)).toBe(
      true,
    );
  });
});
