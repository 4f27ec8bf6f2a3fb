import type { Command } from 'commander';
import { counted } from '../../foundation/wording.js';
import { type Settings } from '../../foundation/config/settings.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { moveFiles, type MoveSummary } from '../file-move/move-files.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

const MOVE_DESCRIPTION = `Move all uploaded files to the object store of S3_BUCKET, or from there to DATA_DIR/uploads.
The server may be running: each file is copied, read back, compared and then removed, and is found in either place.
What ends early can be run again, and goes on. FILE_STORAGE says where new files go.`;

type FilePlace = Settings['fileStorage'];

function placeArgument(text: string): FilePlace {
  if (text === 's3' || text === 'local') return text;
  throw new UsageError(`either s3 or local, not ${JSON.stringify(text)}`);
}

function describe({ failed, reason = '', isGivenUp }: MoveSummary): string {
  const rest = isGivenUp ? ', and the rest was not tried' : '';
  return `${counted(failed, 'file')} could not be moved${rest}: ${reason}; run this again to go on`;
}

/** `plaza files …`: looks after the bytes of uploaded files. */
export function registerFilesCommands(program: Command, context: CommandContext): void {
  program
    .command('files')
    .description('Move uploaded files to another place.')
    .command('move')
    .description(MOVE_DESCRIPTION)
    .requiredOption('--to <place>', 's3 or local', placeArgument)
    .option('--json', 'print JSON')
    .action(async ({ to, json }: { to: FilePlace; json?: true }) => {
      const moved = await move(context, to);
      if (json) context.output.json(moved);
      else
        context.output.lines([
          `Moved and verified ${counted(moved.moved, 'file')} of ${counted(moved.bytes, 'byte')}.`,
        ]);
      if (moved.failed > 0) throw new Error(describe(moved));
    });
}

function move(context: CommandContext, to: FilePlace): Promise<MoveSummary> {
  const loaded = context.loadSettings();
  const { settings } = loaded;
  const { dataDir: folder, minFreeDiskBytes: minFreeBytes } = settings;
  if (settings.fileStorage !== to) {
    context.output.problem(
      `FILE_STORAGE is ${settings.fileStorage}, so new files go there still: set it to ${to} and restart the server first`,
    );
  }
  return context.withDatabase(loaded, 'only', ({ directUrl: databaseUrl }) =>
    withStorage(settings, context.clock, async ({ folder: local, store }) => {
      if (!store) throw new UsageError('there is no object store: set S3_BUCKET');
      await store.check((await context.identityOf(loaded)).publicKeyHex);
      const places =
        to === 's3' ? { from: local, to: store } : { from: store, to: local, disk: { folder, minFreeBytes } };
      return moveFiles({ databaseUrl, ...places }, context.progress());
    }),
  );
}
