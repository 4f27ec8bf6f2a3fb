import * as z from 'zod';
import { counterSchema, roomTokenSchema } from '../protocol/requests/path.schemas.js';
import { flagSchema } from '../protocol/requests/flag.schema.js';
import { type RoomProperties } from '../records/rooms/room.js';
import { isBlank, isLongerThan, MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH } from './room-texts.js';

export const pollInfoParams = z.object({ room: roomTokenSchema, infoUpdates: counterSchema });

/** Control characters below U+0020; a description keeps its tabs and newlines. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const CONTROL_CHARACTERS = /[\u0000-\u001f]/g;
// eslint-disable-next-line no-control-regex -- these are what it is about
const CONTROL_CHARACTERS_IN_TEXT = /[\u0000-\u0008\u000b-\u001f]/g;

/** A room's name, on one line: some text that can be seen, of 256 characters at most (protocol 10). */
export const roomNameSchema = z
  .string()
  .transform((name) => name.replace(CONTROL_CHARACTERS, ''))
  .refine((name) => !isBlank(name), 'must not be blank')
  .refine((name) => !isLongerThan(name, MAX_NAME_LENGTH), `has at most ${MAX_NAME_LENGTH} characters`);

/** A room's description of 2 000 characters at most (protocol 10); an empty one is none. */
export const roomDescriptionSchema = z
  .string()
  .nullable()
  .transform((text) => text?.replace(CONTROL_CHARACTERS_IN_TEXT, '') ?? '')
  .refine(
    (text) => !isLongerThan(text, MAX_DESCRIPTION_LENGTH),
    `has at most ${MAX_DESCRIPTION_LENGTH} characters`,
  )
  .transform((text) => (text === '' ? null : text));

const maybe = flagSchema.nullish();

/** An admin's change of a room. An image that is null takes the image away; a default permission that is null stays. */
export const roomUpdateBody = z
  .object({
    name: roomNameSchema.optional(),
    description: roomDescriptionSchema.optional(),
    image: z.int().nullable().optional(),
    default_read: maybe,
    default_accessible: maybe,
    default_write: maybe,
    default_upload: maybe,
  })
  .transform((body, context): Partial<RoomProperties> => {
    const changes = withoutMissing({
      name: body.name,
      description: body.description,
      imageId: body.image,
      defaultRead: body.default_read ?? undefined,
      defaultAccessible: body.default_accessible ?? undefined,
      defaultWrite: body.default_write ?? undefined,
      defaultUpload: body.default_upload ?? undefined,
    });
    if (Object.keys(changes).length === 0) context.addIssue('takes something to change');
    return changes;
  });

function withoutMissing<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

export type RoomUpdateBody = z.output<typeof roomUpdateBody>;
export type PollInfoParams = z.output<typeof pollInfoParams>;
