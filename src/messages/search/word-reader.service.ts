import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { turnForLongWork } from '../../foundation/limits/turns.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import {
  MessageWordsRepository,
  type ReadWords,
  type UnreadMessage,
} from '../../records/messages/message-words.repository.js';
import { toVector, wordsOf } from './words.js';

/** Messages of one transaction. */
const AT_ONCE = 200;
/** Messages of one run: what an import brings is read in many runs, beside everything else. */
const MOST_IN_A_RUN = 5_000;
/** Words that are forgotten in one transaction, in messages. */
const FORGOTTEN_AT_ONCE = 2_000;
/** Characters of a text that count: as many as a page shows of it. */
const LONGEST_TEXT = 4_000;
/** Characters of a name or title that count. */
const LONGEST_TITLE = 300;
/** Bytes of messages that are read in one turn, which takes a millisecond or two. */
const BYTES_IN_A_TURN = 8_192;
/** Words of a message that count. */
const MOST_WORDS = 600;

/**
 * Reads the words of public messages, some seconds after they were posted, and forgets those of rooms that are public no
 * more. Called by the clock; a run that is killed is gone on with by the next one.
 */
@Injectable()
export class WordReader {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly words: MessageWordsRepository,
  ) {}

  /** Reads what has changed since the last run. It asks one statement when nothing has. */
  async run(stopping: AbortSignal): Promise<void> {
    const isSearched = this.settings.webSearch && this.settings.webMessages;
    await this.forgetClosed(!isSearched, stopping);
    if (!isSearched) return;
    let left = MOST_IN_A_RUN;
    for (const { id, sequence } of await this.words.unreadRooms()) {
      let read = AT_ONCE;
      while (read === AT_ONCE && left > 0 && !stopping.aborted) {
        read = await this.database.transact((tx) => this.readSome(tx, id, sequence));
        left -= read;
      }
    }
  }

  /**
   * Reads some messages of a room. Its counter is known from before, so nothing up to there comes later.
   * @returns how many
   */
  private async readSome(tx: Transaction, roomId: number, sequence: number): Promise<number> {
    const after = await this.words.take(tx, roomId);
    if (after === undefined) return 0;
    const messages = await this.words.unread(tx, roomId, after, AT_ONCE);
    const read: ReadWords[] = [];
    let bytes = 0;
    for (const message of messages) {
      bytes += message.data?.length ?? 0;
      if (bytes > BYTES_IN_A_TURN) {
        await turnForLongWork();
        bytes = 0;
      }
      read.push({ id: message.id, seqnoData: message.seqnoData, words: vectorOf(message) });
    }
    const seqno = messages.length < AT_ONCE ? sequence : (messages.at(-1)?.seqnoData ?? sequence);
    await this.words.keep(tx, roomId, read, Math.max(seqno, messages.at(-1)?.seqnoData ?? after));
    return messages.length;
  }

  private async forgetClosed(all: boolean, stopping: AbortSignal): Promise<void> {
    for (const roomId of await this.words.closedRooms(all)) {
      let forgotten = FORGOTTEN_AT_ONCE;
      while (forgotten === FORGOTTEN_AT_ONCE && !stopping.aborted) {
        forgotten = await this.database.transact((tx) => this.words.forget(tx, roomId, FORGOTTEN_AT_ONCE));
      }
    }
  }
}

/** The words of everything that a page shows of a message. */
function vectorOf({ data }: UnreadMessage): string {
  const content = data && readContent(data);
  if (!content) return '';
  const { body, displayName, attachments, previews, invitation } = content;
  const titles = [
    displayName,
    invitation?.name,
    ...attachments.slice(0, 20).map(({ fileName }) => fileName),
    ...previews.slice(0, 5).flatMap(({ title, url }) => [title, url]),
  ];
  const text = [
    (body ?? '').slice(0, LONGEST_TEXT),
    ...titles.map((title) => (title ?? '').slice(0, LONGEST_TITLE)),
  ];
  return toVector(wordsOf(text.join('\n'), MOST_WORDS));
}
