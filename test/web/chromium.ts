import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A running browser with a profile of its own, that `close` removes. */
export interface Browser {
  /** A page that shares nothing with others. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/**
 * The Chromium of this machine: the one that PLAZA_CHROMIUM names, one in a usual place, or on Debian and its like one
 * that is installed now if that takes no password. Where there is none it says so and gives undefined; in CI it throws.
 */
export function chromiumOrWarning(): string | undefined {
  const found = named() ?? installed() ?? (installFromDebian() ? installed() : undefined);
  if (found !== undefined) return found;
  const problem =
    'There is no Chromium here: the pages are NOT tested in a browser. Install one or set PLAZA_CHROMIUM.';
  if (process.env.CI) throw new Error(problem);
  console.warn(problem);
  return undefined;
}

/** Starts a browser with an empty profile. */
export async function launch(executablePath: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'plaza-chromium-'));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: FLAGS,
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  return {
    newPage: async (options) => {
      const page = await browser.newPage(options);
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      return page;
    },
    close: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

function named(): string | undefined {
  const path = process.env.PLAZA_CHROMIUM;
  if (path === undefined || path === '') return undefined;
  if (!isExecutable(path)) throw new Error(`PLAZA_CHROMIUM names ${path}, which can't be run`);
  return path;
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [...onPath, ...APPLICATIONS].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tells whether it could: as root, or as somebody whom sudo asks for nothing. */
function installFromDebian(): boolean {
  const root = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const run = (...command: string[]): boolean => {
    const [program = '', ...args] = [...root, ...command];
    return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  };
  return (
    run('apt-get', 'update') && run('apt-get', 'install', '--yes', '--no-install-recommends', 'chromium')
  );
}
