import { jest } from '@jest/globals';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type WriteVisit } from '../../moderation/access/room-access.service.js';
import { loadSodium } from '../../protocol/crypto/sodium.js';
import { type User } from '../../records/users/user.js';
import { type Room } from '../../records/rooms/room.js';
import { PostRate } from './post-rate.rule.js';
import { type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';
import { SignedContents } from './signed-contents.rule.js';
import { SlowMode } from './slow-mode.rule.js';
import { type Verdict } from './verdict.js';
import { WhisperRights } from './whisper-rights.rule.js';

const ALICE = { id: 1, sessionId: `15${'0'.repeat(64)}` } as User;
const BOB = { id: 2, sessionId: `15${'1'.repeat(64)}` } as User;
const QUICK = { settings: {} } as Room;
const NO_TRANSACTION = undefined as unknown as Transaction;

describe('the rule of post rates', () => {
  const settings = { postRateLimit: 3, postRateInterval: 16, defence: 'on' as const, storageBytesPerRoom: 0 };
  const rule = new PostRate(settings, { countRecent: () => Promise.resolve(new Map([[BOB.id, 3]])) });

  it('lets people post up to the limit, and counts the posts that pass', async () => {
    const check = await checkOf(rule);
    const verdicts = [1, 2, 3, 4].map(() => reasonOf(check(draft(ALICE), visit({}))));
    expect(verdicts).toEqual([undefined, undefined, undefined, 'posting_too_fast']);
  });

  it('counts earlier posts, and each person by themselves', async () => {
    const check = await checkOf(rule);
    expect(reasonOf(check(draft(BOB), visit({})))).toBe('posting_too_fast');
    expect(check(draft(ALICE), visit({}))).toBeUndefined();
  });

  it('lets admins of the room and edits pass', async () => {
    const check = await checkOf(rule);
    expect(check(draft(BOB), visit({ admin: true }))).toBeUndefined();
    expect(check(draft(BOB, { kind: 'edit' }), visit({}))).toBeUndefined();
  });

  it('follows the limit of a room that has its own', async () => {
    const check = await checkOf(rule);
    const strict = { settings: { postRateLimit: 1 } } as Room;
    expect(check(draft(ALICE), visit({}, strict))).toBeUndefined();
    expect(reasonOf(check(draft(ALICE), visit({}, strict)))).toBe('posting_too_fast');
  });

  it('starts every check from the same counts', async () => {
    const startCheck = await rule.read(NO_TRANSACTION, 'lobby', [draft(ALICE)]);
    for (const check of [startCheck(), startCheck()]) {
      for (let posts = 0; posts < 3; posts++) expect(check(draft(ALICE), visit({}))).toBeUndefined();
    }
  });
});

describe('the rule of slow mode', () => {
  const settings = { postRateLimit: 3, postRateInterval: 16, defence: 'on' as const, storageBytesPerRoom: 0 };
  const slow = { settings: { slowMode: 30 } } as Room;
  const read = jest.fn(() => Promise.resolve(new Map([[BOB.id, 10.5]])));

  it('has members wait from one post to the next', async () => {
    const check = await checkOf(new SlowMode(settings, { peek: () => slow }, { secondsSinceLatest: read }));
    const refusal = check(draft(BOB), visit({}, slow));
    expect(reasonOf(refusal)).toBe('posting_too_fast');
    expect(refusal).toMatchObject({ retryAfter: 20 });
    expect(check(draft(ALICE), visit({}, slow))).toBeUndefined();
    expect(check(draft(ALICE), visit({}, slow))).toMatchObject({ retryAfter: 30 });
  });

  it('lets moderators and edits pass', async () => {
    const check = await checkOf(new SlowMode(settings, { peek: () => slow }, { secondsSinceLatest: read }));
    expect(check(draft(BOB), visit({ moderator: true }, slow))).toBeUndefined();
    expect(check(draft(BOB, { kind: 'edit' }), visit({}, slow))).toBeUndefined();
  });

  it('reads no counts in a room that is not slow', async () => {
    read.mockClear();
    const check = await checkOf(new SlowMode(settings, { peek: () => QUICK }, { secondsSinceLatest: read }));
    expect(check(draft(BOB), visit({}))).toBeUndefined();
    expect(read).not.toHaveBeenCalled();
  });
});

describe('the rule of whisper rights', () => {
  it('lets moderators alone whisper', async () => {
    const check = await checkOf(new WhisperRights());
    const whisper = draft(ALICE, { isWhisper: true });
    expect(reasonOf(check(whisper, visit({})))).toBe('permission_denied');
    expect(check(whisper, visit({ moderator: true }))).toBeUndefined();
    expect(check(draft(ALICE), visit({}))).toBeUndefined();
  });
});

describe('the rule of signed contents', () => {
  it.each([
    ['is larger than a message may be', Buffer.alloc(101, 1), 'too_large'],
    [
      'has more padding than a message may have',
      Buffer.from(`x\u0080${'\0'.repeat(60)}`, 'latin1'),
      'too_large',
    ],
    ['is not signed by its author', Buffer.from('hello\u0080', 'latin1'), 'invalid_message_signature'],
  ])('refuses a post that %s', async (_why, data, reason) => {
    const settings = { messageMaxBytes: 100, messageMaxPadding: 50 };
    const rule = new SignedContents(settings, await loadSodium());
    expect(reasonOf(rule.judge(draft(ALICE, { data })))).toBe(reason);
  });
});

async function checkOf(rule: RoomRule<TextDraft>): Promise<Check<TextDraft>> {
  const startCheck = await rule.read(NO_TRANSACTION, 'lobby', [draft(ALICE), draft(BOB)], undefined);
  return startCheck();
}

function draft(author: User, changes: Partial<TextDraft> = {}): TextDraft {
  const nothing = { data: Buffer.alloc(0), signature: Buffer.alloc(64), content: undefined };
  return { kind: 'post', author, ...nothing, isWhisper: false, fileIds: [], ...changes };
}

function visit(may: Partial<WriteVisit['may']>, room = QUICK): WriteVisit {
  return { may: { admin: false, moderator: false, ...may }, room } as WriteVisit;
}

function reasonOf(verdict: Verdict): string | undefined {
  return verdict instanceof ProtocolError ? verdict.code : undefined;
}
