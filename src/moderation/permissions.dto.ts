import * as z from 'zod';
import { flagSchema } from '../protocol/requests/flag.schema.js';
import { roomTokenSchema } from '../protocol/requests/path.schemas.js';
import { sessionIdSchema } from '../records/users/session-id.js';

/** The permissions that can be granted or denied to one user in a room. */
export const PERMISSIONS = ['read', 'accessible', 'write', 'upload'] as const;

export type PermissionName = (typeof PERMISSIONS)[number];

/** A change of a user's permissions: granted, denied, or (null) as the room's default is; others stay. */
export type PermissionChange = Partial<Record<PermissionName, boolean | null>>;

/** Seconds: more than this is a point in time that was taken for a duration. */
const LONGEST_DELAY = 1e9;

const maybe = flagSchema.nullish();

export const memberParams = z.object({ room: roomTokenSchema, user: sessionIdSchema });

/** Sets and clears overrides (protocol 7.4); only `unschedule: false` leaves scheduled changes of them alone. */
export const permissionsBody = z
  .object({
    read: maybe,
    accessible: maybe,
    write: maybe,
    upload: maybe,
    default_read: maybe,
    default_accessible: maybe,
    default_write: maybe,
    default_upload: maybe,
    unschedule: maybe,
  })
  .transform(({ unschedule, ...body }, context): { change: PermissionChange; unschedule: boolean } => {
    const change: PermissionChange = {};
    for (const name of PERMISSIONS) {
      const value = body[name] ?? null;
      const clear = body[`default_${name}`] === true;
      if (value !== null && clear) context.addIssue(`${name} and default_${name} exclude each other`);
      if (value !== null || clear) change[name] = value;
    }
    if (Object.keys(change).length === 0)
      context.addIssue('takes a permission to set, or its default_ to clear');
    return { change, unschedule: unschedule !== false };
  });

/** Schedules permissions (protocol 6); `in` is in seconds from now. */
export const scheduleBody = z
  .object({ read: maybe, write: maybe, upload: maybe, in: z.number().positive().lt(LONGEST_DELAY) })
  .transform(({ read = null, write = null, upload = null, in: after }, context) => {
    if (read === null && write === null && upload === null) context.addIssue('takes read, write or upload');
    return { values: { read, write, upload }, after };
  });

export type MemberParams = z.output<typeof memberParams>;
export type PermissionsBody = z.output<typeof permissionsBody>;
export type ScheduleBody = z.output<typeof scheduleBody>;
