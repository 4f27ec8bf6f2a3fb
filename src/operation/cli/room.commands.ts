import type { Command } from 'commander';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { bytesText } from '../../foundation/bytes.js';
import { Database } from '../../foundation/database/database.js';
import { durationText } from '../../foundation/duration.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RoomExportService } from '../room-export/room-export.service.js';
import { RoomsService } from '../../rooms/rooms.service.js';
import { Expectations } from '../../moderation/defence/expectations.service.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { type RoomProperties } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type NewImage, RoomUpdateService } from '../../rooms/room-update.service.js';
import { LANGUAGES } from '../../records/rooms/room-language.js';
import { type RoomSettings, type RoomSettingsChange } from '../../records/rooms/room-settings.js';
import {
  durationArgument,
  peopleArgument,
  roomBytesArgument,
  roomDescriptionArgument,
  roomNameArgument,
  roomSecondsArgument,
  roomSettingArgument,
  roomTimeArgument,
  roomTokenArgument,
  switchArgument,
} from './arguments.js';
import { counted } from '../../foundation/wording.js';
import { qrCodeLines } from '../../foundation/terminal-qr-code.js';
import { type CommandContext } from './command-context.js';
import { roomUrl } from './room-address.js';
import { withPicture } from './room-image.js';
import { registerRoomArchiveCommands } from './room-archive.commands.js';
import { registerRoomQuestionCommands } from './room-question.commands.js';
import { UsageError } from './usage-error.js';

/** Settings of a room as `plaza room set` takes them; `default` makes the server's hold again. */
const SETTINGS: readonly { setting: keyof RoomSettings; flag: string; help: string }[] = [
  {
    setting: 'slowMode',
    flag: '--slow-mode <time>',
    help: 'how long a member waits from one post to the next, such as 30s, moderators excepted; 0 for no wait',
  },
  {
    setting: 'postRateLimit',
    flag: '--post-rate-limit <n>',
    help: 'posts of one person within the interval, or default for POST_RATE_LIMIT',
  },
  {
    setting: 'postRateInterval',
    flag: '--post-rate-interval <time>',
    help: 'the time that limit counts over, such as 1m, or default for POST_RATE_INTERVAL',
  },
  {
    setting: 'defence',
    flag: '--defence <on|watch|off>',
    help: 'whether the defence against raids acts, only records, or rests; default for DEFENCE',
  },
  {
    setting: 'language',
    flag: `--language <${LANGUAGES.join('|')}>`,
    help: 'the language in which the server whispers to members; en by default',
  },
  {
    setting: 'moderationName',
    flag: '--moderation-name <name>',
    help: 'the name under which the server whispers to members; Moderation by default',
  },
];

/** Settings of a room that are times. */
const TIMES: readonly { setting: 'keepMessages' | 'keepFiles'; flag: string; help: string }[] = [
  {
    setting: 'keepMessages',
    flag: '--keep-messages <time>',
    help: 'messages older than that go, such as 30d, but for pinned ones; forever by default',
  },
  {
    setting: 'keepFiles',
    flag: '--keep-files <time>',
    help: 'files older than that go, such as 7d, but for those of pinned messages; by default after UPLOAD_EXPIRY_DAYS',
  },
];

/** The option for the bytes of files that a room keeps, and its setting. */
const STORAGE = {
  name: 'storage',
  setting: 'storageBytesPerRoom',
  flag: '--storage <size>',
  help: 'bytes of files that it keeps at most, such as 500MB or 2GB, 0 for no limit; default for STORAGE_BYTES_PER_ROOM',
} as const;

/** The options of `plaza room set`, by the names of a room's settings and other properties. */
type SetOptions = Record<string, string | number | boolean>;

/** Parts settings from other properties of a room; a part that is empty is undefined. */
function apart(options: SetOptions): {
  settings: RoomSettingsChange | undefined;
  properties: Partial<RoomProperties> | undefined;
} {
  const isSetting = (name: string): boolean =>
    [...SETTINGS, ...TIMES, STORAGE].some(({ setting }) => setting === name);
  const settings: [string, unknown][] = [];
  const properties: [string, unknown][] = [];
  for (const [option, value] of Object.entries(options)) {
    const name = option === STORAGE.name ? STORAGE.setting : option;
    if (isSetting(name)) settings.push([name, value === 'default' ? null : value]);
    else properties.push([name, value === '' ? null : value]);
  }
  return {
    settings: settings.length > 0 ? Object.fromEntries(settings) : undefined,
    properties: properties.length > 0 ? Object.fromEntries(properties) : undefined,
  };
}

/** A property of a room as a line shows it. */
function propertyText(name: string, value: string | number | boolean | null): string {
  if (typeof value === 'number' && name.includes('bytes')) return bytesText(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? '-' : String(value);
}

/** `plaza room …`: adds, lists, changes and deletes rooms, whether the server runs or not. */
export function registerRoomCommands(program: Command, context: CommandContext): void {
  const room = program
    .command('room')
    .description('Add, list, change and delete rooms. The room is the first argument, or --room TOKEN.');
  registerAdd(room, context);
  registerUrl(room, context);
  registerList(room, context);
  registerSet(room, context);
  registerRoomQuestionCommands(room, context);
  registerRoomArchiveCommands(room, context);
  registerShow(room, context);
  registerExpect(room, context);
  registerExport(room, context);
  registerDelete(room, context);
}

/** `plaza room add`: opens a room. */
function registerAdd(room: Command, context: CommandContext): void {
  room
    .command('add')
    .description('Add a room; it is open to everyone.')
    .argument('<token>', 'its name in the URL: 1 to 64 of A-Z a-z 0-9 _ -', roomTokenArgument)
    .option('--name <name>', 'its name as members see it (default: the token)', roomNameArgument)
    .option('--description <text>', 'what it is about', roomDescriptionArgument)
    .action(async (token: string, { name, description }: { name?: string; description?: string }) => {
      const url = await context.changeCommunity(async (tx, services) => {
        await services
          .get(RoomsService)
          .create(tx, { token, name, description: description === '' ? null : description });
        return roomUrl(services, token);
      });
      context.output.lines([`${token} is open: ${url}`]);
    });
}

/** `plaza room url`: tells how people join a room. */
function registerUrl(room: Command, context: CommandContext): void {
  room
    .command('url')
    .description('Show the URL by which people join a room.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--qr', 'as a QR code, too')
    .option('--json', 'print JSON')
    .action(async (token: string, { qr, json }: { qr?: true; json?: true }) => {
      const url = await context.withCommunity(async (services) => {
        const found = await services.get(RoomsRepository).find(token);
        if (!found) throw new ProtocolError('room_not_found');
        return roomUrl(services, found.token);
      });
      if (json) context.output.json({ url });
      else context.output.lines([url, ...(qr ? await qrCodeLines(url, context.output.isTerminal) : [])]);
    });
}

/** `plaza room list`: lists the rooms. */
function registerList(room: Command, context: CommandContext): void {
  room
    .command('list')
    .description('List the rooms.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const rooms = await context.withCommunity((services) => services.get(RoomsService).all());
      if (json)
        context.output.json(rooms.map(({ token, name, description }) => ({ token, name, description })));
      else context.output.lines(rooms.map(({ token, name }) => `${token}\t${name}`));
    });
}

/** `plaza room set`: changes the properties and the own settings of a room. */
function registerSet(room: Command, context: CommandContext): void {
  const set = room
    .command('set')
    .description('Change a room’s name, description, what everyone may do in it, and its own settings.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--name <name>', 'its name as members see it', roomNameArgument)
    .option('--description <text>', 'what it is about; empty for none', roomDescriptionArgument)
    .option('--default-read <on|off>', 'whether everyone may read', switchArgument)
    .option('--default-accessible <on|off>', 'whether everyone may know of it', switchArgument)
    .option('--default-write <on|off>', 'whether everyone may post', switchArgument)
    .option('--default-upload <on|off>', 'whether everyone who may post may upload', switchArgument)
    .option('--image <file>', 'a picture that stands for it: PNG, JPEG, GIF or WebP')
    .option('--no-image', 'no picture')
    .action(async (token: string, { image, ...options }: SetOptions) => {
      const { settings, properties } = apart({ ...options, ...(image === false && { imageId: '' }) });
      if (!settings && !properties && image === undefined) {
        throw new UsageError(`say what to change: ${plazaCommand('room set --help')} lists it`);
      }
      await context.withCommunity(async (services) => {
        const rooms = services.get(RoomUpdateService);
        const change = (picture?: NewImage): Promise<void> =>
          services.get(Database).transact(async (tx) => {
            if (settings) await rooms.changeSettings(tx, PLAZA, token, settings);
            if (properties) await rooms.update(tx, PLAZA, token, properties);
            if (picture) await rooms.giveImage(tx, token, picture);
          });
        await (typeof image === 'string' ? withPicture(services, context.pathOf(image), change) : change());
      });
      context.output.lines([`${token} is changed; ${plazaCommand(`room show ${token}`)} shows it`]);
    });
  for (const { flag, help, setting } of SETTINGS) {
    const isTime = setting === 'slowMode' || setting === 'postRateInterval';
    set.option(flag, help, isTime ? roomSecondsArgument(setting) : roomSettingArgument(setting));
  }
  for (const { flag, help, setting } of TIMES) set.option(flag, help, roomTimeArgument(setting));
  set.option(STORAGE.flag, STORAGE.help, roomBytesArgument);
}

/** `plaza room show`: shows a room and what is in it. */
function registerShow(room: Command, context: CommandContext): void {
  room
    .command('show')
    .description('Show what a room is, how much is in it and what holds there.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async (token: string, { json }: { json?: true }) => {
      const shown = await context.withCommunity((services) => services.get(RoomsService).summary(token));
      if (json) context.output.json(shown);
      else
        context.output.lines(
          Object.entries<string | number | boolean | null>(shown).map(
            ([name, value]) => `${name.replaceAll('_', ' ')}: ${propertyText(name, value)}`,
          ),
        );
    });
}

/** `plaza room expect`: lets more newcomers write for a time. */
function registerExpect(room: Command, context: CommandContext): void {
  room
    .command('expect')
    .description(
      'Expect newcomers, after an announcement: the room lets so many more of them write together for that time.',
    )
    .argument('<token>', 'the room', roomTokenArgument)
    .argument('<people>', 'how many; 0 ends it', peopleArgument)
    .argument('<time>', 'for how long, such as 30m, 2h or 1d', durationArgument)
    .action(async (token: string, people: number, seconds: number) => {
      await context.changeCommunity((tx, services) =>
        services.get(Expectations).expect(tx, PLAZA, token, { people, seconds }),
      );
      context.output.lines([
        people === 0
          ? `${token} expects nobody`
          : `${token} expects ${counted(people, 'newcomer')} for ${durationText(seconds)}`,
      ]);
    });
}

/** `plaza room export`: writes a room to standard output. */
function registerExport(room: Command, context: CommandContext): void {
  room
    .command('export')
    .description(
      'Write a room to standard output as JSON Lines: the room, then every message by id, whispers and what is left ' +
        'of deleted ones included. "data" and "signature" are base64 of what was posted and signed, "text" what it ' +
        'says; "reactions" name who reacted and when; times are unix seconds. plaza backup keeps the files.',
    )
    .argument('<token>', 'the room', roomTokenArgument)
    .action((token: string) =>
      context.withCommunity((services) =>
        context.output.jsonLines(services.get(RoomExportService).lines(token)),
      ),
    );
}

/** `plaza room delete`: deletes a room. */
function registerDelete(room: Command, context: CommandContext): void {
  room
    .command('delete')
    .description('Delete a room with all its messages.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--yes', 'really do it')
    .action(async (token: string, { yes }: { yes?: true }) => {
      if (!yes) throw new UsageError(`this deletes ${token} and all its messages; add --yes to do it`);
      await context.changeCommunity((tx, services) => services.get(RoomsService).delete(tx, token));
      context.output.lines([`${token} is deleted with all its messages`]);
    });
}
