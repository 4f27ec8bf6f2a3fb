import { type Command, Option } from 'commander';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import {
  type ListedPerson,
  PEOPLE_ORDERS,
  PeopleListRepository,
  type PeopleOrder,
} from '../../records/people/people-list.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { countArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

const SHOWN = 50;

interface ListOptions {
  room?: string;
  by: PeopleOrder;
  limit: number;
  json?: true;
}

function standingOf({ banned, moderator, admin }: ListedPerson): string {
  if (banned) return 'banned';
  if (!moderator) return '-';
  return admin ? 'admin' : 'moderator';
}

function describe(person: ListedPerson): string {
  const { sessionId, createdAt, lastActiveAt, posts, files, bytes } = person;
  const moments = [createdAt, lastActiveAt].map(formatMoment);
  return [sessionId, ...moments, standingOf(person), posts, files, bytes].join('\t');
}

/** `plaza user list`: people with how much they have posted and uploaded. */
export function registerUserList(user: Command, context: CommandContext): void {
  user
    .command('list')
    .description(
      'List people: Account ID, first and last seen, role or ban on the whole server, posts, files, bytes of these files.',
    )
    .option('--room <token>', 'who has been in this room, and their posts and files there', roomTokenArgument)
    .addOption(
      new Option('--by <order>', 'latest activity first, or most of something')
        .choices(PEOPLE_ORDERS)
        .default('active'),
    )
    .option('--limit <n>', 'so many', countArgument, SHOWN)
    .option('--json', 'print JSON')
    .action(async ({ room, by, limit, json }: ListOptions) => {
      const people = await context.withCommunity(async (services) => {
        const found = room === undefined ? undefined : await services.get(RoomsRepository).find(room);
        if (room !== undefined && !found) throw new ProtocolError('room_not_found');
        return services.get(PeopleListRepository).people({ roomId: found?.id ?? null, order: by, limit });
      });
      if (json) context.output.json(people.map(reportOf));
      else context.output.lines(people.map(describe));
    });
}

function reportOf({ sessionId, createdAt, lastActiveAt, ...rest }: ListedPerson): object {
  return { session_id: sessionId, created: createdAt, last_active: lastActiveAt, ...rest };
}
