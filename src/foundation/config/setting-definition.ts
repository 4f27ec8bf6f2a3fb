import { type SettingsFile } from './settings-file.js';
import { type SettingType } from './setting-types.js';

/** The effective text of a setting that stands higher in the table, by its name in the environment. */
export type TextOfSetting = (name: string) => string;

/** One line of the table: all that is known about a setting. */
export interface SettingDefinition<T> {
  /** Its name in the environment and in `.env`. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** Written as an operator would write it, or worked out from settings higher in the table and the file of settings. */
  readonly default: string | ((textOf: TextOfSetting, file: SettingsFile) => string);
  /** Describes the default where it differs from machine to machine. */
  readonly defaultInWords?: string;
  /** One line for the operator. */
  readonly help: string;
  /** True where the value may hold a password: it is masked wherever it is shown. */
  readonly secret?: boolean;
  /** True where each machine of a community may have its own value. */
  readonly mayDiffer?: boolean;
}

/** Gives an entry of the table the type of its values. */
export function define<T>(definition: SettingDefinition<T>): SettingDefinition<T> {
  return definition;
}
