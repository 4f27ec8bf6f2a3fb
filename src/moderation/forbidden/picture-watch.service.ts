import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ForbiddenListFile } from '../../files/forbidden-list-file.js';
import { ALIKE_WITHIN, distanceOf } from '../../files/pictures/perceptual-hash.js';
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
 * forbidden ones. It has nothing to do as long as nothing is forbidden.
 */
@Injectable()
export class PictureWatch {
  private readonly file: ForbiddenListFile;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly list: ForbiddenFilesRepository,
    private readonly files: LookedAtFilesRepository,
    private readonly examiner: FileExaminer,
    private readonly forbidden: ForbiddenFiles,
    private readonly publication: Publication,
  ) {
    this.file = new ForbiddenListFile(settings.dataDir);
  }

  /** Does one run; called by the clock. Several processes may do it at once. */
  async run(): Promise<void> {
    const list = await this.list.all();
    await this.file.write(list);
    if (list.length === 0) return;
    const pictures = list.flatMap(({ pictureHash }) => pictureHash ?? []);
    await this.lookAtNew(pictures);
    await this.compareOld();
    await this.forbidden.removeCopies(PLAZA);
  }

  private async lookAtNew(pictures: readonly Buffer[]): Promise<void> {
    const hasher = new PictureHasher();
    try {
      for (let seen = 0; seen < MOST_A_RUN; seen += AT_ONCE) {
        const unknown = await this.files.unknown(AT_ONCE, { withPictures: pictures.length > 0 });
        for (const file of unknown) await this.lookAt(file, pictures, hasher);
        if (unknown.length < AT_ONCE) return;
      }
    } finally {
      hasher.close();
    }
  }

  private async lookAt(file: UnknownFile, pictures: readonly Buffer[], hasher: PictureHasher): Promise<void> {
    const look = await this.examiner.look(file, hasher);
    if (!look) {
      await this.files.skip(file.id);
      return;
    }
    const resembles = isLikeAny(look.pictureHash, pictures);
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
  return hash !== null && pictures.some((picture) => distanceOf(hash, picture) <= ALIKE_WITHIN);
}
