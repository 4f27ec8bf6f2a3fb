import type * as jobs from '../../src/messages/cards/card-jobs.service.js';
import type * as kinds from '../../src/messages/cards/card-kinds.service.js';
import type * as cards from '../../src/messages/cards/cards.service.js';
import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type MessageRow } from '../client/types.js';
import { compiled } from './compiled.js';
import { eventually } from './eventually.js';
import { type OpenServer } from './open-server.js';
import { inRoom } from './publication.js';

const { CardJobs } = await compiled<typeof jobs>('messages/cards/card-jobs.service.js');
const { CardKinds } = await compiled<typeof kinds>('messages/cards/card-kinds.service.js');
const { Cards } = await compiled<typeof cards>('messages/cards/cards.service.js');

/** A message of the server as somebody sees it. */
export interface ShownMessage {
  id: number;
  /** Unix seconds. */
  posted: number;
  author: string;
  text: string;
  buttons: string[];
}

/** Cards in a room as their readers see and answer them. */
export class ShownCards {
  constructor(readonly room = 'lobby') {}

  /** The messages of the room that somebody sees, newest first. */
  async shownTo(reader: SessionClient): Promise<ShownMessage[]> {
    const rows = (await reader.recentMessages(this.room, { limit: 50 })).expect(200).json;
    return rows.filter(({ data }) => data !== null).map(shown);
  }

  /** The newest card that somebody sees. */
  async cardOf(reader: SessionClient): Promise<ShownMessage> {
    const card = (await this.shownTo(reader)).find(({ buttons }) => buttons.length > 0);
    if (!card) throw new Error('there is no card');
    return card;
  }

  /** Waits for a message that contains a text, and that somebody sees. */
  async toldTo(reader: SessionClient, text: string): Promise<ShownMessage> {
    let found: ShownMessage | undefined;
    await eventually(async () => {
      const shown = await this.shownTo(reader);
      found = shown.find((message) => message.text.includes(text));
      expect(shown.map((message) => message.text)).toContainEqual(expect.stringContaining(text));
    });
    if (!found) throw new Error('nothing is shown');
    return found;
  }

  tap(person: SessionClient, { id }: ShownMessage, reaction: string): Promise<number> {
    return person.react(this.room, id, reaction).then(({ status }) => status);
  }

  /** Writes a reply to a message. */
  async reply(
    person: SessionClient,
    { posted, author }: ShownMessage,
    text: string,
    off = 0,
  ): Promise<MessageRow> {
    const quote = { timestamp: Math.floor(posted * 1000) + off, author };
    return (await person.postMessage(this.room, text, { quote })).expect(201).json;
  }
}

/** Cards in a room of a server, and the means to make them. */
export class StaffCards extends ShownCards {
  constructor(
    readonly server: OpenServer,
    room = 'lobby',
  ) {
    super(room);
  }

  register<Argument extends object>(name: string, kind: kinds.CardKind<Argument>): void {
    this.server.get(CardKinds).register(name, kind);
  }

  ask<Argument extends object>(question: cards.StaffQuestion<Argument>): Promise<void> {
    return inRoom(this.server, this.room, (tx, room) => this.server.get(Cards).ask(tx, room, question));
  }

  runJobs(): Promise<void> {
    return this.server.get(CardJobs).run();
  }
}

function shown({ id, posted, session_id, data, reactions }: MessageRow): ShownMessage {
  const text = readMessage(data ?? '').body ?? '';
  return { id, posted, author: session_id, text, buttons: Object.keys(reactions) };
}
