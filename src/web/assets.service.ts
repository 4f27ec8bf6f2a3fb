import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { styleOf } from './site/colours.js';
import { SiteService } from './site/site.service.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** A style sheet, script or picture that pages refer to. */
export interface Asset {
  type: string;
  bytes: Buffer;
  /** The same, compressed by gzip; undefined for pictures that are compressed already. */
  packed: Buffer | undefined;
}

const PLAZA_GREEN = '#0b6b4f';

/** The style sheets of pages, in the order in which their rules count; a browser asks for all of them at once. */
const STYLE_SHEETS = ['base.css', 'front.css', 'room.css', 'posts.css', 'search.css', 'print.css'];

/**
 * The files of `public/`, which pages refer to, read once. Their addresses contain a hash of their
 * content, so that browsers may keep them for good. All style sheets together are `plaza.css`.
 */
@Injectable()
export class AssetsService {
  /** Where other sites find the picture that they show with links to pages. */
  readonly previewPath: string;
  private readonly paths = new Map<string, string>();
  private readonly assets = new Map<string, Asset>();

  constructor(settings: Settings, site: SiteService) {
    const folder = publicFolder();
    for (const name of readdirSync(folder)) {
      if (TYPES[extname(name)] === undefined) continue;
      const bytes = readFileSync(new URL(name, folder));
      this.add(name, name === 'icon.svg' ? coloured(bytes, settings.siteColour) : bytes);
    }
    const styles = STYLE_SHEETS.map((name) => readFileSync(new URL(`styles/${name}`, folder)));
    this.add('plaza.css', Buffer.concat([...styles, ...colourOf(settings.siteColour)]));
    if (site.picture) this.add(site.picture.name, site.picture.bytes);
    this.previewPath = this.pathOf(site.picture?.name ?? 'preview.png');
  }

  /** Where a page finds a file of `public/`. */
  pathOf(name: string): string {
    const path = this.paths.get(name);
    if (path === undefined) throw new Error(`There is no public/${name}`);
    return path;
  }

  /** A file of `public/`. */
  get(name: string): Asset {
    return this.find(this.pathOf(name).slice('/assets/'.length));
  }

  /**
   * The file with a name that contains its hash.
   * @throws ProtocolError `endpoint_not_found`
   */
  find(address: string): Asset {
    const asset = this.assets.get(address);
    if (!asset) throw new ProtocolError('endpoint_not_found');
    return asset;
  }

  private add(name: string, bytes: Buffer): void {
    const extension = extname(name);
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    const address = `${name.slice(0, -extension.length)}.${hash}${extension}`;
    this.paths.set(name, `/assets/${address}`);
    const type = TYPES[extension] ?? 'application/octet-stream';
    const packed = /^text|svg/.test(type) ? gzipSync(bytes) : undefined;
    this.assets.set(address, { type, bytes, packed });
  }
}

/** The style of the server's own colour, if it has one: that of Plaza's stands in `base.css`. */
function colourOf(colour: string): Buffer[] {
  return colour === PLAZA_GREEN ? [] : [Buffer.from(styleOf(colour))];
}

/** Plaza's mark in the server's own colour. */
function coloured(drawing: Buffer, colour: string): Buffer {
  return Buffer.from(drawing.toString('utf8').replace(PLAZA_GREEN, colour));
}

function publicFolder(): URL {
  // Compiled code lies one folder deeper than its source.
  const folder = ['../../public/', '../../../public/']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  if (!folder) throw new Error('The public folder of Plaza is missing');
  return folder;
}
