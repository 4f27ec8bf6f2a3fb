import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { loadSodium } from '../src/protocol/crypto/sodium.js';
import { type Address } from './load-generator.js';
import { type Usage } from './processes.js';

const START_LIMIT_MS = 60_000;

/** A community that was started to be measured, on one machine or several. */
export interface UnderTest {
  /** Where each machine listens. */
  readonly addresses: readonly Address[];
  readonly publicKey: Buffer;
  readonly sql: pg.Pool;
  /** The resources that all its parts have used so far. */
  usage(): Promise<Usage>;
  /** Stops it and removes what it has stored. */
  stop(): Promise<void>;
}

/** A supervisor with its workers. */
export interface PlazaProcess {
  readonly child: ChildProcess;
  readonly address: Address;
}

/**
 * Starts the compiled server in a data folder and waits until it listens.
 * @param nodeOptions for the supervisor and its workers
 */
export async function launchPlaza(
  dataDir: string,
  env: Record<string, string>,
  nodeOptions: readonly string[],
): Promise<PlazaProcess> {
  const child = spawn(process.execPath, [...nodeOptions, join(process.cwd(), 'dist/server/main.js')], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { url } = await announced(dataDir, child);
  return { child, address: { host: '127.0.0.1', port: Number(new URL(url).port) } };
}

/** Ends a server cleanly. */
export async function endPlaza({ child }: PlazaProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** The public key of the community in a data folder. */
export async function readPublicKey(dataDir: string): Promise<Buffer> {
  const secret = await readFile(join(dataDir, 'key_x25519'));
  return (await loadSodium()).x25519PublicKey(secret);
}

async function announced(dataDir: string, child: ChildProcess): Promise<{ url: string }> {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end && child.exitCode === null) {
    try {
      return JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url: string };
    } catch {
      await sleep(50);
    }
  }
  throw new Error('The server did not start');
}
