import type { Command } from 'commander';
import { loadSettings, type SettingEntry } from '../../foundation/config/load-settings.js';
import { printJson, printLines, printProblem } from './output.js';

function describe({ name, value, source, help, defaultInWords }: SettingEntry): string[] {
  return [
    `${name}=${value === null ? '' : String(value)}  (${source})`,
    `    ${help}`,
    ...(defaultInWords === undefined ? [] : [`    Default: ${defaultInWords.replaceAll('`', '')}.`]),
  ];
}

/** `plaza config`: every setting, where its value comes from and what it is for; passwords are masked. */
export function registerConfigCommand(program: Command): void {
  program
    .command('config')
    .description('Show every setting, its value, where that comes from, and its help.')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: true }) => {
      const { entries, warnings } = loadSettings();
      warnings.forEach(printProblem);
      if (json) printJson(entries);
      else printLines(entries.flatMap(describe));
    });
}
