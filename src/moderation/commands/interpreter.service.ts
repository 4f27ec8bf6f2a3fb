import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type CommandQuote } from '../../records/commands/command.js';
import { isEstablished, trustIn, UNKNOWN } from '../../records/defence/trust.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { Clock } from '../../foundation/clock.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor, PLAZA } from '../access/actor.js';
import { permissionsIn } from '../access/permissions.js';
import { NoIncident } from '../raids/raid.service.js';
import { CannotUndo } from '../undo/undoing.js';
import {
  type CommandDefinition,
  CommandDoubt,
  CommandMistake,
  type CommandEffect,
  type CommandGiver,
  GIVERS,
  type CommandOrder,
} from './command-definition.js';
import { CommandTable } from './command-table.service.js';
import { written } from './help-text.js';
import { commandNamed, readOptions, readWritten, suggestionFor } from './parse.js';
import { SubjectsService } from './subjects.service.js';

/** A command as it was given. */
export interface GivenCommand {
  /** Token. */
  room: string;
  text: string | null;
  quote: CommandQuote | null;
}

/** Understands commands and has them carried out; what can't be done is said in the answer. */
@Injectable()
export class Interpreter {
  constructor(
    private readonly clock: Clock,
    private readonly directory: RoomDirectory,
    private readonly trust: TrustRepository,
    private readonly table: CommandTable,
    private readonly subjects: SubjectsService,
  ) {}

  /**
   * Carries out a command of somebody, or of the operator.
   * @param transactions as in `Order`
   * @returns what the author is answered, also when it could not be done
   */
  async carryOut(
    actor: Actor,
    given: GivenCommand,
    transactions: Pick<CommandOrder, 'part' | 'finish'>,
  ): Promise<CommandEffect> {
    const room = await this.directory.find(given.room);
    if (!room) return '';
    const giver = await this.giverOf(actor, room);
    const { name, rest } = readWritten(given.text ?? '');
    const mine = this.table.for(giver);
    const command = commandNamed(name === '' ? 'help' : name, mine);
    if (!command) return this.unknown(name, mine);
    try {
      const order = await this.read(command, { actor, giver, room, ...transactions }, rest, given.quote);
      return await command.run(order);
    } catch (error) {
      if (error instanceof CommandDoubt) return { says: '', tells: [], doubt: error.doubt };
      if (!isForAuthor(error)) throw error;
      const usage = error instanceof CommandMistake ? `\nIt is written ${written(command)}` : '';
      return `Nothing was changed. ${error.message}${usage}`;
    }
  }

  private async read(
    command: CommandDefinition,
    circumstances: Pick<CommandOrder, 'actor' | 'giver' | 'room' | 'part' | 'finish'>,
    rest: string,
    quote: CommandQuote | null,
  ): Promise<CommandOrder> {
    const words = rest === '' ? [] : rest.split(/\s+/u);
    const { person, message, used } = await this.subjects.find(command, circumstances.room, words, quote);
    return { ...circumstances, person, message, ...readOptions(words.slice(used), command.takes) };
  }

  private async giverOf(actor: Actor, room: Room): Promise<CommandGiver> {
    if (actor === PLAZA) return 'admin';
    const may = permissionsIn(room, actor);
    if (may.admin) return 'admin';
    if (may.moderator) return 'moderator';
    const record = actor.id === null ? undefined : (await this.trust.roomsOf(actor.id)).get(room.token);
    const level = trustIn(room.id, actor, { ...UNKNOWN, record });
    return isEstablished(level, record, this.clock.seconds()) ? 'established' : 'member';
  }

  private unknown(name: string, mine: readonly CommandDefinition[]): string {
    const other = this.table.find(name);
    if (other && GIVERS.indexOf(other.giver) > 0)
      return `Nothing was published. /${name} takes more rights than you have here.`;
    const near = suggestionFor(name, mine);
    const hint = near ? `Did you mean ${written(near)}?` : '/help lists the commands.';
    return `There is no command /${name}, and nothing was published. ${hint} A message that begins with // is published.`;
  }
}

/** Whether an error tells the author something about their command; others are faults of the server. */
function isForAuthor(error: unknown): error is Error {
  const kinds = [CommandMistake, ProtocolError, CannotUndo, NoIncident];
  return kinds.some((kind) => error instanceof kind);
}
