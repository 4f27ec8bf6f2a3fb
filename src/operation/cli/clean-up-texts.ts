import { type CleanUpReport } from '../../messages/clean-up.service.js';

/** A line about a clean-up that was carried out. */
export function cleanUpDone(report: CleanUpReport): string {
  return `${report.people} people banned; deleted: ${deletedBy(report)}`;
}

/** A line about a clean-up that `--yes` would carry out. */
export function cleanUpPreview(report: CleanUpReport): string {
  return `This would ban ${report.people} people and delete ${deletedBy(report)}. Add --yes to do it.`;
}

function deletedBy({ messages, reactions, files, directMessages }: CleanUpReport): string {
  return `${messages} messages, ${reactions} reactions, ${files} files, ${directMessages} direct messages`;
}
