import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import dotenv from 'dotenv';
import { type Installation, INSTALLATION } from '../installation.js';
import { SettingsError } from './settings-error.js';

/** A place where settings may lie in a file. */
export interface SettingsPlace {
  readonly file: string;
  /** DATA_DIR where neither the file nor the environment sets it: an absolute path. */
  readonly dataDir: string;
}

/** The one file from which settings are read, or where they would be when there is none. */
export interface SettingsFile {
  /** Undefined when none of the places has one. */
  readonly path: string | undefined;
  /** Relative paths in the file count from here: its folder. */
  readonly folder: string;
  readonly texts: Readonly<Record<string, string>>;
  /** Numbers of lines, from 1, that set nothing and are no comments. */
  readonly strayLines: readonly number[];
  /** DATA_DIR where nothing sets it: an absolute path. */
  readonly dataDir: string;
  /** Every file that was looked for, in the order in which they win. */
  readonly lookedFor: readonly string[];
}

/** The facts that decide where settings may lie. */
export interface PlaceOrigins {
  /** The working directory: an absolute path. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly installation?: Installation;
}

/** The settings of the machine, which the Debian package and `plaza setup` by root use. */
export const SYSTEM_PLACE: SettingsPlace = { file: '/etc/plaza/plaza.env', dataDir: '/var/lib/plaza' };

/** The settings of one user, by the folders that XDG names; undefined for somebody without a home. */
export function userPlace(environment: PlaceOrigins['environment']): SettingsPlace | undefined {
  const { HOME: home, XDG_CONFIG_HOME: config, XDG_DATA_HOME: data } = environment;
  if (!home?.startsWith('/')) return undefined;
  return {
    file: join(absolute(config) ?? join(home, '.config'), 'plaza', 'plaza.env'),
    dataDir: join(absolute(data) ?? join(home, '.local/share'), 'plaza'),
  };
}

/** XDG has relative paths passed over. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined;
}

function herePlace(folder: string): SettingsPlace {
  return { file: join(folder, '.env'), dataDir: join(folder, 'data') };
}

/** A checkout has its settings beside it; an installed Plaza finds those of the user or the machine from any folder. */
function placesOf({ folder, environment, installation = INSTALLATION }: PlaceOrigins): SettingsPlace[] {
  const here = herePlace(folder);
  if (installation.kind === 'container') return [here];
  if (installation.kind === 'checkout')
    return installation.folder === folder ? [here] : [here, herePlace(installation.folder)];
  const user = userPlace(environment);
  return [here, ...(user ? [user] : []), SYSTEM_PLACE];
}

/**
 * Reads the first file of settings that there is. A `.env` in the working directory that names no setting of Plaza is
 * another program's and is passed over, where there are other places.
 *
 * @param known the names of all settings
 * @throws SettingsError when a file is there and can't be read
 */
export function readSettingsFile(origins: PlaceOrigins, known: ReadonlySet<string>): SettingsFile {
  const places = placesOf(origins);
  const lookedFor = places.map(({ file }) => file);
  for (const { file, dataDir } of places) {
    const text = readText(file);
    if (text === undefined) continue;
    const texts = dotenv.parse(text);
    if (places.length > 1 && !Object.keys(texts).some((name) => known.has(name) || isMeantForUs(name)))
      continue;
    return { path: file, folder: dirname(file), texts, strayLines: strayLinesOf(text), dataDir, lookedFor };
  }
  return noSettingsFile(origins.folder, lookedFor);
}

/** Stands for the file where there is none: its folder is the working directory. */
export function noSettingsFile(folder: string, lookedFor: readonly string[] = []): SettingsFile {
  const { dataDir } = herePlace(folder);
  return { path: undefined, folder, texts: {}, strayLines: [], dataDir, lookedFor };
}

/** A name that somebody takes for a setting is warned about. */
function isMeantForUs(name: string): boolean {
  return name.startsWith('PLAZA_');
}

/** A value in quotes may go over several lines: then it can't be told so simply. */
function strayLinesOf(text: string): number[] {
  const lines = text.split('\n');
  if (lines.some((line) => /^[^#]*["'`]/.test(line) && (line.match(/["'`]/g)?.length ?? 0) % 2 === 1))
    return [];
  return lines.flatMap((line, index) =>
    /^\s*(#|$|(export\s+)?[\w.-]+\s*[=:])/.test(line) ? [] : [index + 1],
  );
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const remedy =
      code === 'EACCES'
        ? 'run this as root or as the user whom the settings belong to'
        : 'make it a readable file or remove it';
    throw new SettingsError(`${file} can't be read (${code ?? String(error)}): ${remedy}`);
  }
}
