import { type PermissionOverride } from '../records/users/user.js';
import { PERMISSIONS } from './permissions.dto.js';
import { type ScheduledChange } from '../records/moderation/schedules.repository.js';

/** A user's overrides in a room; what is not set is left out (protocol 7.4). */
export interface PermissionsView {
  banned?: true;
  read?: boolean;
  accessible?: boolean;
  write?: boolean;
  upload?: boolean;
  moderator?: true;
  admin?: true;
  hidden?: true;
}

/** A change that is to come. */
export interface FutureView {
  session_id?: string;
  /** Unix seconds. */
  at: number;
  read?: boolean;
  write?: boolean;
  upload?: boolean;
  banned?: boolean;
}

/** Overrides as moderators see them; of the roles only the higher one is named. */
export function permissionsView(override: PermissionOverride | undefined): PermissionsView {
  if (!override) return {};
  const { banned, moderator, admin, visible } = override;
  return {
    ...(banned && { banned }),
    ...withoutNulls(Object.fromEntries(PERMISSIONS.map((name) => [name, override[name]]))),
    ...(moderator && (admin ? { admin } : { moderator })),
    ...(moderator && !visible && { hidden: true }),
  };
}

/** Scheduled changes of one user. */
export function futureViews(changes: readonly ScheduledChange[]): FutureView[] {
  return changes.map(({ dueAt, read, write, upload, banned }) => ({
    at: dueAt,
    ...withoutNulls({ read, write, upload, banned }),
  }));
}

/** Scheduled changes of everyone in a room. */
export function futureViewsByUser(changes: readonly ScheduledChange[]): FutureView[] {
  return futureViews(changes).map((view, index) => ({
    session_id: changes[index]?.sessionId ?? '',
    ...view,
  }));
}

function withoutNulls<Name extends string>(
  flags: Record<Name, boolean | null>,
): Partial<Record<Name, boolean>> {
  const set = Object.entries<boolean | null>(flags).filter(([, value]) => value !== null);
  return Object.fromEntries(set) as Partial<Record<Name, boolean>>;
}
