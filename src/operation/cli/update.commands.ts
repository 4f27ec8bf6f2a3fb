import type { Command } from 'commander';
import { VERSION } from '../../foundation/version.js';
import { newerReleases, readChangelog } from '../updates/newer-releases.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

/** `plaza update --check`: whether there is a newer Plaza, asked when somebody asks. */
export function registerUpdateCommand(program: Command, context: CommandContext): void {
  program
    .command('update')
    .description(
      'See whether there is a newer Plaza, and what it changes: --check reads the CHANGELOG.md at RELEASES_URL. ' +
        'The manual says how to upgrade; nothing is installed.',
    )
    .option('--check', 'ask now')
    .option('--json', 'print JSON')
    .action(async ({ check, json }: { check?: true; json?: true }) => {
      if (!check) throw new UsageError('say --check: Plaza installs nothing by itself');
      const { releasesUrl } = context.loadSettings().settings;
      if (releasesUrl === undefined)
        throw new Error(
          'RELEASES_URL is not set: it names the CHANGELOG.md of those whom you have Plaza from',
        );
      const newer = newerReleases(await readChangelog(releasesUrl), VERSION);
      if (json) context.output.json({ version: VERSION, newer });
      else if (newer.length === 0) context.output.lines([`Plaza ${VERSION} is the newest`]);
      else
        context.output.lines(newer.flatMap(({ version, changes }) => [`Plaza ${version}`, '', changes, '']));
    });
}
