import type { Command } from 'commander';
import { VERSION } from '../../foundation/version.js';
import { refusedHost } from '../../foundation/config/community-url.js';
import { type CommandContext } from './command-context.js';
import { publicUrlOf } from './room-address.js';

/** `plaza info`: what identifies this server to clients, and its version. */
export function registerInfoCommand(program: Command, context: CommandContext): void {
  program
    .command('info')
    .description('Show the public key, the public URL and the version of this server.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const loaded = context.loadSettings();
      const publicUrl = await publicUrlOf(loaded.settings);
      const refused = refusedHost(publicUrl);
      const identity = await context.identityOf(loaded);
      const info = {
        public_key: identity.publicKeyHex,
        public_url: publicUrl,
        version: VERSION,
      };
      if (refused !== undefined) context.output.problem(refused);
      if (json) context.output.json(info);
      else context.output.lines(Object.entries(info).map(([name, value]) => `${name}: ${value}`));
    });
}
