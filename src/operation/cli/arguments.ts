import type { Command } from 'commander';
import * as z from 'zod';
import { type Clock } from '../../foundation/clock.js';
import { bytesOf } from '../../foundation/bytes.js';
import { secondsOf } from '../../foundation/duration.js';
import { MOST_EXPECTED } from '../../moderation/defence/expectations.service.js';
import { LONGEST_REASON } from '../../moderation/marks.service.js';
import { GLOBAL, type Scope } from '../../moderation/scope.js';
import { roomTokenSchema } from '../../protocol/requests/path.schemas.js';
import { roomDescriptionSchema, roomNameSchema } from '../../rooms/room.dto.js';
import { type RoomSettings, roomSettingsSchema } from '../../records/rooms/room-settings.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { UsageError } from './usage-error.js';

/** A room token as an argument; throws UsageError when it can't be one. */
export function roomTokenArgument(token: string): string {
  if (roomTokenSchema.safeParse(token).success) return token;
  throw new UsageError(`a room token is 1 to 64 of A-Z a-z 0-9 _ and -, not ${JSON.stringify(token)}`);
}

/** A room's name as an argument; throws UsageError when no room can have it. */
export function roomNameArgument(text: string): string {
  return parsedArgument(roomNameSchema, text, "a room's name");
}

/** A room's description as an argument, empty for none; throws UsageError when no room can have it. */
export function roomDescriptionArgument(text: string): string {
  // Commander would make an empty text of null, too.
  return parsedArgument(roomDescriptionSchema, text, "a room's description") ?? '';
}

/** Reads a setting of a room as an argument, or `default`; throws UsageError when the room can't have it. */
export function roomSettingArgument<Name extends keyof RoomSettings>(
  name: Name,
): (text: string) => RoomSettings[Name] | 'default' {
  const schema = roomSettingsSchema.shape[name] as unknown as z.ZodType<RoomSettings[Name]>;
  return (text) => {
    if (text === 'default') return text;
    const asText = schema.safeParse(text);
    const result = !asText.success && /^\d{1,9}$/.test(text) ? schema.safeParse(Number(text)) : asText;
    if (result.success) return result.data;
    const numbers: unknown = roomSettingsSchema.shape[name];
    if (numbers instanceof z.ZodNumber)
      throw new UsageError(`default, or a whole number from ${numbers.minValue} to ${numbers.maxValue}`);
    throw new UsageError(
      `default, or a value such that: ${result.error.issues[0]?.message ?? 'it is another'}`,
    );
  };
}

/** As {@link roomSettingArgument} for one that is a number of seconds, which may be written as a time such as `30s`, too. */
export function roomSecondsArgument(
  name: 'slowMode' | 'postRateInterval',
): (text: string) => number | 'default' {
  const inSeconds = roomSettingArgument(name);
  return (text) => inSeconds(String(secondsOf(text) ?? text));
}

/** A setting of a room that is a time such as `30d`, or `forever`; throws UsageError when the room can't have it. */
export function roomTimeArgument(name: 'keepMessages' | 'keepFiles'): (text: string) => number | 'default' {
  return (text) => {
    if (text === 'default') return text;
    const seconds = text === 'forever' ? 0 : durationArgument(text);
    const result = roomSettingsSchema.shape[name].safeParse(seconds);
    if (result.success) return result.data;
    throw new UsageError(`default, forever or a time from 1h to 36500d, not ${JSON.stringify(text)}`);
  };
}

/** Bytes that a room may keep, such as `500MB`, or 0 for no limit; throws UsageError when the room can't have it. */
export function roomBytesArgument(text: string): number | 'default' {
  if (text === 'default') return text;
  const result = roomSettingsSchema.shape.storageBytesPerRoom.safeParse(bytesOf(text));
  if (result.success) return result.data;
  throw new UsageError(`default, 0 or a size such as 500MB or 2GB, not ${JSON.stringify(text)}`);
}

function parsedArgument<Value>(schema: z.ZodType<Value>, text: string, what: string): Value {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new UsageError(`${what} ${result.error.issues[0]?.message ?? 'must be another'}`);
}

/** A Session ID as an argument, in lower case; throws UsageError when it can't be one. */
export function sessionIdArgument(text: string): string {
  const result = sessionIdSchema.safeParse(text);
  if (result.success) return result.data;
  throw new UsageError(`an Account ID is 05 or 15 and 64 hex digits, not ${JSON.stringify(text)}`);
}

/** One of several Session IDs. */
export function sessionIdArguments(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, sessionIdArgument(text)];
}

/** The id of a message or an event; throws UsageError when it can't be one. */
export function idArgument(text: string): number {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new UsageError(`an id is a positive integer, not ${JSON.stringify(text)}`);
}

/** One of several ids. */
export function idArguments(text: string, earlier: readonly number[] = []): number[] {
  return [...earlier, idArgument(text)];
}

/** The options `--room` and `--global` as commander reads them. */
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

/** A scope in words: `in lobby`, or `on the whole server`. */
export function scopeText(scope: Scope): string {
  return scope.global ? 'on the whole server' : `in ${Array.from(scope.rooms).join(', ')}`;
}

/** Whether these are the same ID, given once or again. */
export function isOnePerson(ids: readonly string[]): boolean {
  return new Set(ids).size === 1;
}

/** People in words, as the subject of a sentence: `05… is`, or `3 people are`. */
export function peopleAre(ids: readonly string[]): string {
  return isOnePerson(ids) ? `${ids[0] ?? ''} is` : `${new Set(ids).size} people are`;
}

/** Reads which of the two was given; throws UsageError unless it is exactly one. */
export function scopeOfOptions({ room, global }: ScopeOptions): Scope {
  if (room !== undefined && !global) return { global: false, rooms: [room] };
  if (room === undefined && global) return GLOBAL;
  throw new UsageError('say where: either --room TOKEN or --global');
}

/** `on` or `off`; throws UsageError when it is neither. */
export function switchArgument(text: string): boolean {
  if (text === 'on') return true;
  if (text === 'off') return false;
  throw new UsageError(`either on or off, not ${JSON.stringify(text)}`);
}

/** A value of a permission: `default` leaves it to the room. */
export type PermissionWord = 'on' | 'off' | 'default';

/** `on`, `off` or `default`; throws UsageError when it is none of them. */
export function permissionArgument(text: string): PermissionWord {
  if (text === 'on' || text === 'off' || text === 'default') return text;
  throw new UsageError(`one of on, off and default, not ${JSON.stringify(text)}`);
}

/** Seconds of a time such as `30m`, or a positive number of seconds; throws UsageError when it can't be one. */
export function secondsArgument(text: string): number {
  const seconds = secondsOf(text) ?? (/^\d+(\.\d+)?$/.test(text) ? Number(text) : 0);
  if (seconds > 0 && seconds < 1e9) return seconds;
  throw new UsageError(`for how long, such as 30m, 4h or 7d, not ${JSON.stringify(text)}`);
}

/** A positive integer; throws UsageError when it can't be one. */
export function countArgument(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`a positive integer, not ${JSON.stringify(text)}`);
}

/** A number of people, or 0; throws UsageError when it can't be one. */
export function peopleArgument(text: string): number {
  const people = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (people <= MOST_EXPECTED) return people;
  throw new UsageError(`a number of people, at most ${MOST_EXPECTED}, not ${JSON.stringify(text)}`);
}

/** Seconds of a time such as `30m`, `4h` or `7d`; throws UsageError for any other text. */
export function durationArgument(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new UsageError(`for how long, such as 30m, 4h or 7d, not ${JSON.stringify(text)}`);
}

/** A reason in words; throws UsageError when it can't be kept. */
export function reasonArgument(text: string): string {
  const reason = text.trim();
  if (/^[^\p{Cc}\p{Surrogate}]+$/u.test(reason) && reason.length <= LONGEST_REASON) return reason;
  throw new UsageError(`a reason is one line of at most ${LONGEST_REASON} characters`);
}

/**
 * Reads a date, a date with time, or how long ago by this clock (`90m`, `24h`, `7d`), as unix seconds.
 * @returns a function that throws UsageError for any other text
 */
export function momentArgument(clock: Clock): (text: string) => number {
  return (text) => momentOf(text, clock);
}

function momentOf(text: string, clock: Clock): number {
  const ago = secondsOf(text);
  if (ago !== undefined) return clock.seconds() - ago;
  const milliseconds = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return milliseconds / 1000;
  throw new UsageError(
    `a date such as 2026-11-21 or 2026-11-21T18:00Z, or 24h ago as 24h, not ${JSON.stringify(text)}`,
  );
}
