import { randomBytes } from 'node:crypto';
import type * as repeating from '../../src/auth/repeats.service.js';
import type * as proving from '../../src/records/nonces/proof.js';
import type * as sodiums from '../../src/protocol/crypto/sodium.js';
import type * as users from '../../src/records/users/user.js';
import type * as replies from '../../src/protocol/requests/reply.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const PER_SECOND = 300;
const REQUESTS = 1500;

describe('nonces of fresh keys whose requests change nothing', () => {
  let server: OpenServer;
  let repeats: repeating.Repeats;
  let runs: number;
  let run: () => replies.Reply;

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    const { Repeats } = await compiled<typeof repeating>('auth/repeats.service.js');
    const { json } = await compiled<typeof replies>('protocol/requests/reply.js');
    repeats = server.get(Repeats);
    run = () => {
      runs++;
      return json({});
    };
  });

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    runs = 0;
    // The burst of a second is whole again.
    await server.clock.advance('1 second');
  });

  async function proofs(): Promise<proving.Proof[]> {
    const { Proof } = await compiled<typeof proving>('records/nonces/proof.js');
    const { loadSodium } = await compiled<typeof sodiums>('protocol/crypto/sodium.js');
    const { stranger } = await compiled<typeof users>('records/users/user.js');
    const sodium = await loadSodium();
    const timestamp = Math.floor(server.clock.seconds());
    return Array.from({ length: REQUESTS }, () => {
      const publicKey = randomBytes(32);
      const keys = { blinded: true, publicKey, nonce: randomBytes(16), signature: randomBytes(64) };
      const caller = stranger(`15${publicKey.toString('hex')}`);
      return new Proof(caller, { ...keys, timestamp, timestampDigits: String(timestamp) }, sodium, undefined);
    });
  }

  async function count(): Promise<number> {
    const [row] = await server.sql('SELECT count(*)::int AS count FROM nonces');
    return Number(row?.count);
  }

  it('take a bounded number of rows a second, and a repeat is known with a row or without', async () => {
    const made = await proofs();
    const first = await Promise.all(made.map((proof) => repeats.once(proof, 'transaction', run)));
    expect(first.every(({ status }) => status === 200)).toBe(true);
    expect(await count()).toBe(PER_SECOND);
    const again = await Promise.all(made.map((proof) => repeats.once(proof, 'transaction', run)));
    expect(again.filter(({ status }) => status === 200)).toHaveLength(PER_SECOND);
    expect(again.filter(({ status }) => status === 425)).toHaveLength(REQUESTS - PER_SECOND);
    expect(await count()).toBe(PER_SECOND);
  });

  it('have batches wait that would take more, before any element of them runs', async () => {
    const made = await proofs();
    const before = await count();
    const answers = await Promise.all(made.map((proof) => repeats.once(proof, 'batch', run)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(REQUESTS - PER_SECOND);
    expect(runs).toBe(PER_SECOND);
    expect((await count()) - before).toBe(PER_SECOND);
  });
});
