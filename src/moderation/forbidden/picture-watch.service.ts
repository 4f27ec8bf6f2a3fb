import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { ChangeFeed } from '../../foundation/database/change-feed.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ForbiddenListFile } from '../../files/forbidden-list-file.js';
import { MOST_BITS_APART, distanceOf } from '../../files/pictures/perceptual-hash.js';
import { PictureHasher } from '../../files/pictures/picture-hasher.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { ForbiddenFilesRepository } from '../../records/files/forbidden-files.repository.js';
import {
  type FileLook,
  type KnownPicture,
  LookedAtFilesRepository,
  type UnknownFile,
} from '../../records/files/looked-at-files.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { PLAZA } from '../access/actor.js';
import { FileExaminer } from './file-examiner.service.js';
import { ForbiddenFiles } from './forbidden-files.service.js';

/** Files that one run looks at; the next one goes on. */
const MOST_A_RUN = 100;
const AT_ONCE = 20;
/** Pictures that are compared at a time. */
const PAGE = 1_000;

/**
 * Looks at files outside of requests: whether they are forbidden ones that had no hash before, and whether their pictures are like
 * forbidden ones. It has nothing to do as long as nothing is forbidden, and reads the list only when the change feed tells of a change.
 */
@Injectable()
export class PictureWatch implements OnModuleInit {
  private readonly file: ForbiddenListFile;
  /** Whether the list may be another one than at the latest run; true at the first. */
  private isChanged = true;
  private isEmpty = true;
  /** The perceptual hashes on the list. */
  private pictures: readonly Buffer[] = [];
  /** Whether no file is left that nobody has looked at, as long as no picture is on the list. */
  private isDone = false;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly list: ForbiddenFilesRepository,
    private readonly files: LookedAtFilesRepository,
    private readonly examiner: FileExaminer,
    private readonly forbidden: ForbiddenFiles,
    private readonly publication: Publication,
    private readonly feed: ChangeFeed,
  ) {
    this.file = new ForbiddenListFile(settings.dataDir);
  }

  onModuleInit(): void {
    const change = (): void => {
      this.isChanged = true;
    };
    this.feed.on('forbidden', change);
    // The feed may have missed a change before.
    this.feed.onRestored(change);
  }

  /** Does one run; called by the clock. Several processes may do it at once. */
  async run(): Promise<void> {
    const isNew = this.isChanged || !this.feed.isListening;
    this.isChanged = false;
    try {
      if (isNew) await this.readList();
      if (this.isEmpty) return;
      const hasLooked = await this.lookAtNew();
      if (isNew) await this.compareOld();
      // Uploads are refused while they are recorded: copies are here only of what was forbidden or looked at since.
      if (isNew || hasLooked) await this.forbidden.removeCopies(PLAZA);
    } catch (error) {
      this.isChanged ||= isNew;
      throw error;
    }
  }

  private async readList(): Promise<void> {
    const list = await this.list.all();
    await this.file.write(list);
    this.isEmpty = list.length === 0;
    this.pictures = list.flatMap(({ pictureHash }) => pictureHash ?? []);
    this.isDone = false;
  }

  /** Looks at files that nobody has looked at. @returns whether there were some */
  private async lookAtNew(): Promise<boolean> {
    const withPictures = this.pictures.length > 0;
    // Without pictures only files of older versions and imports are looked at, and nobody adds one.
    if (this.isDone && !withPictures) return false;
    const hasher = new PictureHasher();
    try {
      for (let seen = 0; seen < MOST_A_RUN; seen += AT_ONCE) {
        const unknown = await this.files.unknown(AT_ONCE, { withPictures });
        for (const file of unknown) await this.lookAt(file, hasher);
        if (unknown.length === AT_ONCE) continue;
        this.isDone = true;
        return seen + unknown.length > 0;
      }
      return true;
    } finally {
      hasher.close();
    }
  }

  private async lookAt(file: UnknownFile, hasher: PictureHasher): Promise<void> {
    const look = await this.examiner.look(file, hasher);
    if (!look) {
      await this.files.skip(file.id);
      return;
    }
    const resembles = isLikeAny(look.pictureHash, this.pictures);
    await this.note(file, resembles, (tx) =>
      this.files.save(tx, file.id, { ...look, resembles } satisfies FileLook),
    );
  }

  /** Compares pictures that were looked at before with what was forbidden since. */
  private async compareOld(): Promise<void> {
    const pictures = await this.list.pictures({ uncompared: true });
    if (pictures.length === 0) return;
    let page: KnownPicture[];
    let last = 0;
    do {
      page = await this.files.pictures(last, PAGE);
      for (const picture of page) {
        if (!isLikeAny(picture.pictureHash, pictures)) continue;
        await this.note(picture, true, (tx) => this.files.markResembling(tx, picture.id));
      }
      last = page.at(-1)?.id ?? last;
    } while (page.length === PAGE);
    await this.list.markCompared(pictures);
  }

  /** Notes something of a file, and hides the message that shows a picture like a forbidden one, unless it is of staff. */
  private async note(
    { id, room: token }: Pick<UnknownFile, 'id' | 'room'>,
    resembles: boolean,
    save: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.database.transact(async (tx) => {
      const room = resembles ? await this.rooms.lock(tx, token) : undefined;
      await save(tx);
      if (!room) return;
      const message = await this.files.messageOfMember(tx, id);
      if (message !== undefined) await this.publication.hide(tx, room, [message], 'similar');
    });
  }
}

function isLikeAny(hash: Buffer | null, pictures: readonly Buffer[]): boolean {
  return hash !== null && pictures.some((picture) => distanceOf(hash, picture) <= MOST_BITS_APART);
}
