import type { Command } from 'commander';
import { type SettingEntry } from '../../foundation/config/load-settings.js';
import { type SettingsFile } from '../../foundation/config/settings-file.js';
import { type CommandContext } from './command-context.js';

function describe({ name, value, source, help, defaultInWords }: SettingEntry): string[] {
  return [
    `${name}=${value === null ? '' : String(value)}  (${source})`,
    `    ${help}`,
    ...(defaultInWords === undefined ? [] : [`    Default: ${defaultInWords.replaceAll('`', '')}.`]),
  ];
}

function describeFile({ path, lookedFor }: SettingsFile): string {
  const others = lookedFor.filter((file) => file !== path);
  if (path === undefined) return `# There is no file of settings: ${lookedFor.join(', ')} would be read.`;
  return `# Settings are read from ${path}${others.length > 0 ? `; it wins over ${others.join(', ')}` : ''}.`;
}

/** `plaza config`: every setting, where its value comes from and what it is for; passwords are masked. */
export function registerConfigCommand(program: Command, context: CommandContext): void {
  program
    .command('config')
    .description('Show every setting, its value, where that comes from, and its help.')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: true }) => {
      const { entries, warnings, file } = context.loadSettings();
      warnings.forEach((warning) => {
        context.output.problem(warning);
      });
      if (json) context.output.json(entries);
      else context.output.lines([describeFile(file), ...entries.flatMap(describe)]);
    });
}
