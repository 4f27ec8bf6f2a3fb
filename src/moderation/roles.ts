/** A moderator's or admin's role, in a room or globally. */
export interface Role {
  moderator: boolean;
  /** Implies `moderator`. */
  admin: boolean;
  /** Whether everyone is told of the role; without one it is the default of where the role would be. */
  visible: boolean;
}

/** A change of someone's role; null leaves a part alone. Never both null, never an admin who is no moderator. */
export interface RoleChange {
  moderator: boolean | null;
  admin: boolean | null;
  /** Null: as it is by default, where someone is appointed. */
  visible: boolean | null;
}

/** The table of protocol 7.3. `visibleByDefault`: true for roles in rooms, false for global ones. */
export function roleAfter(role: Role, change: RoleChange, visibleByDefault: boolean): Role {
  const visible = change.visible ?? visibleByDefault;
  if (change.moderator === false) return { moderator: false, admin: false, visible: visibleByDefault };
  if (change.admin === true) return { moderator: true, admin: true, visible };
  if (change.moderator === true) {
    return { moderator: true, admin: role.admin && change.admin === null, visible };
  }
  return { ...role, admin: false };
}

/** Whether two roles are the same to everyone who looks. */
export function sameRole(one: Role, other: Role): boolean {
  return one.moderator === other.moderator && one.admin === other.admin && one.visible === other.visible;
}

/** Whether the change gives a role to someone who may have none. */
export function isAppointment(change: RoleChange): boolean {
  return change.moderator === true || change.admin === true;
}
