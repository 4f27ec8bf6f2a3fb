import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { CommandDesk, type CommandTaker, type PossibleCommand } from '../../messages/command-desk.service.js';
import { MessageWriter } from '../../messages/writing/message-writer.service.js';
import { TakenPosts } from '../../messages/writing/taken-posts.service.js';
import { type CommandQuote } from '../../records/commands/command.js';
import { CommandsRepository } from '../../records/commands/commands.repository.js';
import { type Quote } from '../../protocol/session-protobuf/read-content.js';
import { type MessageView } from '../../records/messages/message.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { isShadowedIn, type User } from '../../records/users/user.js';
import { permissionsIn } from '../access/permissions.js';
import { RoomAccess } from '../access/room-access.service.js';
import { CommandRunner } from './command-runner.service.js';
import { CommandTable } from './command-table.service.js';
import { readWritten } from './parse.js';

/** Commands within so many seconds: of one moderator, of one member, and of all members of a room. */
const RATES = { seconds: 60, ofStaff: 60, ofMember: 6, ofMembers: 300 };
/** Characters of a command that are read. */
const LONGEST = 4_000;
/** Milliseconds that the answer to the post waits for the command to be carried out. */
const WAITS = 5_000;

/** A post that is a command, of somebody who has a row. */
interface Given {
  post: PossibleCommand;
  author: User;
  text: string;
}

/** Takes posts that are commands: staff's that begin with a slash, and members' that name one of theirs. */
@Injectable()
export class CommandsService implements CommandTaker, OnModuleInit {
  constructor(
    private readonly desk: CommandDesk,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly directory: RoomDirectory,
    private readonly commands: CommandsRepository,
    private readonly taken: TakenPosts,
    private readonly writer: MessageWriter,
    private readonly table: CommandTable,
    private readonly runner: CommandRunner,
  ) {}

  onModuleInit(): void {
    this.desk.open(this);
  }

  async take(token: string, post: PossibleCommand): Promise<MessageView | undefined> {
    const { author } = post;
    const room = author.id === null ? undefined : await this.directory.find(token);
    // Strangers who have no row yet cost no more than with any other post.
    if (!room || author.id === null) return undefined;
    const text = storable(post.content?.body ?? '').slice(0, LONGEST);
    const may = permissionsIn(room, author);
    if (!may.moderator && !this.isOfMembers(text)) return undefined;
    if (!may.moderator && isShadowedIn(room.id, author)) return undefined;
    const taken = await this.database.transact((tx) => this.takeLocked(tx, token, { post, author, text }));
    if (taken?.command !== undefined) await this.runner.begin(taken.command, WAITS);
    return taken?.view;
  }

  /** Under the room's lock, so the same post is taken once. */
  private async takeLocked(
    tx: Transaction,
    token: string,
    { post, author, text }: Given,
  ): Promise<Taken | undefined> {
    const { room, may, caller } = await this.access.visitToWrite(tx, token, author, 'write');
    const isMember = !may.moderator;
    if (caller.id === null || (isMember && !this.isOfMembers(text))) return undefined;
    const { signature, content } = post;
    const earlier = await this.taken.before(tx, caller, post);
    if (earlier) return { view: earlier, command: undefined };
    await this.charge(tx, { userId: caller.id, roomId: room.id }, isMember);
    const view = await this.writer.keepAnswer(tx, room, caller, post);
    const command = await this.commands.add(tx, {
      roomId: room.id,
      userId: caller.id,
      messageId: view.id,
      signature,
      isMember,
      text,
      quote: quoteOf(content?.quote),
    });
    return { view, command };
  }

  private async charge(
    tx: Transaction,
    of: { userId: number; roomId: number },
    isMember: boolean,
  ): Promise<void> {
    const { own, ofMembers } = await this.commands.count(tx, of, RATES.seconds);
    const isTooMuch = isMember ? own >= RATES.ofMember || ofMembers >= RATES.ofMembers : own >= RATES.ofStaff;
    if (isTooMuch) throw new ProtocolError('posting_too_fast', undefined, RATES.seconds);
  }

  /** Whether a text names a command that members may give. Any other text of theirs is an ordinary message. */
  private isOfMembers(text: string): boolean {
    const command = this.table.find(readWritten(text).name);
    return command?.giver === 'member' || command?.giver === 'established';
  }
}

/** A command that was taken; no id for one that was taken before. */
interface Taken {
  view: MessageView;
  command: number | undefined;
}

function quoteOf(quote: Quote | undefined): CommandQuote | null {
  if (quote?.author === undefined || quote.timestamp === undefined) return null;
  return { author: storable(quote.author), timestamp: quote.timestamp };
}

/** A text without the one character that PostgreSQL does not store. */
function storable(text: string): string {
  return text.replaceAll('\0', '');
}
