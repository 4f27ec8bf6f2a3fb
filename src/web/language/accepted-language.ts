import { type FastifyRequest } from 'fastify';
import { type Language, LANGUAGES } from '../../records/rooms/room-language.js';

/** Characters of a header that are looked at; browsers send a few dozen. */
const LONGEST_HEADER = 200;
const DEFAULT: Language = 'en';

/**
 * The language that a browser asks for most among those that pages speak; English when it asks for none of them.
 * @param header `Accept-Language`, such as `de-AT, en;q=0.7`
 */
export function acceptedLanguage(header: string | undefined): Language {
  let best: { language: Language; weight: number } | undefined;
  for (const range of (header ?? '').slice(0, LONGEST_HEADER).split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    const [primary = ''] = tag.split('-');
    const language = primary === '*' ? DEFAULT : LANGUAGES.find((known) => known === primary);
    if (language && weight > (best?.weight ?? 0) && weight <= 1) best = { language, weight };
  }
  return best?.language ?? DEFAULT;
}

/** The language of the page that answers a request. */
export function languageOf(request: FastifyRequest): Language {
  return acceptedLanguage(request.headers['accept-language']);
}
