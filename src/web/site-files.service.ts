import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type Language } from '../records/rooms/room-language.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { type Asset, AssetsService } from './assets.service.js';
import { xml } from './contents/feed.js';
import { roomPath } from './contents/room-content.js';
import { SPEECHES } from './language/speech.js';
import { type Page, pageOf } from './page-cache.js';
import { SiteService } from './site/site.service.js';

/** Rooms in a sitemap, which may have 50,000 addresses. */
const MOST_ROOMS = 10_000;

/** The files that browsers and search engines ask a server for. */
@Injectable()
export class SiteFiles {
  constructor(
    private readonly settings: Settings,
    private readonly site: SiteService,
    private readonly rooms: RoomsService,
    private readonly assets: AssetsService,
  ) {}

  /** The pages that robots may read (RFC 9309). Lists of communities go by the API, which it says nothing about. */
  robots(): Page {
    const { webRobots, publicUrl } = this.settings;
    const rules = {
      none: ['Disallow: /'],
      front: ['Allow: /$', 'Allow: /assets/', 'Allow: /rules', 'Allow: /sitemap.xml', 'Disallow: /'],
      all: ['Disallow: /r/*/search', 'Disallow: /r/*/live', 'Disallow: /room/', 'Allow: /'],
    }[webRobots];
    const sitemap = webRobots === 'none' ? [] : ['', `Sitemap: ${publicUrl}/sitemap.xml`];
    return pageOf(['User-agent: *', ...rules, ...sitemap, ''].join('\n'));
  }

  /** The pages that search engines may list. */
  async sitemap(): Promise<Page> {
    const { webRobots, webIndex, publicUrl } = this.settings;
    const isFront = webRobots !== 'none';
    const rooms = webRobots === 'all' && webIndex ? await this.rooms.list(null) : [];
    const paths = [
      ...(isFront ? ['/'] : []),
      ...(isFront && this.site.rules ? ['/rules'] : []),
      ...rooms.slice(0, MOST_ROOMS).map(({ token }) => roomPath(token)),
    ];
    const entries = paths.map((path) => `<url><loc>${xml(publicUrl + path)}</loc></url>`);
    return pageOf(
      `<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` +
        `${entries.join('')}</urlset>\n`,
    );
  }

  /** The icon of the server as a picture. */
  icon(): Asset {
    return this.assets.get('icon-192.png');
  }

  /** The server as a browser keeps it on a home screen (W3C Web Application Manifest). */
  manifest(language: Language): Page {
    const { direction, texts } = SPEECHES[language];
    const icon = (size: number): object => ({
      src: this.assets.pathOf(`icon-${size}.png`),
      type: 'image/png',
      sizes: `${size}x${size}`,
    });
    return pageOf(
      JSON.stringify({
        name: this.site.name,
        short_name: this.site.name.slice(0, 30),
        description: this.site.headline ?? texts.index.description,
        lang: language,
        dir: direction,
        id: '/',
        start_url: '/',
        scope: '/',
        display: 'minimal-ui',
        theme_color: this.site.themeColours.light,
        background_color: this.site.themeColours.light,
        icons: [
          { src: this.assets.pathOf('icon.svg'), type: 'image/svg+xml', sizes: 'any' },
          icon(192),
          icon(512),
        ],
      }),
    );
  }
}
