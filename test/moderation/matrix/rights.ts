/** Everyone whom the protocol tells apart by what they may do. */
export const ROLES = [
  'anonymous',
  'user',
  'banned in the room',
  'globally banned',
  'moderator',
  'hidden moderator',
  'admin',
  'global moderator',
  'global admin',
] as const;

export type Role = (typeof ROLES)[number];

/** A room's permission defaults. */
export interface Defaults {
  default_read: boolean;
  default_accessible: boolean;
  default_write: boolean;
  default_upload: boolean;
}

export const EVERYTHING: Defaults = {
  default_read: true,
  default_accessible: true,
  default_write: true,
  default_upload: true,
};

/** All sixteen. */
export const ALL_DEFAULTS: readonly Defaults[] = Array.from({ length: 16 }, (_, bits) => ({
  default_read: (bits & 8) === 0,
  default_accessible: (bits & 4) === 0,
  default_write: (bits & 2) === 0,
  default_upload: (bits & 1) === 0,
}));

/** The right that an endpoint asks of its caller. */
export type Need =
  | 'nothing'
  | 'a user'
  | 'a user not banned everywhere'
  | 'to see the room'
  | 'to know the room'
  | 'read'
  | 'to poll'
  | 'read as a user'
  | 'write'
  | 'upload'
  | 'moderator'
  | 'admin'
  | 'global moderator'
  | 'global admin'
  | 'what nobody may';

const ROOM_STAFF: readonly Role[] = ['moderator', 'hidden moderator', 'admin'];
const GLOBAL_STAFF: readonly Role[] = ['global moderator', 'global admin'];
const STAFF: readonly Role[] = [...ROOM_STAFF, ...GLOBAL_STAFF];
const ADMINS: readonly Role[] = ['admin', 'global admin'];

/** Needs of endpoints that speak of no room. */
const ROOMLESS: readonly Need[] = [
  'nothing',
  'a user',
  'a user not banned everywhere',
  'global moderator',
  'global admin',
];

/**
 * The status that protocol 3, 7.4 and 10 demand of an endpoint.
 * @param success what it answers to whom it lets in
 */
export function expectedStatus(need: Need, role: Role, defaults: Defaults, success: number): number {
  if (role === 'globally banned') return 403;
  const open: readonly Need[] = ['nothing', 'to see the room', 'read', 'to poll'];
  if (role === 'anonymous' && !open.includes(need)) return 401;
  if (meets(need, role, defaults)) return success;
  if (ROOMLESS.includes(need)) return 403;
  // A former member who is banned is told so: iOS closes its input field on nothing else.
  if (need === 'to poll' && role === 'banned in the room') return 403;
  return sees(role, defaults) && need !== 'to see the room' ? 403 : 404;
}

/** Knows that the room is there: being banned from it does not change that. */
function sees(role: Role, { default_read, default_accessible }: Defaults): boolean {
  return STAFF.includes(role) || default_read || default_accessible;
}

function meets(need: Need, role: Role, defaults: Defaults): boolean {
  const { default_read: read, default_write: write, default_upload: upload } = defaults;
  const staff = STAFF.includes(role);
  const banned = role === 'banned in the room';
  switch (need) {
    case 'nothing':
    case 'a user':
      return true;
    case 'a user not banned everywhere':
      return !banned;
    case 'to see the room':
      return !banned && sees(role, defaults);
    case 'to know the room':
      return sees(role, defaults);
    case 'read':
    case 'to poll':
    case 'read as a user':
      return staff || (!banned && read);
    case 'write':
      return staff || (!banned && sees(role, defaults) && write);
    case 'upload':
      return staff || (!banned && sees(role, defaults) && write && upload);
    case 'moderator':
      return staff;
    case 'admin':
      return ADMINS.includes(role);
    case 'global moderator':
      return GLOBAL_STAFF.includes(role);
    case 'global admin':
      return role === 'global admin';
    case 'what nobody may':
      return false;
  }
}
