import { readMessage } from '../../client/message.js';
import { type SessionClient } from '../../client/client.js';
import { type MessageUpdate } from '../../client/types.js';

export const ROOM = 'lobby';
const PAGE = 100;

/** A message as its author knows it. */
interface KnownMessage {
  id: number;
  /** As the latest edit has it. */
  text: string;
  isDeleted: boolean;
}

/** Keeps the answers that clients got, to be compared with what readers find in the end. */
export class History {
  /** By the text it was posted with. */
  readonly posts = new Map<string, KnownMessage>();
  readonly reactions: { id: number; emoji: string; by: string }[] = [];
  readonly files: { id: number; hash: string }[] = [];
  readonly directMessages: { to: string; text: string }[] = [];
  /** Faults that clients saw. */
  readonly faults: string[] = [];

  /** @param name the start of the texts of this crowd; the room may have others */
  constructor(private readonly name: string) {}

  fault(text: string): void {
    this.faults.push(text);
  }

  /** Compares the acknowledged changes with those that a reader finds who asks for everything. */
  check(rows: ReadonlyMap<number, SeenMessage>, where: string): void {
    const byFirstText = new Map<string, number>();
    for (const [id, { firstText }] of rows) {
      if (!firstText.startsWith(`${this.name} `)) continue;
      if (byFirstText.has(firstText)) this.fault(`${where}: "${firstText}" is there twice`);
      byFirstText.set(firstText, id);
    }
    for (const { id, text, isDeleted } of this.posts.values()) {
      const row = rows.get(id);
      if (!row) {
        if (!isDeleted) this.fault(`${where}: the acknowledged post "${text}" is lost`);
      } else if (isDeleted) this.fault(`${where}: "${text}" is back after its deletion`);
      else if (row.text !== text) this.fault(`${where}: "${row.text}" stands instead of "${text}"`);
    }
    for (const [text] of byFirstText) {
      if (!this.posts.has(text)) this.fault(`${where}: nobody posted "${text}"`);
    }
    for (const { id, emoji, by } of this.reactions) {
      const row = rows.get(id);
      if (row && (row.reactions[emoji]?.count ?? 0) < 1)
        this.fault(`${where}: the reaction ${emoji} of ${by} is lost`);
    }
  }
}

/** A message as a reader has it. */
export interface SeenMessage {
  seqno: number;
  text: string;
  /** The text without what edits add. */
  firstText: string;
  reactions: NonNullable<MessageUpdate['reactions']>;
}

/** Somebody who reads a room by its seqnos, as clients do, and keeps the messages that they read. */
export class Reader {
  readonly rows = new Map<number, SeenMessage>();
  private cursor = 0;

  constructor(
    private readonly history: History,
    private readonly name: string,
  ) {}

  /**
   * Reads on from where it was.
   * @returns whether there was anything; undefined when there was no answer
   */
  async read(client: SessionClient): Promise<boolean | undefined> {
    const answer = await client.messagesSince(ROOM, this.cursor, { t: 'r', limit: PAGE });
    if (answer.status !== 200) return undefined;
    const page = answer.json;
    for (const row of page) this.take(row);
    return page.length > 0;
  }

  /** Reads until there is nothing more, patiently. */
  async readAll(client: SessionClient): Promise<void> {
    while ((await this.read(client)) !== false);
  }

  private take(row: MessageUpdate): void {
    if (row.seqno <= this.cursor)
      this.history.fault(`${this.name}: seqno ${row.seqno} came after ${this.cursor}`);
    this.cursor = Math.max(this.cursor, row.seqno);
    if (row.deleted) {
      this.rows.delete(row.id);
      return;
    }
    const before = this.rows.get(row.id);
    const text = row.data == null ? before?.text : readMessage(row.data).body;
    // Reactions of a message that this reader has never read, or that is gone.
    if (text === undefined) return;
    const firstText = text.replace(/ edited.*$/, '');
    this.rows.set(row.id, { seqno: row.seqno, text, firstText, reactions: row.reactions ?? {} });
  }
}
