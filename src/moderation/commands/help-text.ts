import { type CommandDefinition } from './command-definition.js';
import { commandNamed } from './parse.js';

/** Tells about commands in words. */
export class HelpText {
  constructor(private readonly commands: readonly CommandDefinition[]) {}

  /** All of them, or all about the one that is named. */
  about(name: string): string {
    const bare = name.replace(/^[/／]/u, '').toLowerCase();
    const command = bare === '' ? undefined : commandNamed(bare, this.commands);
    return command ? explained(command) : this.list();
  }

  private list(): string {
    const lines = this.commands.map((command) => `${written(command)}: ${command.help}`);
    return [
      'Commands:',
      ...lines,
      'Write // at the beginning of a message that is to begin with a slash.',
    ].join('\n');
  }
}

/** A command as it is described. */
type Described = Pick<CommandDefinition, 'name' | 'also' | 'usage' | 'giver' | 'help' | 'undo'>;

/** How a command is written. */
export function written({ name, usage }: Pick<CommandDefinition, 'name' | 'usage'>): string {
  return usage === '' ? `/${name}` : `/${name} ${usage}`;
}

function explained(command: CommandDefinition): string {
  const names = command.also ? ` Also: ${command.also.map((name) => `/${name}`).join(', ')}.` : '';
  const undo = command.undo === null ? '' : ` To take it back: ${command.undo}.`;
  return `${written(command)}\n${command.help}${names}${undo}`;
}

/** The commands as a table in Markdown, for the manual. */
export function commandRows(commands: readonly Described[]): string {
  const rows = commands.map((command) => {
    const { also = [], giver, help, undo } = command;
    const names = [written(command), ...also.map((name) => `/${name}`)].map((name) => `\`${name}\``);
    return `| ${[names.join(', '), giver, help, undo ?? '–'].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| Command | Who | What it does | To take it back |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}
