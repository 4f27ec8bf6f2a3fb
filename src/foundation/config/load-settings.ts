import { basename, resolve } from 'node:path';
import { counted } from '../wording.js';
import { plazaCommand } from './plaza-command.js';
import { type Installation } from '../installation.js';
import { refusedHost } from './community-url.js';
import { mostConnections } from './database-connections.js';
import { availableMemory, workerMemory } from './memory-shares.js';
import { maskedValue } from './masked-value.js';
import { misspeltSettings } from './misspelt-settings.js';
import { Settings, type SettingValues } from './settings.js';
import { settingsTable } from './settings-table.js';
import { type SettingDefinition, type TextOfSetting } from './setting-definition.js';
import { LISTENS_EVERYWHERE } from './server-settings.js';
import { SettingsError } from './settings-error.js';
import { readSettingsFile, type SettingsFile } from './settings-file.js';

/** Where a value comes from: `default`, `environment`, `.env` for the working directory's, or the path of another file. */
export type SettingSource = string;

/** A setting as `plaza config` shows it. */
export interface SettingEntry {
  readonly name: string;
  /** The checked value; masked text when it is secret, null when it is not set. */
  readonly value: string | number | boolean | null;
  readonly source: SettingSource;
  readonly help: string;
  /** How the default is found, where it differs from machine to machine. */
  readonly defaultInWords?: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly entries: readonly SettingEntry[];
  /** One line each, for the log: names that look like misspelt settings. */
  readonly warnings: readonly string[];
  /** Every setting as text, unmasked: an environment in which another process reads the same settings. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file that settings were read from, if there is one. */
  readonly file: SettingsFile;
}

/** Connections of the embedded PostgreSQL (200), less those that it reserves and those that the `plaza` command may need. */
const EMBEDDED_CONNECTIONS = 180;
/** Characters of a wrong value that are repeated to the operator. */
const MAX_SHOWN = 100;

type SettingTexts = Readonly<Record<string, string | undefined>>;

/** Where settings are read from; the parameters stand in for the process's own in specs. */
export interface SettingOrigins {
  readonly environment?: SettingTexts;
  /** Wins over the environment: what was decided while starting, such as the port. */
  readonly overrides?: SettingTexts;
  /** The working directory, whose `.env` comes first. */
  readonly folder?: string;
  /** By its kind other files are looked for; this process's own by default. */
  readonly installation?: Installation;
}

interface FoundText {
  readonly text: string;
  readonly source: SettingSource;
}

function isGiven(text: string | undefined, definition: SettingDefinition<unknown>): text is string {
  return text !== undefined && (text !== '' || definition.type.acceptsEmpty);
}

function shown(text: string, definition: SettingDefinition<unknown>): string {
  const visible = definition.secret === true ? maskedValue(text) : text;
  return JSON.stringify(visible.length > MAX_SHOWN ? `${visible.slice(0, MAX_SHOWN)}…` : visible);
}

function parse(definition: SettingDefinition<unknown>, { text, source }: FoundText): unknown {
  const result = definition.type.schema.safeParse(text);
  if (result.success) return result.data;
  const { name, type } = definition;
  const where = source === 'environment' ? '' : ` (${source})`;
  throw new SettingsError(`${name} is ${shown(text, definition)}${where} but must be ${type.allowed}`);
}

/** Relative paths in a file count from its folder, wherever the process was started. */
function fromFolder(text: string, { type }: SettingDefinition<unknown>, { folder }: SettingsFile): string {
  return type.isPath === true && text !== '' ? resolve(folder, text) : text;
}

/** The text of a setting in the environment, else in the file. */
function givenText(
  definition: SettingDefinition<unknown>,
  environment: SettingTexts,
  file: SettingsFile,
  workingDirectory: string,
): FoundText | undefined {
  const fromEnvironment = environment[definition.name];
  if (isGiven(fromEnvironment, definition)) return { text: fromEnvironment, source: 'environment' };
  const fromFile = file.texts[definition.name];
  if (!isGiven(fromFile, definition)) return undefined;
  return { text: fromFolder(fromFile, definition, file), source: sourceOf(file, workingDirectory) };
}

function defaultText(
  { default: preset }: SettingDefinition<unknown>,
  textOf: TextOfSetting,
  file: SettingsFile,
): FoundText {
  return { text: typeof preset === 'string' ? preset : preset(textOf, file), source: 'default' };
}

function strayLinesIn({ path, strayLines: [first, ...others] }: SettingsFile): string[] {
  if (first === undefined) return [];
  const rest =
    others.length === 0
      ? ''
      : `, and neither ${others.length === 1 ? 'does' : 'do'} ${counted(others.length, 'other')}`;
  return [`line ${first} of ${path ?? ''} sets nothing${rest}: a setting is NAME=value`];
}

function sourceOf({ path, folder }: SettingsFile, workingDirectory: string): SettingSource {
  if (path === undefined) return 'default';
  return folder === workingDirectory ? basename(path) : path;
}

/** A list as an operator writes it. */
function listed(value: unknown): unknown {
  return Array.isArray(value) ? value.join(',') : value;
}

function entryOf(definition: SettingDefinition<unknown>, found: FoundText, value: unknown): SettingEntry {
  const { name, help, defaultInWords } = definition;
  const visible = definition.secret === true ? maskedValue(found.text) : value;
  return {
    name,
    value: (visible === '' ? null : (listed(visible) ?? null)) as SettingEntry['value'],
    source: found.source,
    help,
    ...(defaultInWords !== undefined && { defaultInWords }),
  };
}

function checkTogether(settings: Settings): void {
  checkConnections(settings);
  checkObjectStore(settings);
  checkBackupSettings(settings);
  checkPreserving(settings);
}

function checkBackupSettings({ backupTo, s3Bucket }: Settings): void {
  if (backupTo && 'prefix' in backupTo && s3Bucket === undefined)
    throw new SettingsError('BACKUP_TO is in a store but S3_BUCKET is not set: it names the bucket');
}

function checkObjectStore({ fileStorage, s3Bucket, s3AccessKeyId, s3SecretAccessKey }: Settings): void {
  if (fileStorage === 's3' && s3Bucket === undefined)
    throw new SettingsError('FILE_STORAGE is s3 but S3_BUCKET is not set: it names the bucket');
  if (s3Bucket === undefined) return;
  if (s3AccessKeyId === undefined || s3SecretAccessKey === undefined)
    throw new SettingsError('S3_BUCKET is set: it needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, too');
}

function checkPreserving({ abusePreserve, abusePreserveKey }: Settings): void {
  if (abusePreserve === 'sealed' && abusePreserveKey === undefined)
    throw new SettingsError(
      `ABUSE_PRESERVE is sealed: it needs ABUSE_PRESERVE_KEY, which ${plazaCommand('file key')} makes`,
    );
}

function checkConnections(settings: Settings): void {
  const { databaseUrl, databaseDirectUrl, workers, databasePoolSize } = settings;
  if (databaseDirectUrl !== undefined && databaseUrl === undefined) {
    throw new SettingsError('DATABASE_DIRECT_URL is set but DATABASE_URL is not: set both');
  }
  const connections = mostConnections(settings, 1, workers);
  if (databaseUrl === undefined && connections > EMBEDDED_CONNECTIONS) {
    throw new SettingsError(
      `WORKERS is ${workers} and DATABASE_POOL_SIZE is ${databasePoolSize}: together they need ${connections} ` +
        `connections, but must need at most ${EMBEDDED_CONNECTIONS} with the embedded database`,
    );
  }
}

/** Warnings about settings that are allowed but surprise most people. */
function doubts(settings: Settings, entries: readonly SettingEntry[]): string[] {
  const { host, publicUrl, metricsPort, metricsHost, metricsToken, workers, databaseUrl } = settings;
  const found: string[] = [];
  const memory = availableMemory();
  if (workerMemory({ memory, workers, isEmbedded: databaseUrl === undefined }).isTooLittle) {
    found.push(
      `WORKERS is ${workers}, but ${Math.floor(memory / 2 ** 20)} MiB of memory are too little for that: ` +
        'the system may end some of them',
    );
  }
  const isDefault = entries.some(({ name, source }) => name === 'PUBLIC_URL' && source === 'default');
  if (isDefault && LISTENS_EVERYWHERE.has(host)) {
    found.push(`PUBLIC_URL is not set: clients on other machines can't reach ${publicUrl}`);
  } else {
    const refused = refusedHost(publicUrl);
    if (refused !== undefined) found.push(refused);
  }
  if (metricsPort !== undefined && LISTENS_EVERYWHERE.has(metricsHost) && metricsToken === undefined) {
    found.push(`METRICS_TOKEN is not set: everyone who reaches ${metricsHost} can read the metrics`);
  }
  return found;
}

/**
 * Reads every setting from the environment, then the file of settings, then its default.
 * Throws SettingsError at the first one that can't be used.
 */
export function loadSettings(origins: SettingOrigins = {}): LoadedSettings {
  const environment = { ...(origins.environment ?? process.env), ...origins.overrides };
  const { folder = process.cwd(), installation } = origins;
  const definitions = Object.entries<SettingDefinition<unknown>>(settingsTable);
  const file = readSettingsFile(
    { folder, environment, ...(installation && { installation }) },
    new Set(definitions.map(([, { name }]) => name)),
  );
  const texts: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const entries: SettingEntry[] = [];

  const textOf: TextOfSetting = (name) => {
    const text = texts[name];
    if (text === undefined)
      throw new Error(`The default of a setting needs ${name}, which must come before it`);
    return text;
  };
  for (const [key, definition] of definitions) {
    const found = givenText(definition, environment, file, folder) ?? defaultText(definition, textOf, file);
    const value = parse(definition, found);
    texts[definition.name] = found.text;
    values[key] = value;
    entries.push(entryOf(definition, found, value));
  }
  // The loop above has put a value of its schema's type under every key of the table.
  const settings = new Settings(values as SettingValues);
  checkTogether(settings);
  const given = new Set([...Object.keys(environment), ...Object.keys(file.texts)]);
  const warnings = [
    ...strayLinesIn(file),
    ...misspeltSettings(given, Object.keys(texts)),
    ...doubts(settings, entries),
  ];
  return { settings, entries, warnings, environment: texts, file };
}
