import { noSettingsFile } from './settings-file.js';
import { settingsTable } from './settings-table.js';
import { type SettingDefinition } from './setting-definition.js';

const INTRODUCTION = `# Settings

Every setting is an environment variable, or a line \`NAME=value\` of one file; the environment wins. The file is \`.env\` in the
working directory. Without one, an installed Plaza takes \`~/.config/plaza/plaza.env\`, then \`/etc/plaza/plaza.env\`, and a checkout the
\`.env\` in its own folder. Relative paths in a file count from its folder. An empty value counts as none, except where empty is allowed. \`plaza config\` shows what is in force and
where it comes from. A value that can't be used keeps the server from starting, and a name that looks misspelt is told in
the log.

This page is made from the files \`src/foundation/config/*-settings.ts\` by \`npm run docs:settings\`.
`;

/** The default as it is on every machine. */
function defaultOf({ default: preset, defaultInWords }: SettingDefinition<unknown>): string {
  if (defaultInWords !== undefined) return defaultInWords;
  // Defaults that follow other settings are shown with the names of those.
  const text = typeof preset === 'string' ? preset : preset((name) => name, noSettingsFile('.'));
  return text === '' ? 'empty' : `\`${text}\``;
}

/** The operator's page about all settings, in Markdown. */
export function settingsPage(): string {
  const sections = Object.values<SettingDefinition<unknown>>(settingsTable).map((definition) => {
    const { name, help, type } = definition;
    return `## ${name}\n\n${help}\n\n- Allowed: ${type.allowed}\n- Default: ${defaultOf(definition)}\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}
