import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { errorLine } from '../../foundation/error-line.js';
import { DatabaseUnavailableError } from '../../foundation/database/errors.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { Choices, type ContinuedAnswer } from '../../messages/cards/choices.service.js';
import { type FinishEffect } from '../../messages/cards/card-kinds.service.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { Eraser } from '../../messages/publication/eraser.service.js';
import { ServerAuthor, type ServerWhisper } from '../../messages/writing/server-author.service.js';
import {
  type CommandOutcome,
  type CommandQuestion,
  type PostedCommand,
  type CommandWhisper,
} from '../../records/commands/command.js';
import { CommandsRepository } from '../../records/commands/commands.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { type Actor, PLAZA } from '../access/actor.js';
import { type CommandEffect, type CommandOrder } from './command-definition.js';
import { Interpreter } from './interpreter.service.js';

/** The name under which a command goes on after its author has been asked. */
const CONTINUATION = 'command';
/** Seconds after the answer to its post at which a command's message is deleted, and at which that is told again. */
const DELETED_AFTER = 2;
const TOLD_AGAIN_AFTER = 30;
/** Seconds by which the job is behind the process that took the command, so that it finds only what was left. */
const LEFT_AFTER = 5;
/** Commands that a run of the job takes up. */
const AT_ONCE = 100;
/** Seconds for which a signature counts once: half a year. */
const REMEMBERED_FOR = 180 * 24 * 60 * 60;

/**
 * Carries commands out and does what follows, step by step. The row of a command is locked before anything else and says
 * which step is next, so each is done once, whichever process does it and wherever one is killed.
 */
@Injectable()
export class CommandRunner implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Commands');
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly database: Database,
    private readonly commands: CommandsRepository,
    private readonly interpreter: Interpreter,
    private readonly events: EventsRepository,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly server: ServerAuthor,
    private readonly eraser: Eraser,
    private readonly choices: Choices,
  ) {}

  onModuleInit(): void {
    this.choices.register<{ command?: string }>(CONTINUATION, (answer, finish) => this.goOn(answer, finish));
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /**
   * Carries out a command that this process has just taken.
   * @param milliseconds that this waits for it at most; it goes on after that
   */
  async begin(id: number, milliseconds: number): Promise<void> {
    const done = this.safely(id, async () => {
      await this.run(id);
      await this.answer(id);
    });
    await Promise.race([done, sleep(milliseconds, undefined, { ref: false })]);
    this.later(DELETED_AFTER, () => this.remove(id, 'delete'));
    this.later(TOLD_AGAIN_AFTER, () => this.remove(id, 'tell again'));
  }

  /**
   * Carries out a command of the operator in a room, and tells those whom it concerns.
   * @returns the answer
   * @throws ProtocolError `room_not_found`
   */
  async order(room: string, text: string): Promise<string> {
    if (!(await this.rooms.find(room))) throw new ProtocolError('room_not_found');
    return answerOf(
      await this.carryOut(PLAZA, room, text, (work) =>
        this.database.transact(async (tx) => outcomeOf(await work(tx))),
      ),
    );
  }

  /** Carries out a command about which its author was asked. */
  private async goOn(
    { room, actor, argument, chosen }: ContinuedAnswer<{ command?: string }>,
    finish: FinishEffect,
  ): Promise<void> {
    const finishOrder: CommandOrder['finish'] = async (work) => {
      let outcome: CommandOutcome | undefined;
      await finish(async (tx) => answerOf((outcome = outcomeOf(await work(tx)))));
      if (!outcome) throw new AlreadyDone();
      return outcome;
    };
    try {
      const outcome = await this.carryOut(actor, room, chosen ?? argument.command ?? '', finishOrder);
      // A command that was refused, or done in parts, has not been finished.
      await finish(() => answerOf(outcome));
    } catch (error) {
      if (!(error instanceof AlreadyDone)) throw error;
    }
  }

  /** Those whom it concerns are told after it is done, so they are not when the process is killed in between. */
  private async carryOut(
    actor: Actor,
    room: string,
    text: string,
    finish: CommandOrder['finish'],
  ): Promise<CommandOutcome> {
    const part: CommandOrder['part'] = (work) => this.database.transact(work);
    const given = { room, text, quote: null };
    const outcome = outcomeOf(await this.interpreter.carryOut(actor, given, { part, finish }));
    if (outcome.tells.length > 0) {
      await this.database.transact(async (tx) => {
        const locked = await this.rooms.lock(tx, room);
        if (locked) await this.server.postWhispers(tx, locked, await this.addressed(tx, outcome.tells));
      });
    }
    return outcome;
  }

  /** Does what is due of commands whose process was killed. */
  async catchUp(): Promise<void> {
    for (const id of await this.commands.due(AT_ONCE)) await this.safely(id, () => this.advance(id));
  }

  /** Forgets commands of half a year ago. */
  forgetOld(): Promise<void> {
    return this.commands.forgetOld(REMEMBERED_FOR);
  }

  private async advance(id: number): Promise<void> {
    const command = await this.commands.get(id);
    if (command?.step === 'run' && (await this.commands.claim(id))) {
      await this.run(id);
      await this.answer(id);
    } else if (command?.step === 'answer') await this.answer(id);
    else if (command?.step === 'delete' || command?.step === 'tell again')
      await this.remove(id, command.step);
  }

  private async run(id: number): Promise<void> {
    const command = await this.commands.get(id);
    if (command?.step !== 'run') return;
    const author = await this.users.get(command.userId);
    const transactions = this.transactionsOf(id);
    const settle = (effect: CommandEffect): Promise<CommandOutcome> => transactions.finish(() => effect);
    try {
      const effect = await this.interpreter.carryOut(author, command, transactions);
      if ((await this.commands.get(id))?.step === 'run') await settle(effect);
    } catch (error) {
      if (error instanceof AlreadyDone) return;
      // It is tried again when the database is there.
      if (error instanceof DatabaseUnavailableError) throw error;
      this.logger.error(`Command ${id} failed: ${errorLine(error)}`);
      await settle('The server could not do this. Its log says why.');
    }
  }

  /** The transactions of a command. Each makes sure that nobody else has carried it out, under its lock. */
  private transactionsOf(id: number): Pick<CommandOrder, 'part' | 'finish'> {
    const caused: number[] = [];
    const mustBeOpen = async (tx: Transaction): Promise<void> => {
      if ((await this.commands.lock(tx, id))?.step !== 'run') throw new AlreadyDone();
    };
    return {
      part: async (work) => {
        const { result, events } = await this.database.transact(async (tx) => {
          await mustBeOpen(tx);
          await this.commands.renew(tx, id);
          const result = await work(tx);
          return { result, events: await this.events.ofThis(tx) };
        });
        caused.push(...events);
        return result;
      },
      finish: (work) =>
        this.database.transact(async (tx) => {
          await mustBeOpen(tx);
          const outcome = outcomeOf(await work(tx));
          const events = new Set([...caused, ...(await this.events.ofThis(tx))]);
          await this.commands.settle(tx, id, outcome, [...events]);
          return outcome;
        }),
    };
  }

  /** Answers the author, and tells others, by whispers that are written in one transaction with the note of it. */
  private async answer(id: number): Promise<void> {
    await this.inRoom(id, 'answer', async (tx, command, room) => {
      const { says, tells, doubt } = command.outcome ?? { says: '', tells: [] };
      const author = await this.users.get(command.userId, tx);
      const answers = says === '' ? [] : [{ to: author, text: says }];
      await this.server.postWhispers(tx, room, [...answers, ...(await this.addressed(tx, tells))]);
      if (doubt) await this.ask(tx, room, author.id, doubt);
      await this.commands.moveOn(tx, id, 'delete', DELETED_AFTER + LEFT_AFTER);
    });
  }

  private ask(
    tx: Transaction,
    room: Room,
    forUserId: number,
    { text, options }: CommandQuestion,
  ): Promise<void> {
    const question = { continuation: CONTINUATION, text, forUserId };
    const [only, another] = options;
    if (only && !another) {
      return this.choices.confirm(tx, room, { ...question, argument: { command: only.command } });
    }
    const choices = options.map(({ word, label, command }) => ({ word, label, value: command }));
    return this.choices.choose(tx, room, { ...question, argument: {}, options: choices });
  }

  /** Those of whom the server has seen nothing yet can't be told. */
  private async addressed(tx: Transaction, tells: readonly CommandWhisper[]): Promise<ServerWhisper[]> {
    const whispers: ServerWhisper[] = [];
    for (const { to, text } of tells) {
      const person = await this.users.find(to, tx);
      if (person) whispers.push({ to: person, text });
    }
    return whispers;
  }

  private async remove(id: number, step: 'delete' | 'tell again'): Promise<void> {
    await this.inRoom(id, step, async (tx, { messageId }, room) => {
      // The deletion of what is deleted already is told again.
      await this.eraser.rowsOf(tx, room, [messageId]);
      if (step === 'delete') await this.commands.moveOn(tx, id, 'tell again', TOLD_AGAIN_AFTER + LEFT_AFTER);
      else await this.commands.moveOn(tx, id, 'done', null);
    });
  }

  private async inRoom(
    id: number,
    step: PostedCommand['step'],
    work: (tx: Transaction, command: PostedCommand, room: Room) => Promise<void>,
  ): Promise<void> {
    await this.database.transact(async (tx) => {
      const command = await this.commands.lock(tx, id);
      if (command?.step !== step) return;
      const room = await this.rooms.lock(tx, command.room);
      if (room) await work(tx, command, room);
    });
  }

  private later(seconds: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.safely(undefined, work);
    }, seconds * 1_000);
    timer.unref();
    this.timers.add(timer);
  }

  /** The job does again what fails here. */
  private async safely(id: number | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.error(`Command ${id ?? ''} could not go on: ${errorLine(error)}`);
    }
  }
}

/** Another process has carried the command out meanwhile. */
class AlreadyDone extends Error {
  override readonly name = 'AlreadyDone';
}

function outcomeOf(effect: CommandEffect): CommandOutcome {
  return typeof effect === 'string' ? { says: effect, tells: [] } : effect;
}

/** The text of the answer, with the commands that it lets its author choose from. */
function answerOf({ says, doubt }: CommandOutcome): string {
  return doubt ? [doubt.text, ...doubt.options.map(({ command }) => command)].join('\n') : says;
}
