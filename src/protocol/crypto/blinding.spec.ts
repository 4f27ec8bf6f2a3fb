import libsodium from 'libsodium-wrappers-sumo';
import vectors from '../../../test/fixtures/vectors/blinding.json' with { type: 'json' };
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { absoluteBlindedId, blindedCandidates, blindingFactor, sessionIdFromEd25519 } from './blinding.js';
import { loadSodium } from './sodium.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const SMALL_ORDER_POINTS = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];

describe.each([await loadSodium('native'), await loadSodium('wasm')])(
  'with the $name libsodium,',
  (sodium) => {
    const k = blindingFactor(hex(vectors.server_public_x25519), sodium);

    describe('blinding', () => {
      test.each(vectors.users)('gives $session_id its two blinded IDs', (user) => {
        const candidates = blindedCandidates(user.session_id, k, sodium);
        expect(candidates?.positive).toBe(user.blinded_abs);
        expect([candidates?.positive, candidates?.negative]).toContain(user.blinded_id);
        expect(candidates?.negative).not.toBe(user.blinded_abs);
        expect(blindedCandidates(user.session_id.toUpperCase(), k, sodium)).toEqual(candidates);
      });

      test.each(vectors.users)('removes the sign of $blinded_id', (user) => {
        expect(absoluteBlindedId(user.blinded_id)).toBe(user.blinded_abs);
        const candidates = blindedCandidates(user.session_id, k, sodium);
        expect(absoluteBlindedId(candidates?.negative ?? '')).toBe(user.blinded_abs);
        expect(absoluteBlindedId(user.blinded_abs)).toBe(user.blinded_abs);
      });

      test('agrees with a user who blinds their own key, for other servers too', () => {
        const random = new SeededBytes('blinding');
        for (let round = 0; round < 40; round += 1) {
          const otherK = blindingFactor(random.bytes(32), sodium);
          const { publicKey, privateKey } = libsodium.crypto_sign_seed_keypair(random.bytes(32));
          const secretScalar = libsodium.crypto_sign_ed25519_sk_to_curve25519(privateKey);
          const blindedScalar = libsodium.crypto_core_ed25519_scalar_mul(otherK, secretScalar);
          const blindedId = `15${libsodium.crypto_scalarmult_ed25519_base_noclamp(blindedScalar, 'hex')}`;
          const candidates = blindedCandidates(sessionIdFromEd25519(publicKey, sodium) ?? '', otherK, sodium);
          expect([candidates?.positive, candidates?.negative]).toContain(blindedId);
          expect(absoluteBlindedId(blindedId)).toBe(candidates?.positive);
        }
      });

      test.each([
        ['of another prefix', vectors.users[0]?.blinded_id ?? ''],
        ['too short', vectors.users[0]?.session_id.slice(0, 64) ?? ''],
        ['with letters that are no hex', `05${'zz'.repeat(32)}`],
        ['with characters whose low byte is a hex digit', `05${'\u0131'.repeat(64)}`],
        ['of low order', `05${'00'.repeat(32)}`],
        ['on the twist of the curve', `0502${'00'.repeat(31)}`],
        ['that is no canonical number', `05${'ff'.repeat(32)}`],
        ['for which the conversion divides by zero', `05ec${'ff'.repeat(30)}7f`],
        ['empty', ''],
      ])('has no blinded IDs for an ID %s', (_, sessionId) => {
        expect(blindedCandidates(sessionId, k, sodium)).toBeUndefined();
      });

      test('takes any 32 bytes as an ID without throwing, and refuses most', () => {
        const random = new SeededBytes('session ids');
        const ids = Array.from({ length: 300 }, () => `05${random.bytes(32).toString('hex')}`);
        const real = ids.filter((id) => blindedCandidates(id, k, sodium) !== undefined);
        expect(real.length).toBeGreaterThan(0);
        expect(real.length).toBeLessThan(60);
      });
    });

    describe('unblinded keys', () => {
      test.each(vectors.users)('belong to an ordinary Session ID: $session_id', (user) => {
        expect(sessionIdFromEd25519(hex(user.ed25519_public), sodium)).toBe(user.session_id);
      });

      test.each([...SMALL_ORDER_POINTS, `05${'00'.repeat(31)}`, '11'.repeat(31)])(
        '%s belongs to none',
        (key) => {
          expect(sessionIdFromEd25519(hex(key), sodium)).toBeUndefined();
        },
      );
    });

    describe('valid Ed25519 points', () => {
      const publicKeys = vectors.users.map((user) => user.ed25519_public);
      const blindedKeys = vectors.users.map((user) => user.blinded_id.slice(2));

      test.each([...publicKeys, ...blindedKeys])('%s is a valid one', (key) => {
        expect(sodium.isValidEd25519Point(hex(key))).toBe(true);
      });

      test.each(SMALL_ORDER_POINTS)('%s is refused: it is of small order', (key) => {
        expect(sodium.isValidEd25519Point(hex(key))).toBe(false);
      });

      test('a key with a component of small order is refused', () => {
        for (const torsion of SMALL_ORDER_POINTS.slice(1)) {
          const mixed = libsodium.crypto_core_ed25519_add(hex(publicKeys[0] ?? ''), hex(torsion));
          expect(sodium.isValidEd25519Point(mixed)).toBe(false);
        }
      });

      test('bytes that are no point, not canonical or of the wrong length are refused', () => {
        const offTheCurve = `02${'00'.repeat(31)}`;
        const onePlusThePrime = `ee${'ff'.repeat(30)}7f`;
        for (const key of [
          offTheCurve,
          onePlusThePrime,
          'ff'.repeat(32),
          '',
          publicKeys[0]?.slice(2) ?? '',
        ]) {
          expect(sodium.isValidEd25519Point(hex(key))).toBe(false);
        }
        expect(sodium.isValidEd25519Point(hex(`${publicKeys[0] ?? ''}00`))).toBe(false);
      });
    });
  },
);
