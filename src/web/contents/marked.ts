import { matches } from '../../messages/search/words.js';
import { type ShownPost } from './post.js';
import { type TextPart } from './text-parts.js';

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** A message with the words marked in its text that were searched for. */
export function marked(post: ShownPost, words: readonly string[]): ShownPost {
  return {
    ...post,
    text: post.text?.flatMap((part) => (part.kind === 'text' ? split(part.text, words) : [part])),
  };
}

function split(text: string, words: readonly string[]): TextPart[] {
  const parts: TextPart[] = [];
  let plain = '';
  for (const { segment, isWordLike } of SEGMENTER.segment(text)) {
    if (isWordLike !== true || !matches(segment, words)) {
      plain += segment;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    parts.push({ kind: 'mark', text: segment });
    plain = '';
  }
  if (plain !== '') parts.push({ kind: 'text', text: plain });
  return parts;
}
