import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Pool } from 'pg';
import { Clock } from '../../src/foundation/clock.js';
import { type Logger } from 'pino';
import { type CommandEnvironment } from '../../src/operation/cli/command-context.js';
import type * as logging from '../../src/foundation/logging/create-logger.js';
import type * as program from '../../src/operation/cli/program.js';
import { SessionClient } from '../client/client.js';
import { type Identity } from '../client/identity.js';
import { type SessionClientOptions, type Transport } from '../client/requester.js';
import { sodium } from '../client/sodium.js';
import { compiled } from './compiled.js';
import { type TestDatabase } from './database.js';

/** Nobody reads the log of a server or a command in the tests' own process. */
export const SILENT = 'silent';

/** Settings by their name in the environment; undefined leaves one at the server's default. */
export type Environment = Record<string, string | undefined>;

/** The output and exit code of a command. */
export interface CommandResult {
  /** Exit code; -1 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** The room and the role in which `plaza mod add` appoints someone. */
export interface Appointment {
  /** A room's token, or `'global'` for all rooms. */
  in: string;
  admin?: boolean;
  /** Hidden or visible; the server's default (rooms visible, global hidden) when left out. */
  hidden?: boolean;
}

/** A room to be made; its name is the token unless another is given. */
export interface NewRoom {
  name?: string;
  description?: string;
}

/** A data folder of a test's own. An embedded PostgreSQL that root starts runs as another user, who has to get in. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-test-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A community and the means to use and inspect it, wherever its server runs. */
export abstract class Community {
  /** Such as `http://127.0.0.1:40123`; stays the same over a restart. */
  url = '';
  /** X25519, 64 hex digits. */
  publicKey = '';

  private pool: Pool | undefined;
  private readonly clients: SessionClient[] = [];

  protected constructor(
    readonly database: TestDatabase,
    readonly dataDir: string,
    protected env: Environment,
    private readonly ownClock: Clock | undefined,
  ) {}

  /** Ends the server and removes its database and data folder. */
  abstract stop(): Promise<void>;

  /**
   * A client of this server; anonymous without an identity. The server's `stop` closes it.
   *
   *     server.client(new Identity())                         // onion v4, xchacha20
   *     server.client(undefined, 'plain')
   *     server.client(alice, 'onion-v3', { blinded: false })
   */
  client(
    identity?: Identity,
    transport?: Transport,
    options: Pick<SessionClientOptions, 'blinded' | 'patience'> = {},
  ): SessionClient {
    const client = new SessionClient({
      serverUrl: this.url,
      serverPublicKey: this.publicKey,
      identity,
      clock: this.ownClock,
      ...(transport && { transport }),
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  /**
   * As {@link plaza}, for a command that must succeed and has nothing to say on standard error.
   * @returns its standard output
   */
  async operate(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.plaza(...args);
    if (code !== 0 || stderr !== '') throw new Error(`plaza ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Runs the `plaza` command in this process with the server's settings, beside the server. */
  async plaza(...args: string[]): Promise<CommandResult> {
    const { runCommand } = await compiled<typeof program>('operation/cli/program.js');
    const { createLogger } = await compiled<typeof logging>('foundation/logging/create-logger.js');
    const [stdout, stderr] = [new TextSink(), new TextSink()];
    const log = await createLogger(SILENT, { fd: 2, isTerminal: false });
    const code = await runCommand(args, {
      origins: { environment: this.env, folder: this.dataDir },
      stdout,
      stderr,
      log,
      clock: this.ownClock ?? new Clock(),
      ...this.lending?.(log),
    });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Lends the command its services; without it each command opens its own. */
  protected lending?(log: Logger): Pick<CommandEnvironment, 'lend'>;

  /** Makes the server's key, as a first start does: without one, commands find no community. */
  async makeServerKey(): Promise<void> {
    await writeFile(join(this.dataDir, 'key_x25519'), randomBytes(32), { mode: 0o400 });
  }

  /** Creates a room by `plaza room add`. */
  async addRoom(token: string, { name = token, description }: NewRoom = {}): Promise<void> {
    const described = description === undefined ? [] : ['--description', description];
    await this.mustPlaza('room', 'add', token, '--name', name, ...described);
  }

  /** Appoints someone, known by their `05…` ID, by `plaza mod add`. */
  async addModerator(identity: Identity, { in: where, admin, hidden }: Appointment): Promise<void> {
    const scope = where === 'global' ? ['--global'] : ['--room', where];
    const visibility = hidden === undefined ? [] : [hidden ? '--hidden' : '--visible'];
    await this.mustPlaza(
      'mod',
      'add',
      identity.sessionId,
      ...scope,
      ...(admin ? ['--admin'] : []),
      ...visibility,
    );
  }

  /** Asks the server's database directly. The rows come as `pg` reads them: bigint as text, bytea as Buffer. */
  async sql(query: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
    this.pool ??= this.openPool();
    return (await this.pool.query<Record<string, unknown>>(query, parameters)).rows;
  }

  /**
   * Makes every room calm and forgets its raids. It takes the locks of the rooms, because the server may be changing
   * one.
   */
  async forgetRaids(): Promise<void> {
    await this.sql(
      `BEGIN; SELECT FROM rooms ORDER BY id FOR NO KEY UPDATE; DELETE FROM room_defences; COMMIT`,
    );
  }

  protected async readPublicKey(): Promise<void> {
    const keyFile = this.env.SERVER_KEY_FILE ?? join(this.dataDir, 'key_x25519');
    this.publicKey = Buffer.from(sodium.crypto_scalarmult_base(await readFile(keyFile))).toString('hex');
  }

  protected closeClients(): void {
    for (const client of this.clients) client.close();
  }

  protected async closePool(): Promise<void> {
    await this.pool?.end();
  }

  protected async removeTraces(): Promise<void> {
    await this.closePool();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private openPool(): Pool {
    const pool = new Pool({ connectionString: this.database.url, max: 2 });
    // `end` of the pool does not wait until connections are closed, so dropping the database may end them first.
    pool.on('error', () => undefined);
    return pool;
  }

  private async mustPlaza(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.plaza(...args);
    if (code !== 0) throw new Error(`plaza ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  }
}

/** Keeps what is written to it. */
class TextSink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
