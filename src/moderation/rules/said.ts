import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { type MediaKind } from '../../records/rules/rule-condition.js';
import { type RulePlace } from '../../records/rules/rule.js';
import { disguise, type Disguise } from './disguise.js';
import { cleaned, lowered, spaced, textOfPoints } from './fold.js';

/** Characters of a part that are looked at; a message with more has parts that no client shows in a list. */
const LONGEST = 50_000;
/** Characters of a name that is kept as it was read, and names that are. */
const LONGEST_NAME = 100;
const NAMES_KEPT = 1_000;
const MENTION = /@([01]5[0-9a-f]{64})(?![0-9a-f])/giu;

/** The words of a text as an automaton reads them. */
interface SpokenWords {
  /** As `spaced` makes them. */
  words: readonly number[];
  looks: Disguise | undefined;
}

/** A part of a message in the forms in which rules read it. */
export class SaidPart {
  private reading: SpokenWords | undefined;
  private readonly clean: string;

  constructor(
    readonly place: RulePlace,
    text: string,
  ) {
    this.clean = cleaned(text.slice(0, LONGEST));
  }

  /** As patterns, scripts and links read it. */
  get text(): string {
    return this.clean;
  }

  /** As words are looked for in it. */
  get words(): SpokenWords {
    if (!this.reading) {
      const lower = lowered(this.clean);
      this.reading = { words: spaced(lower), looks: disguise(lower) };
    }
    return this.reading;
  }
}

const names = boundedCache<string, SaidPart[]>(NAMES_KEPT);

/** All that rules look at in something that a person says. */
export interface SaidText {
  parts: readonly SaidPart[];
  /** Addresses that it names apart from its texts, with their parts. */
  urls: readonly { place: RulePlace; url: string }[];
  media: ReadonlySet<MediaKind>;
  /** How many different people it mentions. */
  mentions: number;
  /** Its text as its author wrote it. */
  body: string;
}

/**
 * Everything that a message says and shows.
 * @param fileNames those under which the files that it claims were uploaded, which its author may have named otherwise in it
 */
export function saidIn(content: MessageContent, fileNames: readonly string[] = []): SaidText {
  const { body = '', displayName, attachments, previews, invitation, quote } = content;
  const texts: [RulePlace, (string | undefined)[]][] = [
    ['text', [body]],
    ['file name', [...new Set([...attachments.map(({ fileName }) => fileName), ...fileNames])]],
    ['title', previews.map(({ title }) => title)],
    ['invitation', [invitation?.name, invitation?.url]],
    ['quote', [quote?.text]],
  ];
  return {
    parts: [...nameOf(displayName), ...texts.flatMap(([place, lines]) => partOf(place, lines))],
    urls: [
      ...previews.map(({ url }) => ({ place: 'title' as const, url })),
      { place: 'invitation' as const, url: invitation?.url },
    ].flatMap(({ place, url }) => (url === undefined ? [] : [{ place, url }])),
    media: new Set(attachments.map(kindOf)),
    mentions: new Set([...body.matchAll(MENTION)].map(([, id = '']) => id.toLowerCase())).size,
    body,
  };
}

/** The text of somebody by which they repeat themselves; undefined when there are no words. */
export function repeatable(body: string): string | undefined {
  const words = textOfPoints(spaced(lowered(cleaned(body.slice(0, LONGEST)))));
  return words.trim() === '' ? undefined : words;
}

/** Somebody writes many messages under one name. */
function nameOf(displayName: string | undefined): SaidPart[] {
  if (displayName === undefined || displayName.length > LONGEST_NAME) return partOf('name', [displayName]);
  const parts = names.get(displayName) ?? partOf('name', [displayName]);
  names.set(displayName, parts);
  return parts;
}

function partOf(place: RulePlace, lines: readonly (string | undefined)[]): SaidPart[] {
  const text = lines.filter((line) => line !== undefined && line !== '').join('\n');
  return text === '' ? [] : [new SaidPart(place, text)];
}

/** As clients show it: by the type that its author claims. */
function kindOf({
  contentType = '',
  voiceMessage,
}: Pick<MessageContent['attachments'][number], 'contentType' | 'voiceMessage'>): MediaKind {
  if (voiceMessage) return 'voice';
  const [kind] = contentType.toLowerCase().split('/');
  if (kind === 'image') return 'picture';
  return kind === 'video' || kind === 'audio' ? kind : 'file';
}
