import { type Transaction } from '../../foundation/database/database.js';
import { type StaffQuestion } from '../../messages/cards/cards.service.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type Button } from '../../records/cards/card.js';
import { type ReportsRepository } from '../../records/reports/reports.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { excerpt } from '../cards/excerpt.js';

/** The kind of cards about reported messages. */
export const REPORT_CARD = 'report';

/** The message that a card is about. */
export interface ReportArgument {
  message: number;
  /** Session ID. */
  author: string;
}

/** The reactions that answer a card about a reported message. */
export const REPORT_BUTTONS = {
  fine: { reaction: '✅', words: ['fine', 'ok', 'yes'] },
  delete: { reaction: '🧹', words: ['delete', 'del', 'remove'] },
  ban: { reaction: '🔨', words: ['ban'] },
} as const satisfies Record<string, Button>;

/** Characters of a text and of a reason, and how many reasons a card shows. */
const TEXT_SHOWN = 200;
const REASONS_SHOWN = 3;

/** Asks the moderators of a room what they think of a message that has open reports. */
export async function reportQuestion(
  reports: ReportsRepository,
  tx: Transaction,
  room: Room,
  id: number,
): Promise<StaffQuestion<ReportArgument>> {
  const reported = (await reports.open(room.id, tx)).find((message) => message.id === id);
  if (!reported) throw new Error(`Message ${id} is not reported`);
  const { author, reports: count, isHidden, reasons, data } = reported;
  const body = (data && readContent(data)?.body) ?? 'no text';
  const reporters = count === 1 ? 'Somebody reports' : `${count} people report`;
  const lines = [
    `${reporters} a message of @${author}${isHidden ? ', which is hidden until you decide' : ''}:`,
    `“${excerpt(body, TEXT_SHOWN)}”`,
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => `Reason: ${excerpt(reason, TEXT_SHOWN)}`),
  ];
  return {
    kind: REPORT_CARD,
    subject: String(id),
    argument: { message: id, author },
    text: lines.join('\n'),
  };
}
