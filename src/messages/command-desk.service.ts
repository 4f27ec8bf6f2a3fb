import { Injectable } from '@nestjs/common';
import { type Eventual } from '../foundation/eventual.js';
import { type MessageContent } from '../protocol/session-protobuf/read-content.js';
import { type MessageView } from '../records/messages/message.js';
import { type PossibleAnswer } from './writing/possible-answer.js';

/** A post that may be a command, as it was before any rule that goes by the room. */
export type PossibleCommand = PossibleAnswer;

/** Takes posts that are commands. */
export interface CommandTaker {
  /**
   * Takes a post that is a command, keeps it unseen, and carries it out once.
   * @param token of the room
   * @returns undefined when it is none, and nothing has happened
   * @throws ProtocolError `room_not_found`, `permission_denied`, or `posting_too_fast` for too many of them
   */
  take(token: string, post: PossibleCommand): Promise<MessageView | undefined>;
}

/** A slash, an invisible character before it or not; two of them have the post published as it is. */
const COMMAND = /^[\s\p{Cf}]*[/／](?![/／])/u;

/** Whether a message that staff write is a command, whatever it names. */
export function isCommand(content: MessageContent | undefined): boolean {
  return content?.body !== undefined && COMMAND.test(content.body);
}

/** Where posts that look like commands are handed in, before anybody else can see them. */
@Injectable()
export class CommandDesk {
  private taker: CommandTaker | undefined;

  /** Opens the desk: until then, and in processes that never do, there are no commands. */
  open(taker: CommandTaker): void {
    this.taker = taker;
  }

  /** As {@link CommandTaker.take}, for any post. */
  take(token: string, post: PossibleCommand): Eventual<MessageView | undefined> {
    if (post.isWhisper || !isCommand(post.content)) return undefined;
    return this.taker?.take(token, post);
  }
}
