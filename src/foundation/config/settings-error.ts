/** A setting that can't be used. The message is one line that names it, its value and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
