import type { Command } from 'commander';
import { GLOBAL, type Scope } from '../moderation/scope.js';
import { roomTokenSchema } from '../rooms/room.dto.js';
import { sessionIdSchema } from '../users/session-id.js';
import { UsageError } from './usage-error.js';

/** A room token as an argument; throws UsageError when it can't be one. */
export function roomTokenArgument(token: string): string {
  if (roomTokenSchema.safeParse(token).success) return token;
  throw new UsageError(`a room token is 1 to 64 of A-Z a-z 0-9 _ and -, not ${JSON.stringify(token)}`);
}

/** A Session ID as an argument, in lower case; throws UsageError when it can't be one. */
export function sessionIdArgument(text: string): string {
  const parsed = sessionIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`a Session ID is 05 or 15 and 64 hex digits, not ${JSON.stringify(text)}`);
}

/** One of several Session IDs. */
export function sessionIdArguments(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, sessionIdArgument(text)];
}

/** What `--room` and `--global` are read as. */
export interface ScopeOptions {
  room?: string;
  global?: true;
}

/** Adds `--room TOKEN` and `--global`, of which a command takes one. */
export function withScope(command: Command): Command {
  return command
    .option('--room <token>', 'in this room', roomTokenArgument)
    .option('--global', 'on the whole server');
}

/** Which of the two was given; throws UsageError unless it is exactly one. */
export function scopeOf({ room, global }: ScopeOptions): Scope {
  if (room !== undefined && !global) return { global: false, rooms: [room] };
  if (room === undefined && global) return GLOBAL;
  throw new UsageError('say where: either --room TOKEN or --global');
}
