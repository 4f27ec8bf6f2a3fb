import * as z from 'zod';
import { DEFENCE_MODES } from '../../foundation/config/defence-settings.js';
import { type Settings } from '../../foundation/config/settings.js';
import { questionSchema } from '../defence/room-question.js';
import { LANGUAGES } from './room-language.js';

/** Six hours. */
const LONGEST_SLOW_MODE = 21_600;
/** More characters than clients show of a name. */
const LONGEST_NAME = 64;
export const MOST_QUESTIONS = 20;

/** Seconds. */
const HOUR = 60 * 60;
const LONGEST_KEPT = 36_500 * 24 * HOUR;

const keepingTime = z.union([z.literal(0), z.int().min(HOUR).max(LONGEST_KEPT)], 'a time from 1h to 36500d');

/** The settings that a room can have of its own, and their bounds. */
export const roomSettingsSchema = z.strictObject({
  /** Seconds that a member waits from one post to the next; 0 for no wait. */
  slowMode: z.int().min(0).max(LONGEST_SLOW_MODE),
  /** Posts of one person within `postRateInterval`. */
  postRateLimit: z.int().min(1).max(1_000_000),
  /** Seconds. */
  postRateInterval: z.int().min(1).max(86_400),
  /** Whether the defence against raids acts here. */
  defence: z.enum(DEFENCE_MODES),
  /** The language in which the server speaks to the room's members. */
  language: z.enum(LANGUAGES),
  /** The name under which it does. */
  moderationName: z
    .string()
    .trim()
    .min(1)
    .max(LONGEST_NAME)
    .regex(/^\P{Control}*$/u, 'a name has no control characters'),
  /** Seconds after which a message goes, unless it is pinned; 0 for never. */
  keepMessages: keepingTime,
  /** Seconds after which a file goes, unless a pinned message shows it or it is the room's image; 0 for never. */
  keepFiles: keepingTime,
  /** Bytes of files that it keeps; 0 for no limit. */
  storageBytesPerRoom: z.int().min(0).max(1_000_000_000_000_000),
  /** Questions that challenges ask in place of the server's own. */
  questions: z.array(questionSchema).max(MOST_QUESTIONS),
});

/** The settings that hold in a room. */
export type RoomSettings = z.output<typeof roomSettingsSchema>;

const { shape } = roomSettingsSchema;

/** The settings that a room has of its own; the server's hold for the others. */
export const ownSettingsSchema = z.strictObject({
  slowMode: shape.slowMode.exactOptional(),
  postRateLimit: shape.postRateLimit.exactOptional(),
  postRateInterval: shape.postRateInterval.exactOptional(),
  defence: shape.defence.exactOptional(),
  language: shape.language.exactOptional(),
  moderationName: shape.moderationName.exactOptional(),
  keepMessages: shape.keepMessages.exactOptional(),
  keepFiles: shape.keepFiles.exactOptional(),
  storageBytesPerRoom: shape.storageBytesPerRoom.exactOptional(),
  questions: shape.questions.exactOptional(),
} satisfies Record<keyof typeof shape, unknown>);

export type OwnRoomSettings = Readonly<z.output<typeof ownSettingsSchema>>;

/** The server's settings that hold in rooms without their own. */
export type ServerRoomSettings = Pick<Settings, Extract<keyof RoomSettings, keyof Settings>>;

/** A change of a room's settings: null makes the server's hold again, and what is left out stays. */
export type RoomSettingsChange = Readonly<{ [Name in keyof RoomSettings]?: RoomSettings[Name] | null }>;

/** The settings that hold in a room: its own, and the server's where it has none. */
export function settingsOf(
  { settings }: { readonly settings: OwnRoomSettings },
  server: ServerRoomSettings,
): RoomSettings {
  const { postRateLimit, postRateInterval, defence, storageBytesPerRoom } = server;
  return {
    slowMode: 0,
    postRateLimit,
    postRateInterval,
    defence,
    language: 'en',
    moderationName: 'Moderation',
    keepMessages: 0,
    keepFiles: 0,
    storageBytesPerRoom,
    questions: [],
    ...settings,
  };
}

/** A room's own settings after a change. */
export function changedSettings(own: OwnRoomSettings, change: RoomSettingsChange): OwnRoomSettings {
  const entries = Object.entries({ ...own, ...change }).filter(([, value]) => value !== null);
  return ownSettingsSchema.parse(Object.fromEntries(entries));
}
