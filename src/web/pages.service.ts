import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type VNode } from 'preact';
import { Settings } from '../foundation/config/settings.js';
import { ChangeFeed } from '../foundation/database/change-feed.js';
import { ReadCache } from '../foundation/caches/read-cache.js';
import { type Explanation } from '../foundation/errors/explain.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type Language, LANGUAGES } from '../records/rooms/room-language.js';
import { type RoomView } from '../rooms/room.views.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { ApiDocs } from '../transport/api-docs/api-docs.service.js';
import { VERSION } from '../foundation/version.js';
import { type OpenApiDocument, referenceOf } from './contents/api-reference.js';
import { feedOf } from './contents/feed.js';
import { SiteService } from './site/site.service.js';
import { DocsPage } from './view/docs-page.js';
import { RulesPage } from './view/rules-page.js';
import { AssetsService } from './assets.service.js';
import { type ConversationPlace } from './contents/room-content.js';
import { RoomInvitations } from './room-invitations.service.js';
import { byLanguage, SPEECHES } from './language/speech.js';
import { EXPLAINED, type ExplainedRefusal } from './language/texts.js';
import { packedPageOf, type Page, PageCache, pageOf } from './page-cache.js';
import { RoomContents } from './room-contents.service.js';
import { IndexPage, UnlistedPage } from './view/index-page.js';
import { type PageFrame, toDocument, toFragment } from './view/layout.js';
import { RefusalPage } from './view/refusal-page.js';
import { SearchPage } from './view/search-page.js';
import { LiveParts, RoomPage } from './view/room-page.js';

/** Bytes of rendered room pages that a process keeps. */
const CACHED_BYTES = 16_000_000;

/** The pages for people, rendered when what they show has changed. */
@Injectable()
export class PagesService implements OnModuleInit {
  private readonly frames: Readonly<Record<Language, PageFrame>>;
  private readonly roomPages = new PageCache(CACHED_BYTES);
  private readonly docsPages = new Map<Language, Page>();
  private readonly indexPages = new ReadCache<Language, Page>(LANGUAGES.length);

  constructor(
    private readonly settings: Settings,
    private readonly changes: ChangeFeed,
    private readonly rooms: RoomsService,
    private readonly contents: RoomContents,
    private readonly invitations: RoomInvitations,
    private readonly site: SiteService,
    private readonly apiDocs: ApiDocs,
    assets: AssetsService,
  ) {
    const common = {
      site,
      publicUrl: settings.publicUrl,
      robots: settings.webRobots,
      assets: {
        styleSheet: assets.pathOf('plaza.css'),
        script: assets.pathOf('plaza.js'),
        icon: assets.pathOf('icon.svg'),
        touchIcon: assets.pathOf('icon-180.png'),
        preview: assets.previewPath,
      },
    };
    this.frames = byLanguage((language) => ({ ...common, speech: SPEECHES[language] }));
  }

  onModuleInit(): void {
    this.indexPages.follow(this.changes);
    this.changes.on('room', () => {
      for (const language of LANGUAGES) this.indexPages.drop(language);
    });
  }

  /** The front page: the rooms that everyone may know of. */
  async index(language: Language): Promise<Page> {
    return this.indexPages.get(language, async () =>
      packedPageOf(toDocument(await this.renderIndex(language))),
    );
  }

  /**
   * A room's page, with its newest messages or those before or after a message.
   * @throws ProtocolError `room_not_found`
   */
  async room(
    language: Language,
    token: string,
    before: number | undefined,
    after: number | undefined,
  ): Promise<Page> {
    return this.roomAt(language, await this.rooms.details(token, null), conversationPlace(before, after));
  }

  /**
   * A room's page with one message and those around it.
   * @throws ProtocolError `room_not_found`, or `message_not_found` also where nobody may read in a browser
   */
  async message(language: Language, token: string, id: number): Promise<Page> {
    const room = await this.rooms.details(token, null);
    if (!this.contents.isOpen(room)) throw new ProtocolError('message_not_found');
    return this.roomAt(language, room, { kind: 'at', id });
  }

  /**
   * The messages of a room that have all words of a query, or a form to write one. The page is made anew each time.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `too_many_requests`, or `endpoint_not_found` where
   *   nothing is searched
   */
  async search(
    language: Language,
    token: string,
    query: string,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<Page> {
    const room = await this.rooms.details(token, null);
    const results = await this.contents.search(room, query, before);
    const summary = await this.contents.summaryOf(room);
    return packedPageOf(toDocument(SearchPage({ frame: this.frames[language], room: summary, results })));
  }

  /**
   * The part of a room's page that changes while it is open.
   * @throws ProtocolError `room_not_found`
   */
  async live(language: Language, token: string): Promise<Page> {
    const room = await this.rooms.details(token, null);
    const place: ConversationPlace = { kind: 'newest' };
    return this.roomPages.get(keyOf(language, room, 'live', place), async () => {
      const content = await this.contents.read(room, place);
      return toFragment(this.frames[language].speech, LiveParts({ content }));
    });
  }

  /**
   * The newest messages of a room, for feed readers.
   * @throws ProtocolError `room_not_found`, or `permission_denied` where a browser shows no messages
   */
  async feed(language: Language, token: string): Promise<Page> {
    const room = await this.rooms.details(token, null);
    if (!this.contents.isOpen(room)) throw new ProtocolError('permission_denied');
    const place: ConversationPlace = { kind: 'newest' };
    return this.roomPages.get(keyOf(language, room, 'feed', place), async () => {
      const { room: summary, conversation } = await this.contents.read(room, place);
      return feedOf({
        publicUrl: this.settings.publicUrl,
        siteName: this.site.name,
        room: summary,
        posts: conversation.kind === 'shown' ? conversation.posts : [],
        createdAt: room.created,
        texts: SPEECHES[language].texts,
        language,
      });
    });
  }

  /** The rules of the server; undefined when its operator has set none. */
  rules(language: Language): Page | undefined {
    const { rules } = this.site;
    return rules && pageOf(toDocument(RulesPage({ frame: this.frames[language], rules })));
  }

  /**
   * The API reference for people.
   * @throws ProtocolError `endpoint_not_found` where it is turned off
   */
  async docs(language: Language): Promise<Page> {
    const document = this.openApi();
    const known = this.docsPages.get(language);
    if (known) return known;
    const entries = referenceOf(JSON.parse(document) as OpenApiDocument);
    const frame = this.frames[language];
    const page = await packedPageOf(toDocument(DocsPage({ frame, entries, version: VERSION })));
    this.docsPages.set(language, page);
    return page;
  }

  /**
   * The same for programs, as JSON text.
   * @throws ProtocolError `endpoint_not_found` where it is turned off
   */
  openApi(): string {
    return this.apiDocs.json();
  }

  /**
   * Tells a person why they don't get what they asked for.
   * @param room token of the room that it was asked of, when there is one
   */
  refusal(language: Language, { status, message, code }: Explanation, room: string | undefined): Page {
    const { reasons } = this.frames[language].speech.texts.refusal;
    const explained = EXPLAINED.find((known) => known === code) satisfies ExplainedRefusal | undefined;
    const isOfRoom = room !== undefined && explained !== undefined && explained !== 'room_not_found';
    return pageOf(
      toDocument(
        RefusalPage({
          frame: this.frames[language],
          status,
          message: explained ? reasons[explained] : `${message}.`,
          room: isOfRoom && /^[\w-]{1,64}$/.test(room) ? room : undefined,
        }),
      ),
    );
  }

  private roomAt(language: Language, room: RoomView, place: ConversationPlace): Promise<Page> {
    return this.roomPages.get(keyOf(language, room, 'page', place), async () => {
      const content = await this.contents.read(room, place);
      const code = await this.invitations.drawing(content.room.communityUrl);
      return toDocument(RoomPage({ frame: this.frames[language], content, code }));
    });
  }

  private async renderIndex(language: Language): Promise<VNode> {
    const frame = this.frames[language];
    if (!this.settings.webIndex) return UnlistedPage({ frame });
    const liveliestFirst = (await this.rooms.list(null)).sort((a, b) => b.active_users - a.active_users);
    const rooms = await Promise.all(liveliestFirst.map((room) => this.contents.summaryOf(room)));
    return IndexPage({ frame, rooms });
  }
}

function conversationPlace(before: number | undefined, after: number | undefined): ConversationPlace {
  if (before !== undefined) return { kind: 'before', id: before };
  return after === undefined ? { kind: 'newest' } : { kind: 'after', id: after };
}

/** Names all that a room's page depends on: the room's counters, what neither of them counts, and the reader's language. */
function keyOf(
  language: Language,
  room: RoomView,
  kind: 'page' | 'live' | 'feed',
  place: ConversationPlace,
): string {
  const { token, created, info_updates, message_sequence, active_users, read } = room;
  const parts = [token, created, info_updates, message_sequence, active_users, read, place];
  return JSON.stringify([kind, language, ...parts]);
}
