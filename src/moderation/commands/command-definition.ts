import { type Transact, type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { type CommandOutcome, type CommandQuestion } from '../../records/commands/command.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor } from '../access/actor.js';

/** The people who may give a command, from the most to the fewest. */
export const GIVERS = ['member', 'established', 'moderator', 'admin'] as const;

export type CommandGiver = (typeof GIVERS)[number];

/** The thing that a command is about. */
export type SubjectKind = 'person' | 'message' | 'nothing';

/** Somebody whom a command is about. */
export interface NamedPerson {
  sessionId: string;
  /** Null when no message of theirs tells it. */
  name: string | null;
}

/** A message that a command is about. */
export interface CommandMessage {
  id: number;
  author: NamedPerson;
  isDeleted: boolean;
}

/** A command that was understood, ready to be carried out. */
export interface CommandOrder {
  actor: Actor;
  /** How much say the actor has in the room. */
  giver: CommandGiver;
  /** The room that it was given in. */
  room: Room;
  /** Set for a command about a person, and where a message of theirs is answered. */
  person: NamedPerson | undefined;
  message: CommandMessage | undefined;
  /** Undefined when no time is said. */
  seconds: number | undefined;
  /** Whether it is for every room where its author may give it. */
  isEverywhere: boolean;
  /** Whether all that the person has left goes, too. */
  isEverything: boolean;
  /** The words that are left: a reason, or what else the command takes. */
  text: string;
  /** Does a part of the work in a transaction; the part may be done again when the process is killed before the last one. */
  part: Transact;
  /** Does the last or only part, in the transaction that notes the outcome: it is done once. */
  finish: (work: (tx: Transaction) => Eventual<CommandEffect>) => Promise<CommandOutcome>;
}

/** The effect of a command: the answer alone, or with whispers to others. */
export type CommandEffect = string | CommandOutcome;

/** An entry in the one table of commands. */
export interface CommandDefinition {
  /** Without its slash, in lower case. */
  name: string;
  /** Further names. */
  also?: readonly string[];
  about: SubjectKind;
  /** Whether what it is about may be left out. */
  isOptional?: true;
  /** The words that it takes before others: a time, `all` and `everything`. */
  takes?: readonly ('time' | 'all' | 'everything')[];
  /** How it is written, without its name; empty when it takes nothing. */
  usage: string;
  giver: CommandGiver;
  /** One sentence about what it does. */
  help: string;
  /** How to take it back; null when there is nothing to take back. */
  undo: string | null;
  run: (order: CommandOrder) => Promise<CommandEffect>;
}

/** A command that can't be carried out as it was written; the message says in a sentence what to write. */
export class CommandMistake extends Error {
  override readonly name = 'CommandMistake';
}

/** A command that is not clear before its author has answered a question. */
export class CommandDoubt extends Error {
  override readonly name = 'CommandDoubt';

  constructor(readonly doubt: CommandQuestion) {
    super(doubt.text);
  }
}
