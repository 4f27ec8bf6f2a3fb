import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type VNode } from 'preact';
import { Settings } from '../foundation/config/settings.js';
import { ChangeFeed } from '../foundation/database/change-feed.js';
import { ReadCache } from '../foundation/caches/read-cache.js';
import { type RoomView } from '../rooms/room.views.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { AssetsService } from './assets.service.js';
import { type Page, PageCache, pageOf } from './page-cache.js';
import { RoomContents } from './room-contents.service.js';
import { IndexPage, UnlistedPage } from './view/index-page.js';
import { type Frame, toDocument, toFragment } from './view/layout.js';
import { RefusalPage } from './view/refusal-page.js';
import { LiveParts, RoomPage } from './view/room-page.js';

/** Bytes of rendered room pages that a process keeps. */
const CACHED_BYTES = 16_000_000;

/** The pages for people, rendered when what they show has changed. */
@Injectable()
export class PagesService implements OnModuleInit {
  private readonly frame: Frame;
  private readonly roomPages = new PageCache(CACHED_BYTES);
  private readonly indexPages = new ReadCache<'index', Page>(1);

  constructor(
    private readonly settings: Settings,
    private readonly feed: ChangeFeed,
    private readonly rooms: RoomsService,
    private readonly contents: RoomContents,
    assets: AssetsService,
  ) {
    this.frame = {
      host: new URL(settings.publicUrl).host,
      styleSheets: ['plaza.css', 'rooms.css', 'posts.css'].map((name) => assets.pathOf(name)),
      script: assets.pathOf('plaza.js'),
      icon: assets.pathOf('icon.svg'),
    };
  }

  onModuleInit(): void {
    this.indexPages.follow(this.feed);
    this.feed.on('room', () => {
      this.indexPages.drop('index');
    });
  }

  /** The front page: the rooms that everyone may know of. */
  async index(): Promise<Page> {
    return this.indexPages.get('index', async () => pageOf(toDocument(await this.renderIndex())));
  }

  /**
   * A room's page, with its newest messages or those before a message.
   * @throws ProtocolError `room_not_found`
   */
  async room(token: string, before: number | undefined): Promise<Page> {
    const room = await this.rooms.details(token, null);
    return this.roomPages.get(keyOf(room, 'page', before), async () => {
      const content = await this.contents.read(room, before);
      return toDocument(RoomPage({ frame: this.frame, content }));
    });
  }

  /**
   * The part of a room's page that changes while it is open.
   * @throws ProtocolError `room_not_found`
   */
  async live(token: string): Promise<Page> {
    const room = await this.rooms.details(token, null);
    return this.roomPages.get(keyOf(room, 'live'), async () => {
      const content = await this.contents.read(room);
      return toFragment(LiveParts({ content }));
    });
  }

  /** Tells a person why they don't get what they asked for. */
  refusal(status: number, message: string): Page {
    return pageOf(toDocument(RefusalPage({ frame: this.frame, status, message })));
  }

  private async renderIndex(): Promise<VNode> {
    if (!this.settings.webIndex) return UnlistedPage({ frame: this.frame });
    const liveliestFirst = (await this.rooms.list(null)).sort((a, b) => b.active_users - a.active_users);
    const rooms = liveliestFirst.map((room) => this.contents.summaryOf(room));
    return IndexPage({ frame: this.frame, rooms });
  }
}

/** Names all that a room's page depends on: the room's counters, and what neither of them counts. */
function keyOf(room: RoomView, kind: 'page' | 'live', before?: number): string {
  const { token, created, info_updates, message_sequence, active_users, read } = room;
  return JSON.stringify([kind, token, created, info_updates, message_sequence, active_users, read, before]);
}
