import { type PermissionOverride, type Standing } from '../../records/users/user.js';

/** Ids of the rooms whose overrides of somebody have a mark. */
export function markedRooms(
  { overrides }: Standing,
  isMarked: (override: PermissionOverride) => boolean,
): number[] {
  return [...overrides].filter(([, override]) => isMarked(override)).map(([roomId]) => roomId);
}
