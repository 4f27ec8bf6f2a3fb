import { type SourceSchema } from '../source/source-schema.js';
import { type TableTransfer } from './transfer.js';
import {
  inbox,
  nonces,
  overrides,
  pendingBlinding,
  roomUsers,
  scheduledBans,
  scheduledPermissions,
  users,
} from './people.js';
import {
  type FileBytes,
  files,
  messageHistory,
  messages,
  pins,
  reactions,
  rooms,
  userReactions,
} from './rooms.js';

/**
 * Every table that comes along, each after those it refers to. Tables that the source does not have yet are left away.
 * @param now unix seconds
 */
export function allTransfers(schema: SourceSchema, bytes: FileBytes, now: number): TableTransfer[] {
  return [
    users(schema),
    rooms(schema),
    messages(schema),
    messageHistory(schema),
    files(schema, bytes),
    pins(schema),
    reactions(schema),
    userReactions(schema),
    roomUsers(),
    overrides(schema),
    scheduledPermissions(),
    scheduledBans(),
    inbox(),
    pendingBlinding(),
    nonces(now),
  ].filter(({ source }) => schema.has(source));
}
