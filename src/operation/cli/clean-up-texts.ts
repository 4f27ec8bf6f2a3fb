import { counted } from '../../foundation/wording.js';
import { type CleanUpReport } from '../../messages/clean-up.service.js';

/** A line about a clean-up that was carried out. */
export function cleanUpDone(report: CleanUpReport): string {
  return `${peopleIn(report)} banned; deleted: ${deletedBy(report)}`;
}

/** A line about a clean-up that `--yes` would carry out. */
export function cleanUpPreview(report: CleanUpReport): string {
  return `This would ban ${peopleIn(report)} and delete ${deletedBy(report)}. Add --yes to do it.`;
}

function deletedBy({ messages, reactions, files, directMessages }: CleanUpReport): string {
  return [
    counted(messages, 'message'),
    counted(reactions, 'reaction'),
    counted(files, 'file'),
    counted(directMessages, 'direct message'),
  ].join(', ');
}

function peopleIn({ people }: CleanUpReport): string {
  return counted(people, 'person', 'people');
}
