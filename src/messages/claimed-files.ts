import { type MessageContent } from '../protocol/session-protobuf/read-content.js';
import { shownFiles } from '../protocol/session-protobuf/shown-files.js';

/** Files that one message may claim. */
export const MOST_FILES = 100;

/**
 * Ids of the files that a message claims (protocol 6): those that the request names and, since not every client and bot
 * names them, those that the message shows.
 * @param named at most {@link MOST_FILES}; these come first
 * @param content what the message says; undefined when it is none that can be read
 */
export function claimedFiles(named: readonly number[], content: MessageContent | undefined): number[] {
  const shown = content ? shownFiles(content, MOST_FILES) : [];
  return [...new Set([...named, ...shown])].slice(0, MOST_FILES);
}
