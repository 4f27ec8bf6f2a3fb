import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type MessageUpdate } from '../client/types.js';

/** A message as a client shows it. */
export interface Shown {
  id: number;
  author: string;
  text: string;
  posted: number;
}

/**
 * The screen of somebody in a room, kept as clients keep theirs: rows with data are shown, deletions take away what is
 * known by its id, and an own message is known by the id that the answer to its post gave.
 */
export class Screen {
  private readonly messages = new Map<number, Shown>();
  private seqno = 0;

  constructor(
    readonly person: SessionClient,
    private readonly room = 'lobby',
  ) {}

  /** Posts a message, and shows it as the answer says. */
  async say(body: string, quote?: Shown): Promise<number> {
    const content = quote && {
      quote: { timestamp: Math.floor(quote.posted * 1000), author: quote.author },
    };
    const answer = await this.person.postMessage(this.room, body, { ...content });
    if (answer.status === 201) {
      const { json } = answer;
      this.messages.set(json.id, { id: json.id, author: json.session_id, text: body, posted: json.posted });
    }
    return answer.status;
  }

  /** Polls until there is nothing new. */
  async poll(): Promise<void> {
    for (;;) {
      const { json } = (await this.person.messagesSince(this.room, this.seqno)).expect(200);
      if (json.length === 0) return;
      for (const row of json) this.take(row);
    }
  }

  /** Polls, and returns the texts that are shown, oldest first. */
  async texts(): Promise<string[]> {
    await this.poll();
    return [...this.messages.values()].sort((one, other) => one.id - other.id).map(({ text }) => text);
  }

  /** Polls, and finds the newest message that begins with or contains a text. */
  async find(text: string): Promise<Shown> {
    await this.poll();
    const found = [...this.messages.values()].reverse().find((message) => message.text.includes(text));
    if (!found) throw new Error(`nothing says ${text}: ${JSON.stringify(await this.texts())}`);
    return found;
  }

  /** Polls, and gives the text of the newest message of the server that is for this person alone. */
  async whisper(): Promise<string> {
    const texts = await this.texts();
    return texts.findLast((text) => text.startsWith('Only you can see this. '))?.slice(23) ?? '';
  }

  private take(row: MessageUpdate): void {
    this.seqno = Math.max(this.seqno, row.seqno);
    if (row.deleted) this.messages.delete(row.id);
    else if (row.data != null) {
      const text = readMessage(Buffer.from(row.data, 'base64')).body ?? '';
      this.messages.set(row.id, {
        id: row.id,
        author: row.session_id ?? '',
        text,
        posted: row.posted ?? 0,
      });
    }
  }
}
