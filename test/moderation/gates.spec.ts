import type * as protocolError from '../../src/foundation/errors/protocol-error.js';
import type * as meter from '../../src/foundation/metrics/meter.js';
import type * as gate from '../../src/moderation/gate/gate.js';
import type * as gates from '../../src/moderation/gate/gates.service.js';
import type * as verdicts from '../../src/moderation/gate/verdict.js';
import { type Verdict } from '../../src/moderation/gate/verdict.js';
import { type Caller } from '../../src/records/users/user.js';
import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type DirectMessage } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { ProtocolError } = await compiled<typeof protocolError>('foundation/errors/protocol-error.js');
const { LabelledValues } = await compiled<typeof meter>('foundation/metrics/meter.js');
const { Gate } = await compiled<typeof gate>('moderation/gate/gate.js');
const { Gates } = await compiled<typeof gates>('moderation/gate/gates.service.js');
const { hold } = await compiled<typeof verdicts>('moderation/gate/verdict.js');

const WHY = 'Newcomers give no reactions here.';
const PARROT = '🦜';

/** The server's own rules keep none of these, so a rule of the suite stands in their place. */
describe.each(['before the lock', 'under the lock'])('rules %s', (when) => {
  let server: OpenServer;
  let alice: SessionClient;
  let bob: SessionClient;
  /** The decision of the rule at the moment. */
  let verdict: Verdict;
  let drafts: unknown[];

  const gateOfRule = (): gate.Gate<unknown, unknown, unknown> => {
    const judge = (draft: unknown): Verdict => {
      drafts.push(draft);
      return verdict;
    };
    const counted = new LabelledValues('counter', { name: 'v', help: '', labels: ['rule', 'verdict'] });
    return when === 'before the lock'
      ? new Gate({ beforeLock: [{ name: 'test', judge }], underLock: [] }, counted)
      : new Gate(
          { beforeLock: [], underLock: [{ name: 'test', read: () => Promise.resolve(() => judge) }] },
          counted,
        );
  };
  const post = async (): Promise<{ id: number; seqno: number }> =>
    (await bob.postMessage('lobby', 'hello')).expect(201).json;
  const upload = async (): Promise<number> =>
    (await alice.upload('lobby', Buffer.from('picture'), 'cat.png')).expect(201).json.id;
  const write = async (): Promise<Omit<DirectMessage, 'message'>> =>
    (await alice.sendDirectMessage(bob.id, Buffer.from('psst'))).expect(201).json;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    Object.assign(server.get(Gates), {
      reactions: gateOfRule(),
      uploads: gateOfRule(),
      letters: gateOfRule(),
    });
    ({ alice, bob } = new Actors(server));
    for (const person of [alice, bob]) (await person.messagesSince('lobby', 0)).expect(200);
  });

  beforeEach(() => {
    verdict = undefined;
    drafts = [];
  });

  afterAll(() => server.stop());

  it('are asked for reactions, uploads and direct messages, each as a draft of its kind', async () => {
    const { id, seqno } = await post();
    expect((await alice.react('lobby', id, PARROT)).expect(200).json.seqno).toBe(seqno + 1);
    expect((await alice.unreact('lobby', id, PARROT)).expect(200).json.seqno).toBe(seqno + 2);
    const file = await upload();
    const letter = await write();
    expect(drafts).toMatchObject([
      { kind: 'reaction', message: id, reaction: PARROT, isRemoval: false },
      { kind: 'reaction', message: id, reaction: PARROT, isRemoval: true },
      { kind: 'upload', size: 7, filename: 'cat.png' },
      { kind: 'direct message', recipient: bob.id },
    ]);
    expect(new Set(drafts.map((draft) => (draft as { author: Caller }).author.sessionId))).toEqual(
      new Set([alice.id]),
    );
    expect((await alice.download('lobby', file)).status).toBe(200);
    expect((await bob.inbox()).json.map((message) => message.id)).toEqual([letter.id]);
  });

  it('can refuse each, and then nothing is left of it', async () => {
    const { id } = await post();
    const countRows = async (): Promise<unknown> =>
      server.sql('SELECT (SELECT count(*) FROM files) AS files, (SELECT count(*) FROM inbox) AS letters');
    const before = await countRows();
    verdict = new ProtocolError('permission_denied', 'by a rule');
    for (const answer of await Promise.all([
      alice.react('lobby', id, PARROT),
      alice.unreact('lobby', id, PARROT),
      alice.upload('lobby', Buffer.from('picture')),
      alice.sendDirectMessage(bob.id, Buffer.from('psst')),
    ])) {
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('by a rule')]);
    }
    expect((await bob.message('lobby', id)).json.reactions).toEqual({});
    expect(await countRows()).toEqual(before);
  });

  it('can keep a reaction, which is answered as any other and shown to nobody', async () => {
    const { id, seqno } = await post();
    verdict = hold(WHY);
    expect((await alice.react('lobby', id, PARROT)).expect(200).json).toEqual({ added: true, seqno });
    for (const reader of [alice, bob]) {
      expect((await reader.message('lobby', id)).json.reactions).toEqual({});
    }
    const [whisper, ...more] = (await alice.messagesSince('lobby', seqno)).json;
    expect(more).toEqual([]);
    expect(whisper?.whisper_to).toBe(alice.id);
    expect(readMessage(Buffer.from(whisper?.data ?? '', 'base64')).body).toBe(
      `Only you can see this. ${WHY}`,
    );
  });

  it('can not keep somebody from taking a reaction back', async () => {
    const { id, seqno } = await post();
    (await alice.react('lobby', id, PARROT)).expect(200);
    verdict = hold();
    expect((await alice.unreact('lobby', id, PARROT)).json).toEqual({ removed: true, seqno: seqno + 2 });
  });

  it('can keep a direct message, which is answered as any other and read by nobody', async () => {
    const open = await write();
    verdict = hold();
    const kept = await write();
    expect(Object.keys(kept)).toEqual(Object.keys(open));
    expect(kept.id).toBeGreaterThan(open.id);
    expect(kept.expires_at - kept.posted_at).toBeCloseTo(open.expires_at - open.posted_at, 3);
    verdict = undefined;
    const next = await write();
    for (const box of [await bob.inbox(), await alice.outbox()]) {
      const ids = box.json.map((message) => message.id);
      expect(ids).toEqual(expect.arrayContaining([open.id, next.id]));
      expect(ids).not.toContain(kept.id);
    }
  });

  it('can keep an upload, which its uploader alone can read', async () => {
    verdict = hold();
    const file = await upload();
    expect((await alice.download('lobby', file)).status).toBe(200);
    expect((await bob.download('lobby', file)).status).toBe(404);
  });
});
