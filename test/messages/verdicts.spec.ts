import type * as database from '../../src/foundation/database/database.js';
import type * as protocolError from '../../src/foundation/errors/protocol-error.js';
import type * as meters from '../../src/foundation/metrics/meters.service.js';
import type * as editing from '../../src/messages/editing.service.js';
import type * as held from '../../src/messages/held-edits.service.js';
import type * as message from '../../src/messages/message.dto.js';
import type * as posting from '../../src/messages/posting.service.js';
import { type TextDraft } from '../../src/moderation/gate/draft.js';
import type * as gate from '../../src/moderation/gate/gate.js';
import type * as gates from '../../src/moderation/gate/gates.service.js';
import { type DraftRule, type RoomRule } from '../../src/moderation/gate/rule.js';
import type * as verdict from '../../src/moderation/gate/verdict.js';
import { type Verdict } from '../../src/moderation/gate/verdict.js';
import { type MessageView } from '../../src/records/messages/message.js';
import type * as users from '../../src/users/users.service.js';
import { type SessionClient } from '../client/client.js';
import { readMessage, signatureHolds } from '../client/message.js';
import { type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { inRoom } from '../support/publication.js';

const { Database } = await compiled<typeof database>('foundation/database/database.js');
const { ProtocolError } = await compiled<typeof protocolError>('foundation/errors/protocol-error.js');
const { Meters } = await compiled<typeof meters>('foundation/metrics/meters.service.js');
const { EditingService } = await compiled<typeof editing>('messages/editing.service.js');
const { HeldEdits } = await compiled<typeof held>('messages/held-edits.service.js');
const { editBody, postBody } = await compiled<typeof message>('messages/message.dto.js');
const { PostingService } = await compiled<typeof posting>('messages/posting.service.js');
const { Gate } = await compiled<typeof gate>('moderation/gate/gate.js');
const { Gates } = await compiled<typeof gates>('moderation/gate/gates.service.js');
const { hold, keepUnseen } = await compiled<typeof verdict>('moderation/gate/verdict.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

const WHY = 'This waits for a moderator.';

/** The decisions of this suite's rules, by a word in the text. */
function verdictOn({ content }: TextDraft): Verdict {
  if (content?.body?.includes('[held]')) return hold();
  if (content?.body?.includes('[told]')) return hold(WHY);
  if (content?.body?.includes('[unseen]')) return keepUnseen();
  if (content?.body?.includes('[refused]')) return new ProtocolError('permission_denied', 'by a rule');
  return undefined;
}

const BEFORE_LOCK: DraftRule<TextDraft> = { name: 'words before the lock', judge: verdictOn };
const UNDER_LOCK: RoomRule<TextDraft> = { name: 'words', read: () => Promise.resolve(() => verdictOn) };

/** The server's own rules keep nothing, so another server of the same community posts, whose rules do. */
describe.each([
  ['before the lock', { beforeLock: [BEFORE_LOCK], underLock: [] }],
  ['under the lock', { beforeLock: [], underLock: [UNDER_LOCK] }],
])('the verdict of a rule %s', (_when, rules) => {
  let server: OpenServer;
  let other: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let mod: SessionClient;

  const bodyOf = (text: string, by = alice): Record<string, unknown> =>
    by.messageBody(text, { timestamp: Date.now() });
  const post = async (body: Record<string, unknown>, by = alice): Promise<MessageView> => {
    const author = await other.get(UsersService).identify(by.id);
    return other.get(PostingService).post('lobby', author, postBody.parse(body), undefined);
  };
  const edit = async (id: number, text: string): Promise<void> => {
    const author = await other.get(UsersService).identify(alice.id);
    const editing = other.get(EditingService);
    const prepared = await editing.prepare(author, editBody.parse(bodyOf(text)));
    await other.get(Database).transact((tx) => editing.edit(tx, 'lobby', id, prepared));
  };
  const since = async (reader: SessionClient, seqno: number): Promise<MessageUpdate[]> =>
    (await reader.messagesSince('lobby', seqno)).expect(200).json;
  const stateOf = async (id: number): Promise<unknown> =>
    (await server.sql('SELECT state FROM messages WHERE id = $1', [id]))[0]?.state;
  const textOf = ({ data }: { data?: string | null }): string | undefined =>
    readMessage(Buffer.from(data ?? '', 'base64')).body;

  beforeAll(async () => {
    server = await openServer();
    other = await openServer({
      beside: server,
      env: { POST_RATE_LIMIT: '1000', EDIT_RATE_LIMIT: '1000' },
    });
    const verdicts = other.get(Meters).counter({ name: 'verdicts', help: '', labels: ['rule', 'verdict'] });
    Object.assign(other.get(Gates), { texts: new Gate(rules, verdicts) });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    mod = await actors.moderator();
    (await alice.pollInfo('lobby')).expect(200);
  });

  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  it('can hold a post, which is answered as any other', async () => {
    const open = await post(bodyOf('hello'));
    const kept = await post(bodyOf('[held]'));
    expect(Object.keys(kept)).toEqual(Object.keys(open));
    expect([await stateOf(open.id), await stateOf(kept.id)]).toEqual(['published', 'held']);
    await eventually(async () => (await since(alice, open.seqno)).length > 0);
    expect((await since(alice, open.seqno)).map(({ id }) => id)).toEqual([kept.id]);
    for (const reader of [bob, mod]) expect(await since(reader, open.seqno)).toEqual([]);
  });

  it('can hold a post and tell its author why by a whisper, right after it', async () => {
    const before = (await post(bodyOf('hello'))).seqno;
    const kept = await post(bodyOf('[told]'));
    await eventually(async () => (await since(alice, before)).length > 0);
    const [own, whisper, ...more] = await since(alice, before);
    expect(more).toEqual([]);
    expect(own).toMatchObject({ id: kept.id, seqno: before + 1 });
    expect(whisper).toMatchObject({
      seqno: before + 2,
      whisper: true,
      whisper_mods: false,
      whisper_to: alice.id,
    });
    expect(textOf(whisper ?? {})).toBe(`Only you can see this. ${WHY}`);
    expect(signatureHolds((await alice.message('lobby', whisper?.id ?? 0)).json)).toBe(true);
    expect((whisper?.posted ?? 0) - kept.posted).toBeCloseTo(0.001, 4);
    for (const reader of [bob, mod]) expect(await since(reader, before)).toEqual([]);
  });

  it('is told to an author, too, whose first post it is', async () => {
    const carol = actors.person('carol');
    const kept = await post(bodyOf('[told]', carol), carol);
    await eventually(async () => (await since(carol, kept.seqno)).length === 1);
    expect((await since(carol, kept.seqno)).map(textOf)).toEqual([`Only you can see this. ${WHY}`]);
  });

  it('is told once, however often and in how many requests at once the post comes', async () => {
    const before = (await post(bodyOf('hello'))).seqno;
    const body = bodyOf('[told] twice');
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(body)));
    answers.push(await post(body));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await eventually(async () => (await since(alice, before)).length === 2);
  });

  it('gives whispers of the same words bytes of their own, by which clients tell messages apart', async () => {
    const before = (await post(bodyOf('hello'))).seqno;
    const bodies = Array.from({ length: 5 }, (_, index) => bodyOf(`[told] number ${index}`));
    await Promise.all(bodies.map((body) => post(body)));
    await eventually(async () => (await since(alice, before)).length === 10);
    const rows = await since(alice, before);
    expect(new Set(rows.map(({ data }) => data)).size).toBe(10);
    expect(rows.map(({ whisper }) => whisper === true)).toEqual(
      Array.from({ length: 10 }, (_, index) => index % 2 === 1),
    );
  });

  it('can keep a post unseen without telling its author', async () => {
    const before = (await post(bodyOf('hello'))).seqno;
    const kept = await post(bodyOf('[unseen]'));
    expect(await stateOf(kept.id)).toBe('unseen');
    await eventually(async () => (await since(alice, before)).length > 0);
    expect((await since(alice, before)).map(({ id }) => id)).toEqual([kept.id]);
  });

  it('can refuse a post', async () => {
    await expect(post(bodyOf('[refused]'))).rejects.toThrow('by a rule');
  });

  it('leaves a published message as it is when it keeps an edit, and tells the author', async () => {
    const { id, seqno } = await post(bodyOf('hello'));
    await edit(id, '[unseen]');
    await edit(id, '[told]');
    await expect(edit(id, '[refused]')).rejects.toThrow('by a rule');
    await eventually(async () => (await since(alice, seqno)).length > 0);
    expect((await since(alice, seqno)).map(textOf)).toEqual([`Only you can see this. ${WHY}`]);
    expect(textOf((await bob.message('lobby', id)).expect(200).json)).toBe('hello');
    await edit(id, 'hello again');
    await eventually(async () => textOf((await bob.message('lobby', id)).json) === 'hello again');
  });

  it('holds an edit of a published message, the newest of each, until it is published or rejected', async () => {
    const { id } = await post(bodyOf('hello'));
    const textFor = async (reader: SessionClient): Promise<unknown> =>
      textOf((await reader.message('lobby', id)).expect(200).json);
    const edits = server.get(HeldEdits);
    await edit(id, '[held] first');
    await edit(id, '[held] second');
    expect([await textFor(alice), await textFor(bob)]).toEqual(['hello', 'hello']);
    const both = await Promise.all(
      [1, 2].map(() => inRoom(server, 'lobby', (...at) => edits.publish(...at, [id]))),
    );
    expect(both.flat()).toEqual([id]);
    expect([await textFor(alice), await textFor(bob)]).toEqual(['[held] second', '[held] second']);
    await edit(id, '[held] third');
    expect(await inRoom(server, 'lobby', (...at) => edits.reject(...at, [id]))).toEqual([id]);
    expect(await inRoom(server, 'lobby', (...at) => edits.publish(...at, [id]))).toEqual([]);
    await edit(id, '[held] fourth');
    await edit(id, 'fifth');
    expect(await inRoom(server, 'lobby', (...at) => edits.publish(...at, [id]))).toEqual([]);
    await eventually(async () => (await textFor(bob)) === 'fifth');
  });

  it('removes a held edit with its message', async () => {
    const { id } = await post(bodyOf('hello'));
    await edit(id, '[held]');
    (await alice.deleteMessage('lobby', id)).expect(200);
    expect(await server.sql('SELECT 1 FROM held_edits WHERE message_id = $1', [id])).toEqual([]);
  });

  it('lets the author edit a message that they alone see, whatever the edit says', async () => {
    const { id } = await post(bodyOf('[held]'));
    await edit(id, '[told] and edited');
    expect(await stateOf(id)).toBe('held');
    expect(textOf((await alice.message('lobby', id)).expect(200).json)).toBe('[told] and edited');
    expect((await bob.message('lobby', id)).status).toBe(404);
    await edit(id, 'harmless now');
    expect(await stateOf(id)).toBe('held');
  });
});
