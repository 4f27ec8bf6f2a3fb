import type { z } from 'zod';
import type { settingsTable } from './settings-table.js';

type SettingsTable = typeof settingsTable;

/** The checked value of every setting, by the key of its entry in the table. */
export type SettingValues = {
  readonly [Key in keyof SettingsTable]: z.output<SettingsTable[Key]['type']['schema']>;
};

function assignFrozen(this: object, values: SettingValues): void {
  Object.freeze(Object.assign(this, values));
}

/**
 * All settings of this process, checked and frozen. A class so that Nest can inject it:
 * `constructor(private readonly settings: Settings)`. Sizes are bytes; the name says days where it is not seconds.
 */
export class Settings extends (assignFrozen as unknown as new (values: SettingValues) => SettingValues) {}
