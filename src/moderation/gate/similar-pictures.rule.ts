import { type Transaction } from '../../foundation/database/database.js';
import { type LookedAtFilesRepository } from '../../records/files/looked-at-files.repository.js';
import { type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';
import { holdFor } from './verdict.js';

/**
 * Holds what shows a picture like a forbidden one, whoever posts it but staff. It goes by what is known of a file: the bytes are
 * looked at some seconds after the upload, outside of any request, and a message that came before is hidden then.
 */
export class SimilarPictures implements RoomRule<TextDraft> {
  readonly name = 'similar pictures';

  constructor(private readonly files: Pick<LookedAtFilesRepository, 'resembling'>) {}

  async read(tx: Transaction, token: string, drafts: readonly TextDraft[]): Promise<() => Check<TextDraft>> {
    const ids = drafts.flatMap(({ fileIds }) => fileIds);
    if (ids.length === 0) return () => () => undefined;
    const resembling = await this.files.resembling(tx, token, ids);
    return () =>
      ({ fileIds }, { may }) =>
        !may.moderator && fileIds.some((id) => resembling.has(id)) ? holdFor('similar') : undefined;
  }
}
