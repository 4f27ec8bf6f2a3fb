import { Injectable } from '@nestjs/common';
import { toBuffer, toString } from 'qrcode';
import { Settings } from '../foundation/config/settings.js';
import { ReadCache } from '../foundation/caches/read-cache.js';
import { communityUrl } from '../foundation/config/community-url.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { type QrCode, qrCodeOf, QUIET_ZONE } from './contents/qr-code.js';

/** Pixels of a picture's side: a poster prints it without blur. */
const PNG_SIDE = 720;
/** Pictures of a few kilobytes each. */
const CACHED_CODES = 200;

/** How people get into a room: its community URL, and that as a QR code (protocol 1). */
@Injectable()
export class RoomInvitations {
  /** By community URL: a code says that and nothing else. */
  private readonly pngs = new ReadCache<string, Buffer>(CACHED_CODES);
  private readonly drawings = new ReadCache<string, QrCode>(CACHED_CODES);
  private readonly svgs = new ReadCache<string, string>(CACHED_CODES);

  constructor(
    private readonly settings: Settings,
    private readonly identity: ServerIdentity,
    private readonly rooms: RoomsService,
  ) {}

  /** The URL by which clients join a room. */
  urlOf(token: string): string {
    return communityUrl(this.settings.publicUrl, token, this.identity.publicKeyHex);
  }

  /** The QR code of a community URL, as a page draws it. */
  async drawing(url: string): Promise<QrCode> {
    return this.drawings.get(url, () => Promise.resolve(qrCodeOf(url)));
  }

  /**
   * The QR code of a room that everyone may know of, as a PNG.
   * @throws ProtocolError `room_not_found`
   */
  async png(token: string): Promise<Buffer> {
    const url = await this.publicUrlOf(token);
    return this.pngs.get(url, () => toBuffer(url, { type: 'png', width: PNG_SIDE, margin: QUIET_ZONE }));
  }

  /**
   * The QR code of a room that everyone may know of, as SVG.
   * @throws ProtocolError `room_not_found`
   */
  async svg(token: string): Promise<string> {
    const url = await this.publicUrlOf(token);
    return this.svgs.get(url, () => toString(url, { type: 'svg', margin: QUIET_ZONE }));
  }

  private async publicUrlOf(token: string): Promise<string> {
    return this.urlOf((await this.rooms.details(token, null)).token);
  }
}
