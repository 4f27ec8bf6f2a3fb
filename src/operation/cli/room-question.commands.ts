import type { Command } from 'commander';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { counted } from '../../foundation/wording.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { questionSchema, type RoomQuestion } from '../../records/defence/room-question.js';
import { MOST_QUESTIONS } from '../../records/rooms/room-settings.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RoomUpdateService } from '../../rooms/room-update.service.js';
import { roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

/** Changes a list of questions, or throws UsageError. */
type ChangeQuestions = (before: readonly RoomQuestion[]) => RoomQuestion[];

async function add(context: CommandContext, token: string, text: string, answers: string[]): Promise<void> {
  const added = parsedQuestion({ text, answers });
  await change(context, token, (before) => {
    if (before.length >= MOST_QUESTIONS) {
      throw new UsageError(`a room has ${MOST_QUESTIONS} questions at most`);
    }
    return [...before, added];
  });
}

async function list(context: CommandContext, token: string, { json }: { json?: true }): Promise<void> {
  const questions = await context.withCommunity(
    async (services) => (await services.get(RoomsRepository).find(token))?.settings.questions ?? [],
  );
  if (json) context.output.json(questions);
  else {
    context.output.lines(
      questions.map(({ text, answers }, index) => `${index + 1}\t${text}\t${answers.join(' | ')}`),
    );
  }
}

function remove(context: CommandContext, token: string, number: string): Promise<void> {
  return change(context, token, (before) => {
    if (!/^\d{1,3}$/.test(number) || !before[Number(number) - 1]) {
      throw new UsageError(
        `there is no question ${number}; ${plazaCommand(`room question list ${token}`)} shows them`,
      );
    }
    return before.filter((_question, index) => index !== Number(number) - 1);
  });
}

/** `plaza room question …`: the questions that a room asks newcomers in place of the server's own. */
export function registerRoomQuestionCommands(room: Command, context: CommandContext): void {
  const question = room
    .command('question')
    .description('Questions that people answer to have held posts published, in place of the server’s own.');
  question
    .command('add')
    .description('Add a question; any of its answers is right, whatever its case and punctuation.')
    .argument('<token>', 'the room', roomTokenArgument)
    .argument('<question>', 'the question as people read it')
    .argument('<answers...>', 'what is right')
    .action((token: string, text: string, answers: string[]) => add(context, token, text, answers));
  question
    .command('list')
    .description('List them with their numbers and answers.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--json', 'print JSON')
    .action((token: string, options: { json?: true }) => list(context, token, options));
  question
    .command('remove')
    .description('Remove a question by its number in the list.')
    .argument('<token>', 'the room', roomTokenArgument)
    .argument('<number>', 'its number')
    .action((token: string, number: string) => remove(context, token, number));
}

async function change(context: CommandContext, token: string, changed: ChangeQuestions): Promise<void> {
  const count = await context.changeCommunity(async (tx: Transaction, services) => {
    const room = await services.get(RoomsRepository).lock(tx, token);
    if (!room) throw new ProtocolError('room_not_found');
    const questions = changed(room.settings.questions ?? []);
    await services.get(RoomUpdateService).changeSettings(tx, PLAZA, token, {
      questions: questions.length > 0 ? questions : null,
    });
    return questions.length;
  });
  context.output.lines([
    count === 0
      ? `${token} asks the server’s questions`
      : `${token} asks ${counted(count, 'question')} of its own`,
  ]);
}

function parsedQuestion(question: RoomQuestion): RoomQuestion {
  const result = questionSchema.safeParse(question);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageError(
    `${issue?.path[0] === 'text' ? 'the question' : 'the answers'}: ${issue?.message ?? ''}`,
  );
}
