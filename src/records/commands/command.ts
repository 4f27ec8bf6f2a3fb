import * as z from 'zod';

/**
 * The next thing to do for a command.
 *
 * - `run`: it is carried out.
 * - `answer`: its author is answered, and others are told who have to know.
 * - `delete`: its message is deleted, so that it goes from its author's screens.
 * - `tell again`: its deletion is told again, because a client that learns of a deletion before it has the answer to its
 *   post does not know which message is meant.
 * - `done`: nothing.
 */
export const COMMAND_STEPS = ['run', 'answer', 'delete', 'tell again', 'done'] as const;

export type CommandStep = (typeof COMMAND_STEPS)[number];

/** The message that a command answers, as its author's client names it. */
export const commandQuoteSchema = z.object({ author: z.string(), timestamp: z.number() });

export type CommandQuote = z.output<typeof commandQuoteSchema>;

/** A whisper to somebody whom a command concerns. */
const commandWhisperSchema = z.object({
  /** Session ID. */
  to: z.string(),
  text: z.string(),
});

export type CommandWhisper = z.output<typeof commandWhisperSchema>;

/** A question to the author of a command that goes on as another one, chosen or confirmed. */
const commandQuestionSchema = z.object({
  /** A sentence or more. */
  text: z.string(),
  /** The commands that are possible, each with a word that chooses it; one alone is to be confirmed. */
  options: z.array(z.object({ word: z.string(), label: z.string(), command: z.string() })).readonly(),
});

export type CommandQuestion = z.output<typeof commandQuestionSchema>;

/** The effect of a command, for its author and for others. */
export const commandOutcomeSchema = z.object({
  /** The answer to its author. */
  says: z.string(),
  tells: z.array(commandWhisperSchema).readonly(),
  /** A question to its author, when it is not clear what it means. */
  doubt: commandQuestionSchema.exactOptional(),
});

export type CommandOutcome = z.output<typeof commandOutcomeSchema>;

/** A command that somebody has just posted. */
export interface NewCommand {
  roomId: number;
  userId: number;
  messageId: number;
  /** 64 raw bytes. */
  signature: Buffer;
  /** Whether its author is no staff of the room. */
  isMember: boolean;
  text: string;
  quote: CommandQuote | null;
}

/** A message of staff that is only to be deleted, from its author's own screens, too: an answer to a card. */
export type SpentAnswer = Omit<NewCommand, 'isMember' | 'text' | 'quote'>;

/** A command on its way. */
export interface PostedCommand {
  id: number;
  roomId: number;
  /** Token of its room. */
  room: string;
  userId: number;
  messageId: number;
  text: string | null;
  quote: CommandQuote | null;
  step: CommandStep;
  outcome: CommandOutcome | null;
}

/** How many commands there were lately. */
export interface CommandCounts {
  /** Commands of one person. */
  own: number;
  /** Commands of members of the room, staff left out. */
  ofMembers: number;
}
