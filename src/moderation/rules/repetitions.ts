import { type MessageContent, readContent } from '../../protocol/session-protobuf/read-content.js';
import { type OwnText } from '../../records/rules/own-texts.repository.js';
import { type Rule } from '../../records/rules/rule.js';
import { repeatable } from './said.js';

/** The part of a draft that rules about repetition read. */
interface Posted {
  kind: 'post' | 'edit';
  content: MessageContent | undefined;
}

/** Times of equal texts of one person, in unix seconds. */
type TimesByText = Map<string, number[]>;

/** Tells which posts of a group repeat what their authors have said before. Those that were asked about before count, too. */
export class Repetitions {
  private readonly said = new Map<number, TimesByText>();

  /** @param now unix seconds */
  constructor(
    private readonly rules: readonly Rule[],
    own: readonly OwnText[],
    private readonly now: number,
  ) {
    for (const { userId, postedAt, data } of own) {
      const text = repeatableText(readContent(data));
      if (text !== undefined) this.note(userId, text, postedAt);
    }
  }

  /** The rules about repetition that a post of somebody hits; a stranger has said nothing yet. */
  hitBy({ kind, content }: Posted, userId: number | null): Rule[] {
    const text = kind === 'post' && userId !== null ? repeatableText(content) : undefined;
    if (text === undefined || userId === null) return [];
    const times = this.said.get(userId)?.get(text) ?? [];
    this.note(userId, text, this.now);
    return this.rules.filter(({ if: condition }) => {
      if (condition.looksFor !== 'repetition') return false;
      const since = this.now - condition.seconds;
      return times.filter((time) => time > since).length >= condition.times;
    });
  }

  private note(userId: number, text: string, at: number): void {
    const times = this.said.get(userId) ?? new Map<string, number[]>();
    this.said.set(userId, times.set(text, [...(times.get(text) ?? []), at]));
  }
}

function repeatableText(content: MessageContent | undefined): string | undefined {
  return content?.body === undefined ? undefined : repeatable(content.body);
}
