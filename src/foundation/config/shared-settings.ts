import { settingsTable } from './settings-table.js';
import { type SettingDefinition } from './setting-definition.js';
import { type Settings } from './settings.js';

/** Values, as JSON, of the settings that must be the same on all machines of a community, by name. */
export type SharedSettings = Readonly<Record<string, string>>;

/** The settings of this machine that must be the same on all others. */
export function sharedSettings(settings: Settings): SharedSettings {
  const shared: Record<string, string> = {};
  for (const [key, { name, mayDiffer }] of Object.entries<SettingDefinition<unknown>>(settingsTable)) {
    if (!mayDiffer) shared[name] = JSON.stringify(settings[key as keyof Settings] ?? null);
  }
  return shared;
}

/** Sentences about settings that differ from another machine's; those that only one of two versions knows do not count. */
export function differences(here: SharedSettings, there: SharedSettings, machine: string): string[] {
  return Object.keys(here)
    .filter((name) => there[name] !== undefined && there[name] !== here[name])
    .map((name) => `${name} is ${here[name]} here and ${there[name]} on ${machine}: make them equal`);
}
