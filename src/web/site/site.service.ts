import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { errorLine } from '../../foundation/error-line.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { pictureType } from '../contents/picture-type.js';
import { safeUrl } from '../contents/text-parts.js';
import { schemesOf } from './colours.js';

/** Bytes of the file with the rules. */
const LONGEST_RULES = 64 * 1024;
/** Bytes of the picture that other sites show. */
const LARGEST_PICTURE = 4 * 1024 * 1024;

/** How people reach the operator. */
export type Contact =
  | { kind: 'link'; href: string; text: string }
  /** An Account ID, or anything else that is read by people. */
  | { kind: 'text'; text: string };

/** The server as it describes itself: what its operator has set. */
@Injectable()
export class SiteService {
  readonly name: string;
  readonly headline: string | undefined;
  readonly contact: Contact | undefined;
  /** Paragraphs; undefined without rules. */
  readonly rules: readonly string[] | undefined;
  /** Undefined for Plaza's own. */
  readonly picture: { name: string; bytes: Buffer } | undefined;
  /** The colours of the bar that browsers draw around a page. */
  readonly themeColours: { light: string; dark: string };

  constructor(settings: Settings) {
    this.name = settings.siteName;
    this.headline = settings.siteHeadline;
    this.contact = settings.siteContact === undefined ? undefined : contactOf(settings.siteContact);
    this.rules = settings.siteRules === undefined ? undefined : rulesIn(settings.siteRules);
    this.picture = settings.sitePicture === undefined ? undefined : pictureIn(settings.sitePicture);
    const { light, dark } = schemesOf(settings.siteColour);
    this.themeColours = { light: light.tint, dark: dark.tint };
  }
}

function contactOf(text: string): Contact {
  if (safeUrl(text) !== undefined)
    return { kind: 'link', href: text, text: text.replace(/^https?:\/\//, '') };
  if (/^[^\s@<>"]{1,64}@[^\s@<>"]{1,120}$/.test(text)) return { kind: 'link', href: `mailto:${text}`, text };
  const { data: sessionId } = sessionIdSchema.safeParse(text);
  return { kind: 'text', text: sessionId ?? text };
}

function rulesIn(path: string): string[] {
  const bytes = fileAt('SITE_RULES', path, LONGEST_RULES);
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw new Error(`SITE_RULES: ${path} is no text in UTF-8`);
  return text
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

function pictureIn(path: string): { name: string; bytes: Buffer } {
  const bytes = fileAt('SITE_PICTURE', path, LARGEST_PICTURE);
  const type = pictureType(bytes);
  if (!type) throw new Error(`SITE_PICTURE: ${path} is no PNG, JPEG, GIF or WebP picture`);
  return { name: `preview.${type.replace('image/', '')}`, bytes };
}

/** Reads a file that a setting names, whole. */
function fileAt(setting: string, path: string, largest: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`${setting} names a file that can't be read: ${errorLine(error)}`, { cause: error });
  }
  if (bytes.length > largest) throw new Error(`${setting}: ${path} has more than ${largest} bytes`);
  return bytes;
}
