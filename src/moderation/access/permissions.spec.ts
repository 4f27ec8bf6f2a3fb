import { NO_MARKS, type PermissionOverride, type User } from '../../records/users/user.js';
import { type RoomDefaults } from '../../records/rooms/room.js';
import { type Permissions, permissionsIn } from './permissions.js';

const OPEN: RoomDefaults = {
  id: 7,
  defaultRead: true,
  defaultAccessible: true,
  defaultWrite: true,
  defaultUpload: true,
  isArchived: false,
};
const HIDDEN: RoomDefaults = { ...OPEN, defaultRead: false, defaultAccessible: false };
const CLOSED: RoomDefaults = { ...HIDDEN, defaultWrite: false, defaultUpload: false };

const NONE: PermissionOverride = {
  banned: false,
  read: null,
  accessible: null,
  write: null,
  upload: null,
  moderator: false,
  admin: false,
  visible: true,
  ...NO_MARKS,
};

function user(global: Partial<User>, override?: Partial<PermissionOverride>, roomId = 7): User {
  return {
    id: 1,
    sessionId: `15${'ab'.repeat(32)}`,
    banned: false,
    moderator: false,
    admin: false,
    visible: false,
    ...NO_MARKS,
    overrides: new Map(override ? [[roomId, { ...NONE, ...override }]] : []),
    ...global,
  };
}

/** The permissions that are granted, by name. */
function granted(room: RoomDefaults, who: User | null): string[] {
  const may: Permissions = permissionsIn(room, who);
  return Object.entries(may)
    .filter(([, isGranted]) => isGranted === true)
    .map(([name]) => name)
    .sort();
}

const EVERYONE = ['accessible', 'read', 'upload', 'visible', 'write'];
const MODERATOR = [...EVERYONE, 'moderator'].sort();
const ADMIN = [...MODERATOR, 'admin'].sort();

describe('the permissions of someone in a room', () => {
  test('are those of the room for strangers and for people without overrides', () => {
    for (const who of [null, user({}), user({}, {}), user({}, { read: false, write: false }, 8)]) {
      expect(granted(OPEN, who)).toEqual(EVERYONE);
      expect(granted(HIDDEN, who)).toEqual(['upload', 'write']);
      expect(granted(CLOSED, who)).toEqual([]);
    }
  });

  test('are none for someone banned from the server, whatever else they are', () => {
    for (const override of [{}, { read: true, write: true }, { moderator: true, admin: true }]) {
      expect(granted(OPEN, user({ banned: true }, override))).toEqual([]);
    }
  });

  test('are all for staff, even where everything is denied', () => {
    const denied = { read: false, accessible: false, write: false, upload: false };
    expect(granted(CLOSED, user({}, { ...denied, moderator: true }))).toEqual(MODERATOR);
    expect(granted(CLOSED, user({}, { ...denied, moderator: true, admin: true }))).toEqual(ADMIN);
    expect(granted(CLOSED, user({ moderator: true }, denied))).toEqual(
      [...MODERATOR, 'globalModerator'].sort(),
    );
    expect(granted(CLOSED, user({ moderator: true, admin: true }, { banned: true }))).toEqual(
      [...ADMIN, 'globalAdmin', 'globalModerator'].sort(),
    );
  });

  test('add those of a room’s admin to those of a global moderator', () => {
    expect(granted(OPEN, user({ moderator: true }, { moderator: true, admin: true }))).toEqual(
      [...ADMIN, 'globalModerator'].sort(),
    );
  });

  test('are to know of the room alone for someone banned from it who could see it otherwise', () => {
    expect(granted(OPEN, user({}, { banned: true }))).toEqual(['visible']);
    expect(granted(HIDDEN, user({}, { banned: true }))).toEqual([]);
    expect(granted(HIDDEN, user({}, { banned: true, read: true }))).toEqual(['visible']);
  });

  test('follow an override where there is one and the default where there is none', () => {
    expect(granted(OPEN, user({}, { read: false }))).toEqual(['accessible', 'upload', 'visible', 'write']);
    expect(granted(OPEN, user({}, { upload: false }))).toEqual(['accessible', 'read', 'visible', 'write']);
    expect(granted(CLOSED, user({}, { accessible: true }))).toEqual(['accessible', 'visible']);
  });

  test('let people who may read know of the room', () => {
    expect(granted(CLOSED, user({}, { read: true }))).toEqual(['accessible', 'read', 'visible']);
    expect(granted(CLOSED, user({}, { read: true, accessible: false }))).toContain('accessible');
  });

  test('let nobody upload who may not write', () => {
    expect(granted(OPEN, user({}, { write: false, upload: true }))).not.toContain('upload');
    expect(granted(CLOSED, user({}, { upload: true }))).toEqual([]);
    expect(granted(CLOSED, user({}, { upload: true, write: true }))).toEqual(['upload', 'write']);
  });
});
