import { type DatabaseReader } from '../../foundation/database/database.js';
import { type ActivityRepository } from '../../records/users/activity.repository.js';
import { type PermissionOverride, type Standing, type User } from '../../records/users/user.js';

/** The marks of staff that somebody may have in a room and on the whole server alike. */
type SilencingMarks = Pick<User, 'mutedUntil' | 'shadowed'>;

/** Ids of the rooms whose overrides of somebody have a mark. */
export function markedRooms(
  { overrides }: Standing,
  isMarked: (override: PermissionOverride) => boolean,
): number[] {
  return [...overrides].filter(([, override]) => isMarked(override)).map(([roomId]) => roomId);
}

/** Whether somebody has a mark on the whole server, or in every room that they have used. */
export async function isMarkedEverywhere(
  reader: DatabaseReader,
  activity: Pick<ActivityRepository, 'hasUsedOtherRooms'>,
  person: User,
  isMarked: (marks: SilencingMarks) => boolean,
): Promise<boolean> {
  if (isMarked(person)) return true;
  const rooms = markedRooms(person, isMarked);
  return rooms.length > 0 && !(await activity.hasUsedOtherRooms(reader, person.id, rooms));
}
