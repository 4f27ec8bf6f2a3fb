import type * as jobs from '../../src/messages/challenges/challenge-jobs.service.js';
import { type ChallengeQuestion } from '../../src/records/defence/challenge.js';
import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type MessageRow } from '../client/types.js';
import { compiled } from './compiled.js';
import { eventually } from './eventually.js';
import { type OpenServer } from './open-server.js';

const { ChallengeJobs } = await compiled<typeof jobs>('messages/challenges/challenge-jobs.service.js');

/** A card as its reader sees it, and its right answer. */
export interface Card {
  id: number;
  /** Unix seconds. */
  posted: number;
  author: string;
  text: string;
  buttons: string[];
  question: ChallengeQuestion;
  /** Its picture, or for a question in words its first answer. */
  right: string;
  /** A picture of it that is not right. */
  wrong: string;
  /** The name of the right picture, or the first answer. */
  rightText: string;
}

/** A row of `challenges` as tests look at it. */
export interface ChallengeRow {
  state: string;
  level: number;
  question: ChallengeQuestion | null;
  card_id: number | null;
  read_at: number | null;
  wrong_tries: number;
  is_explained: boolean;
}

/** People with held posts and their challenges in the lobby of a server where posts are held by `holdForReasons`. */
export class Challenges {
  constructor(readonly server: OpenServer) {}

  /** Posts a message that is held. */
  async post(person: SessionClient, reason = 'first_post'): Promise<MessageRow> {
    return (await person.postMessage('lobby', `held for ${reason}`)).expect(201).json;
  }

  /** Posts a message that is held, polls, and reads the card about it for some seconds. */
  async cardFor(person: SessionClient, reason = 'first_post'): Promise<Card> {
    const { seqno } = await this.post(person, reason);
    await person.messagesSince('lobby', seqno - 1);
    return this.readCard(person);
  }

  /** Waits for somebody's card, gets it, and takes some seconds to read it. */
  async readCard(person: SessionClient): Promise<Card> {
    const card = await this.getCard(person);
    await this.server.clock.advance('5 seconds');
    return card;
  }

  /** Waits for somebody's card and gets it. */
  async getCard(person: SessionClient): Promise<Card> {
    const asked = async (): Promise<ChallengeRow | undefined> => {
      const row = await this.rowOf(person);
      return row?.state === 'asked' ? row : undefined;
    };
    await eventually(async () => (await asked()) !== undefined);
    const row = await asked();
    const message = (await person.message('lobby', row?.card_id ?? 0)).expect(200).json;
    await eventually(async () => (await this.rowOf(person))?.read_at !== null);
    if (!row?.question) throw new Error('nothing is asked');
    return cardOf(message, row.question);
  }

  async rowOf(person: SessionClient): Promise<ChallengeRow | undefined> {
    const [row] = await this.server.sql(
      `SELECT c.* FROM challenges c JOIN users u ON u.id = c.user_id WHERE u.session_id = $1`,
      [person.id],
    );
    return row as ChallengeRow | undefined;
  }

  /** Texts that somebody is shown in the lobby, newest first. */
  async textsFor(person: SessionClient): Promise<(string | undefined)[]> {
    const rows = (await person.recentMessages('lobby')).expect(200).json;
    return rows.map(({ data }) => readMessage(data ?? '').body);
  }

  /** Whether a reader is shown a message whose text is that of {@link post}, by this author. */
  async shows(reader: SessionClient, author: SessionClient): Promise<boolean> {
    const rows = (await reader.recentMessages('lobby', { limit: 100 })).expect(200).json;
    return rows.some(({ session_id, data }) => session_id === author.id && isHeldText(data));
  }

  runJobs(): Promise<void> {
    return this.server.get(ChallengeJobs).run();
  }
}

function isHeldText(data: string | null | undefined): boolean {
  return readMessage(data ?? '').body?.startsWith('held for') === true;
}

function cardOf(message: MessageRow, question: ChallengeQuestion): Card {
  const buttons = Object.keys(message.reactions);
  const right = question.kind === 'pictures' ? question.right : (question.answers[0] ?? '');
  const named = question.kind === 'pictures' ? question.pictures : [];
  return {
    id: message.id,
    posted: message.posted,
    author: message.session_id,
    text: readMessage(message.data ?? '').body ?? '',
    buttons,
    question,
    right,
    wrong: buttons.find((button) => button !== right) ?? '',
    rightText: named.find(({ picture }) => picture === right)?.name ?? right,
  };
}
