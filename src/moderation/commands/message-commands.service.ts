import { Injectable } from '@nestjs/common';
import { counted, oneLine, momentText } from '../../foundation/wording.js';
import { secondsOf } from '../../foundation/duration.js';
import { DeletionService } from '../../messages/deletion.service.js';
import { PinsService } from '../../messages/pins.service.js';
import { type CommonTrait } from '../../records/messages/purge.repository.js';
import { type Caller } from '../../records/users/user.js';
import { PLAZA } from '../access/actor.js';
import { ForbiddenFiles } from '../forbidden/forbidden-files.service.js';
import { PurgeService } from '../purge/purge.service.js';
import {
  type QueueEntry,
  type QueueReport,
  QueueService,
  type QueueSelection,
} from '../queue/queue.service.js';
import {
  type CommandDefinition,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
  type CommandMessage,
} from './command-definition.js';
import { readMention, readMessageId } from './parse.js';
import { called } from './words.js';

/** Entries of the queue that an answer lists, and characters of each text. */
const LISTED = 10;
const TEXT_LISTED = 80;
const ABUSE = /^abuse\b/i;
const WHICH = '<ids | like ID | all>';
const BY_PERSON_ONLY = 'This takes a person: the operator has plaza commands of the same name.';

/** Commands about messages: deleting, taking back, pinning, and the queue of held ones. */
@Injectable()
export class MessageCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'del',
      also: ['delete'],
      about: 'message',
      usage: '[#id] [abuse]',
      giver: 'moderator',
      help: 'Deletes the message that you answer. With “abuse” the files that it shows are removed for ever, here and in all rooms, with all messages that show the same ones: nobody can upload them again, and what looks like them waits for a moderator.',
      undo: '/undo, for six hours; after “abuse” it only lets the files be uploaded again',
      run: (order) => this.delete(order),
    },
    {
      name: 'purge',
      about: 'nothing',
      usage: '<like | since 10m | from who>',
      giver: 'moderator',
      help: 'Takes back what newcomers wrote: all that is like the message that you answer, all of those who first wrote here in the last ten minutes, or all of one person. Members and staff are spared.',
      undo: '/undo, for six hours',
      run: (order) => this.purge(order),
    },
    {
      name: 'queue',
      about: 'nothing',
      usage: '',
      giver: 'moderator',
      help: 'Lists what is held here and waits for a moderator.',
      undo: null,
      run: (order) => this.list(order),
    },
    this.settling('ok', ['publish'], 'Publishes what is held.', '/undo', 'publish'),
    this.settling('no', ['reject'], 'Deletes what is held.', '/undo, for six hours', 'reject'),
    this.pinning('pin', 'Pins the message that you answer.', '/unpin', 'is pinned', (tx, ...of) =>
      this.pins.pin(tx, ...of),
    ),
    this.pinning(
      'unpin',
      'Unpins the message that you answer.',
      '/pin',
      'is not pinned any more',
      (tx, ...of) => this.pins.unpin(tx, ...of),
    ),
  ];

  constructor(
    private readonly deletions: DeletionService,
    private readonly purges: PurgeService,
    private readonly queue: QueueService,
    private readonly pins: PinsService,
    private readonly forbidden: ForbiddenFiles,
  ) {}

  private delete(order: CommandOrder): Promise<CommandEffect> {
    const message = messageOf(order);
    const { actor, room } = order;
    if (message.isDeleted) throw new CommandMistake(`Message ${message.id} is deleted already.`);
    const author = callerOf(actor);
    if (ABUSE.test(order.text)) return this.deleteForEver(order, message);
    return order.finish(async (tx) => {
      await this.deletions.one(tx, room.token, author, message.id);
      return `Message ${message.id} of ${called(message.author)} is deleted.`;
    });
  }

  private async deleteForEver(order: CommandOrder, { id, author }: CommandMessage): Promise<CommandEffect> {
    const { actor, room } = order;
    const ids = await this.forbidden.ofMessage(actor, room.token, id);
    if (ids.length === 0)
      throw new CommandMistake(`Message ${id} shows no file that is here. Write /del alone.`);
    const report = await this.forbidden.forbid({ actor, room: room.token }, ids, order.part);
    return [
      `Message ${id} of ${called(author)} is deleted, and what it showed is gone for ever:`,
      `${counted(report.files, 'file')} and ${counted(report.messages, 'message')} in all rooms.`,
      'Nobody can upload it again.',
    ].join(' ');
  }

  private async purge(order: CommandOrder): Promise<CommandEffect> {
    const [how = '', ...words] = order.text.toLowerCase().split(/\s+/u);
    const { common, why } = this.commonOf(order, how, words);
    const total = await this.purges.purge(order.actor, order.room.token, { common, why }, order.part);
    if (total === 0) return `There was nothing to take back: ${why}.`;
    return `${counted(total, 'message')} taken back: ${why}. To ban their authors, too: /ban on each, or /raid ban.`;
  }

  private commonOf(
    order: CommandOrder,
    how: string,
    words: readonly string[],
  ): { common: CommonTrait; why: string } {
    const [word = ''] = words;
    if (how === 'like') {
      const id = order.message?.id ?? readMessageId(word);
      if (id === undefined) throw new CommandMistake('Answer the message that the others are like.');
      return { common: { likeMessage: id }, why: `like message ${id}` };
    }
    if (how === 'since') {
      const seconds = secondsOf(word);
      if (seconds === undefined || seconds === 0)
        throw new CommandMistake('Say since when, such as since 10m.');
      return { common: { firstPostWithin: seconds }, why: `of people who first wrote here within ${word}` };
    }
    if (how === 'from') {
      const sessionId = word === '' && order.person ? order.person.sessionId : fullId(word);
      return { common: { author: sessionId }, why: `of ${sessionId}` };
    }
    throw new CommandMistake('Say which messages.');
  }

  private async list({ actor, room }: CommandOrder): Promise<CommandEffect> {
    const entries = await this.queue.list(room.token, actor);
    if (entries.length === 0) return 'Nothing is held here.';
    const more = entries.length > LISTED ? [`… and ${entries.length - LISTED} more.`] : [];
    const lines = entries.slice(0, LISTED).map(lineOf);
    return [
      `${counted(entries.length, 'message')} held here:`,
      ...lines,
      ...more,
      'Write /ok or /no and the ids, “like” and an id, or “all”.',
    ].join('\n');
  }

  private settling(
    name: string,
    also: readonly string[],
    help: string,
    undo: string,
    act: 'publish' | 'reject',
  ): CommandDefinition {
    return {
      name,
      also,
      about: 'nothing',
      usage: WHICH,
      giver: 'moderator',
      help: `${help} /queue shows the ids.`,
      undo,
      run: (order) => {
        const selection = selectionOf(order);
        return order.finish(async (tx) =>
          reportText(await this.queue[act](tx, order.room.token, order.actor, selection)),
        );
      },
    };
  }

  private pinning(
    name: string,
    help: string,
    undo: string,
    state: string,
    change: (
      tx: Parameters<PinsService['pin']>[0],
      token: string,
      actor: Caller,
      id: number,
    ) => Promise<unknown>,
  ): CommandDefinition {
    return {
      name,
      about: 'message',
      usage: '[#id]',
      giver: 'admin',
      help,
      undo,
      run: (order) => {
        const { id } = messageOf(order);
        const actor = callerOf(order.actor);
        return order.finish(async (tx) => {
          await change(tx, order.room.token, actor, id);
          return `Message ${id} ${state}.`;
        });
      },
    };
  }
}

function messageOf({ message }: CommandOrder): CommandMessage {
  if (!message) throw new CommandMistake('Answer the message that you mean.');
  return message;
}

/** The author of a command that only a person may give: clients show them. */
function callerOf(actor: CommandOrder['actor']): Caller {
  if (actor === PLAZA) throw new CommandMistake(BY_PERSON_ONLY);
  return actor;
}

function fullId(word: string): string {
  const mention = readMention(word);
  if (mention?.kind === 'session id') return mention.sessionId;
  throw new CommandMistake('Answer a message of that person, or write their whole ID.');
}

function selectionOf({ text, message }: CommandOrder): QueueSelection {
  const words = text
    .toLowerCase()
    .split(/[\s,]+/u)
    .filter((word) => word !== '');
  const [first = '', second = ''] = words;
  if (first === 'all') return { all: true };
  const like = first === 'like' ? (message?.id ?? readMessageId(second)) : undefined;
  if (like !== undefined) return { like };
  const ids = words.map(readMessageId).filter((id) => id !== undefined);
  if (ids.length === 0 || ids.length < words.length) throw new CommandMistake('Say which, by their ids.');
  return { ids };
}

function reportText({ published, edited, rejected, tooLate, unknown }: QueueReport): string {
  const parts = [
    ...(published.length > 0 ? [`${counted(published.length, 'message')} published.`] : []),
    ...(edited.length > 0 ? [`${counted(edited.length, 'edit')} published.`] : []),
    ...(rejected.length > 0 ? [`${counted(rejected.length, 'message')} deleted.`] : []),
    ...(tooLate.length > 0 ? [`Too old for clients: ${tooLate.join(', ')}.`] : []),
    ...(unknown.length > 0 ? [`Not held any more: ${unknown.join(', ')}.`] : []),
  ];
  return parts.length === 0 ? 'Nothing is held here.' : parts.join(' ');
}

function lineOf({ id, session_id, posted, reason, like, text }: QueueEntry): string {
  const group = like === null || like === id ? '' : `, like ${like}`;
  const said = text === null ? '–' : oneLine(text, TEXT_LISTED);
  return `${id} ${session_id.slice(0, 10)}… ${momentText(posted)} (${reason ?? 'held'}${group}): ${said}`;
}
