import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { oneLine } from '../../foundation/wording.js';
import { type MessageContent, readContent } from '../../protocol/session-protobuf/read-content.js';
import { type RuleText } from '../../records/rules/rule.js';
import { StoredTextsRepository } from '../../records/rules/stored-texts.repository.js';
import { type Actor } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { CompiledRules } from '../rules/compiled-rules.js';
import { saidIn } from '../rules/said.js';
import { compiled, draftOf, type RulePlaceToken, RuleProblem } from './rulebook.service.js';

/** Messages of one page: some milliseconds of work in a server, which answers others between pages. */
const PAGE = { alone: 5_000, beside: 200 };
/** Characters of an example. */
const LONGEST_EXAMPLE = 120;

/** The messages that a dry run looks at. */
export interface DryRunScope {
  place: RulePlaceToken;
  /** Only messages of so many last seconds. */
  seconds?: number | undefined;
  /** Only so many messages, the newest. */
  most?: number | undefined;
  /** Whether this process serves others meanwhile. */
  isBesideOthers?: boolean;
}

/** The hits that a rule would have had. */
export interface DryRunReport {
  /** Messages that were looked at. */
  messages: number;
  hits: number;
  /** Different authors of these. */
  people: number;
  /** The newest of them. */
  examples: { id: number; text: string }[];
}

/** Asks a rule about messages that are stored, of people whom it concerns as they are trusted now, and changes nothing. */
@Injectable()
export class DryRun {
  constructor(
    private readonly access: RoomAccess,
    private readonly texts: StoredTextsRepository,
  ) {}

  /**
   * Looks at stored messages, the newest first, page by page; no transaction is open meanwhile.
   * @param examples how many of the newest hits are shown
   * @param told how many messages have been looked at, after each page
   * @throws RuleProblem for a rule that can't be tried, ProtocolError `room_not_found` or `permission_denied`
   */
  async run(
    actor: Actor,
    text: RuleText,
    { place, seconds, most = Infinity, isBesideOthers = false }: DryRunScope,
    examples = 5,
    told?: (messages: number) => void,
  ): Promise<DryRunReport> {
    const roomId = place === null ? undefined : (await this.access.look(place, actor, 'moderator')).id;
    const rule = await compile(text);
    const page = isBesideOthers ? PAGE.beside : PAGE.alone;
    const report: DryRunReport = { messages: 0, hits: 0, people: 0, examples: [] };
    const people = new Set<number>();
    const read = (before: number): ReturnType<StoredTextsRepository['before']> =>
      this.texts.before(
        before,
        { roomId, seconds, trust: text.trust },
        Math.min(page, most - report.messages),
      );
    let rows = await read(Infinity);
    while (rows.length > 0) {
      const last = rows.at(-1)?.id ?? 0;
      report.messages += rows.length;
      const isLast = rows.length < page || report.messages >= most;
      const next = isLast ? Promise.resolve([]) : read(last);
      for (const { id, userId, data } of rows) {
        const content = readContent(data);
        if (!content || rule.match(saidIn(content)).length === 0) continue;
        report.hits++;
        people.add(userId);
        if (report.examples.length < examples) report.examples.push({ id, text: exampleOf(content) });
      }
      told?.(report.messages);
      if (isBesideOthers) await nextTurn();
      rows = await next;
    }
    return { ...report, people: people.size };
  }
}

function compile(text: RuleText): Promise<CompiledRules> {
  if (text.if.looksFor === 'repetition') {
    throw new RuleProblem('a rule about repetition can only watch: it goes by the moment');
  }
  return compiled(CompiledRules.of([draftOf(text, null)]));
}

/** Enough of a message to recognize it. */
function exampleOf({ body, displayName, attachments, previews, invitation }: MessageContent): string {
  const parts = [
    body,
    displayName === undefined ? undefined : `(by ${displayName})`,
    ...attachments.map(({ fileName }) => fileName),
    ...previews.map(({ title }) => title),
    invitation?.name,
  ];
  return oneLine(parts.filter((part) => part !== undefined && part !== '').join(' '), LONGEST_EXAMPLE);
}
