import { type StaffLists, type StaffMember } from './room.js';

/** Sorts a room's staff into the lists of its details; each keeps the order of `staff`. */
export function staffLists(staff: readonly StaffMember[]): StaffLists {
  return {
    moderators: sessionIds(staff, { admin: false, visible: true }),
    admins: sessionIds(staff, { admin: true, visible: true }),
    hiddenModerators: sessionIds(staff, { admin: false, visible: false }),
    hiddenAdmins: sessionIds(staff, { admin: true, visible: false }),
  };
}

function sessionIds(staff: readonly StaffMember[], role: { admin: boolean; visible: boolean }): string[] {
  return staff
    .filter((member) => member.admin === role.admin && member.visible === role.visible)
    .map((member) => member.sessionId);
}
