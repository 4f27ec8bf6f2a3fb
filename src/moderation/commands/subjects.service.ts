import { Injectable } from '@nestjs/common';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type CommandQuote } from '../../records/commands/command.js';
import { type SubjectMessage, SubjectsRepository } from '../../records/commands/subjects.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { Database } from '../../foundation/database/database.js';
import { UsersService } from '../../users/users.service.js';
import {
  type CommandDefinition,
  CommandDoubt,
  CommandMistake,
  type NamedPerson,
  type CommandMessage,
} from './command-definition.js';
import { readMention, readMessageId } from './parse.js';
import { called } from './words.js';

/** Buttons of a card. */
const MOST_OPTIONS = 4;
/** Words that a display name may have. */
const LONGEST_NAME = 6;
/** Characters of a display name by which somebody is found. */
const LONGEST_KEY = 300;

/** The subject of a command, and how many of its words named it. */
export interface Subjects {
  person: NamedPerson | undefined;
  message: CommandMessage | undefined;
  used: number;
}

/** Finds whom and what a command is about. */
@Injectable()
export class SubjectsService {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly users: UsersService,
    private readonly standings: UsersRepository,
    private readonly database: Database,
  ) {}

  /**
   * Finds the subject of a command.
   * @throws CommandMistake when it is not clear
   */
  async find(
    command: CommandDefinition,
    room: Room,
    words: readonly string[],
    quote: CommandQuote | null,
  ): Promise<Subjects> {
    if (command.about === 'message') return this.findMessage(command, room, words, quote);
    const [first] = words;
    const mention = first === undefined || command.about === 'nothing' ? undefined : readMention(first);
    if (mention?.kind === 'session id') {
      return { person: await this.person(room, mention.sessionId), message: undefined, used: 1 };
    }
    const needsAnswered = command.about === 'person' && !command.isOptional;
    const message =
      quote && (await (needsAnswered ? this.quoted(room, quote) : this.ifQuotable(room, quote)));
    if (command.about === 'nothing')
      return { person: message?.author, message: message ?? undefined, used: 0 };
    // A number after the name of the command may be a reason, where it is clear who is meant.
    if (mention && !message) {
      const sessionId = await this.withDigits(room, mention);
      return { person: await this.person(room, sessionId), message: undefined, used: 1 };
    }
    if (message) return { person: message.author, message, used: 0 };
    const named = await this.named(command, room, words);
    if (named) return { person: named.person, message: undefined, used: named.used };
    if (command.isOptional) return { person: undefined, message: undefined, used: 0 };
    throw new CommandMistake(
      first === undefined
        ? `Say whom: answer a message of theirs with /${command.name}, or write /${command.name} and @mention, ID or name.`
        : `Nobody here has the name or the ID “${first}”. Answer a message of theirs with /${command.name} instead.`,
    );
  }

  private async findMessage(
    command: CommandDefinition,
    room: Room,
    words: readonly string[],
    quote: CommandQuote | null,
  ): Promise<Subjects> {
    const id = words[0] === undefined ? undefined : readMessageId(words[0]);
    if (id !== undefined && !quote) {
      const found = await this.subjects.message(room.id, id);
      if (!found) throw new CommandMistake(`There is no message ${id} here.`);
      const message = toMessage(found);
      return { person: message.author, message, used: 1 };
    }
    const message = quote ? await this.quoted(room, quote) : undefined;
    if (!message && !command.isOptional) {
      throw new CommandMistake(`Answer the message that you mean with /${command.name}.`);
    }
    return { person: message?.author, message, used: 0 };
  }

  /** As {@link quoted}, for a command that may answer anything, such as a card of the server. */
  private async ifQuotable(room: Room, quote: CommandQuote): Promise<CommandMessage | undefined> {
    try {
      return await this.quoted(room, quote);
    } catch (error) {
      if (error instanceof CommandMistake) return undefined;
      throw error;
    }
  }

  private async quoted(room: Room, { author, timestamp }: CommandQuote): Promise<CommandMessage> {
    const sessionId = sessionIdSchema.safeParse(author);
    const user = sessionId.success ? await this.users.resolve(sessionId.data) : undefined;
    const found = user ? await this.subjects.quoted(room.id, user.id, timestamp) : [];
    const exact = found.filter((message) => message.timestamp === timestamp);
    const [message, other] = exact.length > 0 ? exact : found;
    if (!message) throw new CommandMistake('The message that you answer is not in this room.');
    if (other) {
      const ids = found.map(({ id }) => `#${id}`).join(' or ');
      throw new CommandMistake(`It is not clear which message you answer: write ${ids} instead.`);
    }
    return toMessage(message);
  }

  private async withDigits(room: Room, { begins, ends }: { begins: string; ends: string }): Promise<string> {
    const found = await this.subjects.withDigits(room.id, begins, ends);
    const [only, another] = found;
    if (only === undefined) throw new CommandMistake(`Nobody has an ID with ${begins}${ends && `…${ends}`}.`);
    if (another !== undefined)
      throw new CommandMistake(`Several people have these digits: ${found.join(', ')}`);
    return only;
  }

  /** Somebody whose display name the words begin with: the longest name that fits. */
  private async named(
    command: CommandDefinition,
    room: Room,
    words: readonly string[],
  ): Promise<{ person: NamedPerson; used: number } | undefined> {
    if (words.length === 0) return undefined;
    const people = new Map<string, NamedPerson[]>();
    for (const { sessionId, data } of await this.subjects.latestOfEach(room.id)) {
      const name = readContent(data)?.displayName;
      if (name === undefined) continue;
      const key = keyOf(name);
      people.set(key, [...(people.get(key) ?? []), { sessionId, name }]);
    }
    for (let used = Math.min(LONGEST_NAME, words.length); used > 0; used--) {
      const found = people.get(keyOf(words.slice(0, used).join(' '))) ?? [];
      const [person] = found;
      if (found.length === 1 && person) return { person, used };
      if (found.length > 1) throw doubtAbout(command, found, words.slice(used));
    }
    return undefined;
  }

  private async person(room: Room, sessionId: string): Promise<NamedPerson> {
    const user = await this.users.resolve(sessionId);
    const known = user?.sessionId ?? sessionId;
    if (user && (await this.standings.isServer(this.database, user.id)))
      throw new CommandMistake('That is the server itself.');
    const data = await this.subjects.latestOf(room.id, known);
    return { sessionId: known, name: (data && readContent(data)?.displayName) ?? null };
  }
}

/** The question which of several people is meant; beyond a card's four buttons their digits are to be written. */
function doubtAbout(
  { name }: CommandDefinition,
  people: readonly NamedPerson[],
  rest: readonly string[],
): CommandDoubt | CommandMistake {
  const options = people.map((person) => {
    const word = person.sessionId.slice(2, 10);
    return { word, label: called(person), command: [`/${name} @${person.sessionId}`, ...rest].join(' ') };
  });
  const text = `${people.length} people have that name.`;
  if (options.length <= MOST_OPTIONS) return new CommandDoubt({ text: `${text} Who is meant?`, options });
  const digits = options.map(({ word }) => word).join(', ');
  return new CommandMistake(`${text} Write digits of the ID instead: ${digits}`);
}

function toMessage({ id, sessionId, isServer, isDeleted, data }: SubjectMessage): CommandMessage {
  if (isServer) throw new CommandMistake('That message is the server’s own.');
  const name = (data && readContent(data)?.displayName) ?? null;
  return { id, author: { sessionId, name }, isDeleted };
}

/** A longer name is made to be costly: its end is looked for anew from each of its characters. */
function keyOf(name: string): string {
  return name
    .slice(0, LONGEST_KEY)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^[@"“]+|["”,:]+$/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}
