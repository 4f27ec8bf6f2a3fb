import { type SourceSchema } from '../source/source-schema.js';
import { ORDINAL, type TableTransfer } from './transfer.js';
import { isSystemUser, personExists, roomExists } from './conditions.js';

/**
 * IDs become lower case, unless that would make two users one: then the one that nobody can sign in as keeps its
 * spelling, and stays as ineffective as it was.
 */
const CANONICAL_ID = `CASE WHEN u.session_id = lower(u.session_id) THEN u.session_id
  WHEN EXISTS (SELECT 1 FROM users twin WHERE lower(twin.session_id) = lower(u.session_id) AND twin.id <> u.id
    AND (twin.session_id = lower(twin.session_id) OR twin.id < u.id)) THEN u.session_id
  ELSE lower(u.session_id) END`;

/** Users with their global roles. */
export function users(schema: SourceSchema): TableTransfer {
  const column = (name: string, standIn?: string): string => schema.column('users', 'u', name, standIn);
  const system = isSystemUser('u');
  return {
    source: 'users',
    alias: 'u',
    target: 'users',
    requirements: [
      {
        condition: `NOT ${system} OR EXISTS (SELECT 1 FROM messages m WHERE m."user" = u.id)
          OR EXISTS (SELECT 1 FROM pinned_messages p WHERE p.pinned_by = u.id)`,
        otherwise: 'they stand for the old server itself',
      },
    ],
    repairs: [
      { condition: system, what: 'stood for the old server itself and wrote or pinned: kept without roles' },
      { condition: `u.session_id <> lower(u.session_id)`, what: 'had upper-case IDs' },
      {
        condition: `u.banned AND (u.moderator OR u.admin)`,
        what: 'were banned and staff at once: still banned',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'u.id' },
      { name: 'session_id', type: 'text', from: CANONICAL_ID },
      { name: 'created_at', type: 'float', from: column('created'), isPast: true },
      { name: 'last_active_at', type: 'float', from: column('last_active'), isPast: true },
      { name: 'banned', type: 'bool', from: column('banned') },
      {
        name: 'moderator',
        type: 'bool',
        from: `(u.moderator OR u.admin) AND NOT u.banned AND NOT ${system}`,
      },
      { name: 'admin', type: 'bool', from: `u.admin AND NOT u.banned AND NOT ${system}` },
      { name: 'visible', type: 'bool', from: column('visible_mod') },
    ],
    orderBy: 'u.id',
    key: 'id',
  };
}

/** The people who will be given what was decided about their `05…` ID. */
export function pendingBlinding(): TableTransfer {
  return {
    source: 'needs_blinding',
    alias: 'b',
    target: 'pending_blinding',
    requirements: [{ condition: personExists('b."user"'), otherwise: 'their user does not exist' }],
    columns: [
      { name: 'blinded_abs', type: 'text', from: 'lower(b.blinded_abs)' },
      { name: 'user_id', type: 'int', from: 'b."user"' },
    ],
    orderBy: 'b."user"',
    key: 'user_id',
  };
}

/** When someone was last seen in a room. */
export function roomUsers(): TableTransfer {
  return {
    source: 'room_users',
    alias: 'v',
    target: 'room_users',
    requirements: [
      { condition: roomExists('v.room'), otherwise: 'their room does not exist' },
      { condition: personExists('v."user"'), otherwise: 'their user does not exist' },
    ],
    columns: [
      { name: 'room_id', type: 'int', from: 'v.room' },
      { name: 'user_id', type: 'int', from: 'v."user"' },
      { name: 'last_active_at', type: 'float', from: 'v.last_active', isPast: true },
    ],
    orderBy: 'v.room, v."user"',
    key: 'room_id, user_id',
  };
}

/** Direct messages. Their bodies are opaque. */
export function inbox(): TableTransfer {
  const lifetime = 15 * 24 * 60 * 60;
  return {
    source: 'inbox',
    alias: 'i',
    target: 'inbox',
    requirements: [
      { condition: personExists('i.recipient'), otherwise: 'their recipient does not exist' },
      { condition: personExists('i.sender'), otherwise: 'their sender does not exist' },
    ],
    repairs: [
      { condition: 'i.expiry IS NULL', what: 'had no end: they get 15 days from when they were sent' },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'i.id' },
      { name: 'recipient_id', type: 'int', from: 'i.recipient' },
      { name: 'sender_id', type: 'int', from: 'i.sender' },
      { name: 'body', type: 'bytes', from: 'i.body' },
      {
        name: 'posted_at',
        type: 'float',
        from: `COALESCE(i.posted_at, i.expiry - ${lifetime}, 0)`,
        isPast: true,
      },
      { name: 'expires_at', type: 'float', from: `COALESCE(i.expiry, i.posted_at + ${lifetime}, 0)` },
    ],
    orderBy: 'i.id',
    key: 'id',
  };
}

/** Seconds for which pysogs remembers a nonce, half of how long a request may be repeated (protocol 3). */
const REMEMBERED = 24 * 60 * 60;

/**
 * Nonces of requests that could still be repeated.
 * @param now unix seconds
 */
export function nonces(now: number): TableTransfer {
  return {
    source: 'user_request_nonces',
    alias: 'n',
    target: 'nonces',
    requirements: [
      { condition: 'length(n.nonce) = 16', otherwise: 'they are no nonces' },
      {
        condition: `n.expiry + ${REMEMBERED} > ${now}`,
        otherwise: 'their requests are too old to be repeated',
      },
    ],
    columns: [
      { name: 'nonce', type: 'bytes', from: 'n.nonce' },
      { name: 'expires_at', type: 'float', from: `n.expiry + ${REMEMBERED}` },
    ],
    orderBy: 'n.nonce',
    key: 'nonce',
  };
}

/** The permissions that a room grants or denies one user. */
export function overrides(schema: SourceSchema): TableTransfer {
  const column = (name: string, standIn?: string): string =>
    schema.column('user_permission_overrides', 'o', name, standIn);
  return {
    source: 'user_permission_overrides',
    alias: 'o',
    target: 'permission_overrides',
    requirements: [
      { condition: roomExists('o.room'), otherwise: 'their room does not exist' },
      { condition: personExists('o."user"'), otherwise: 'their user does not exist' },
    ],
    repairs: [
      {
        condition: 'o.banned AND (o.moderator OR o.admin)',
        what: 'were a ban and a role at once: still a ban',
      },
    ],
    columns: [
      { name: 'room_id', type: 'int', from: 'o.room' },
      { name: 'user_id', type: 'int', from: 'o."user"' },
      { name: 'banned', type: 'bool', from: column('banned') },
      { name: 'read', type: 'bool', from: column('read') },
      { name: 'accessible', type: 'bool', from: column('accessible', 'NULL') },
      { name: 'write', type: 'bool', from: column('write') },
      { name: 'upload', type: 'bool', from: column('upload') },
      { name: 'moderator', type: 'bool', from: '(o.moderator OR o.admin) AND NOT o.banned' },
      { name: 'admin', type: 'bool', from: 'o.admin AND NOT o.banned' },
      { name: 'visible', type: 'bool', from: column('visible_mod') },
    ],
    orderBy: 'o.room, o."user"',
    key: 'room_id, user_id',
  };
}

/** Changes of permissions on schedule. */
export function scheduledPermissions(): TableTransfer {
  const source = 'user_permission_futures';
  return {
    source,
    alias: 'f',
    target: 'scheduled_permissions',
    requirements: [
      { condition: roomExists('f.room'), otherwise: 'their room does not exist' },
      { condition: personExists('f."user"'), otherwise: 'their user does not exist' },
      {
        condition: 'COALESCE(f.read, f.write, f.upload) IS NOT NULL',
        otherwise: 'they would change nothing',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: ORDINAL },
      { name: 'room_id', type: 'int', from: 'f.room' },
      { name: 'user_id', type: 'int', from: 'f."user"' },
      { name: 'due_at', type: 'float', from: 'f.at' },
      { name: 'read', type: 'bool', from: 'f.read' },
      { name: 'write', type: 'bool', from: 'f.write' },
      { name: 'upload', type: 'bool', from: 'f.upload' },
    ],
    orderBy: 'f.at, f.room, f."user", f.read, f.write, f.upload',
    key: 'id',
  };
}

/** Bans and unbans on schedule. */
export function scheduledBans(): TableTransfer {
  return {
    source: 'user_ban_futures',
    alias: 'f',
    target: 'scheduled_bans',
    requirements: [
      { condition: `f.room IS NULL OR ${roomExists('f.room')}`, otherwise: 'their room does not exist' },
      { condition: personExists('f."user"'), otherwise: 'their user does not exist' },
    ],
    columns: [
      { name: 'id', type: 'int', from: ORDINAL },
      { name: 'room_id', type: 'int', from: 'f.room' },
      { name: 'user_id', type: 'int', from: 'f."user"' },
      { name: 'due_at', type: 'float', from: 'f.at' },
      { name: 'banned', type: 'bool', from: 'f.banned' },
    ],
    orderBy: 'f.at, f.room, f."user", f.banned',
    key: 'id',
  };
}
