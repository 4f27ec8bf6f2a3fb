import packageJson from '../package.json' with { type: 'json' };

/** The version of Plaza that is running, as in package.json. */
export const VERSION = packageJson.version;
