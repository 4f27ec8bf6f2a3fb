import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { Premises, type RunningProcess } from '../support/plaza-process.js';

let premises: Premises;
let server: RunningProcess;
let url: string;

beforeEach(async () => {
  premises = await Premises.make({ migrated: true });
  server = premises.start({ WORKERS: '2' });
  url = await server.url();
});

afterEach(() => premises.clear());

async function isReady(): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).ok;
}

async function refusesConnections(): Promise<boolean> {
  try {
    // A connection that is made while the port closes may stay unanswered until the server has gone.
    await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(500) });
    return false;
  } catch (error) {
    return (error as Error).name !== 'TimeoutError';
  }
}

interface Requests {
  /** How many have neither been answered nor lost their connection. */
  waiting(): number;
  /** The status of each answer; 0 for a lost connection. */
  statuses: Promise<number[]>;
}

/** Makes so many requests at once, each over a connection of its own. */
function beginMany(count: number): Requests {
  let waiting = count;
  const ask = async (): Promise<number> => {
    try {
      return (await fetch(`${url}/health/live`, { headers: { connection: 'close' } })).status;
    } catch {
      return 0;
    } finally {
      waiting -= 1;
    }
  };
  return { waiting: () => waiting, statuses: Promise.all(Array.from({ length: count }, ask)) };
}

/** Begins a request of which the last three bytes of the body are still to come. */
async function beginRequest(): Promise<{ socket: Socket; received: () => string }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write('POST /oxen/v4/lsrpc HTTP/1.1\r\nHost: plaza\r\nContent-Length: 6\r\n\r\nabc');
  return { socket, received: () => text };
}

it('a worker that dies is replaced while the others go on', async () => {
  const [victim, survivor] = await server.workers();
  if (victim === undefined || survivor === undefined) throw new Error('There are not two workers');
  process.kill(victim, 'SIGKILL');
  await eventually(async () => {
    const workers = await server.workers();
    return workers.length === 2 && !workers.includes(victim) && workers.includes(survivor);
  });
  expect(await isReady()).toBe(true);
});

it('a connection that was passed to a worker which died before it took it goes to another one', async () => {
  const [victim = 0] = await server.workers();
  process.kill(victim, 'SIGSTOP');
  const requests = beginMany(8);
  // The supervisor passes one connection to a worker that does not answer, and the rest to the other.
  await eventually(() => requests.waiting() === 1);
  process.kill(victim, 'SIGKILL');
  expect(await requests.statuses).toEqual(Array(8).fill(200));
});

it('nobody waits for workers that died, all of them, before they took a connection', async () => {
  const victims = await server.workers();
  for (const victim of victims) process.kill(victim, 'SIGSTOP');
  const requests = beginMany(8);
  await sleep(300);
  for (const victim of victims) process.kill(victim, 'SIGKILL');
  await eventually(() => requests.waiting() === 0);
});

it('a server ends at SIGTERM also while a worker starts, the first one or one that takes the place of another', async () => {
  const [victim = 0] = await server.workers();
  process.kill(victim, 'SIGKILL');
  await eventually(async () => (await server.workers()).length === 2);
  expect((await server.end()).code).toBe(0);

  const starting = premises.start({ WORKERS: '2' });
  await eventually(async () => (await starting.workers()).length > 0);
  expect(await starting.end()).toMatchObject({ code: 0, stderr: '' });
  expect(starting.stdout).not.toContain('Plaza is open');
});

it('all workers may die at once and come back on the same port', async () => {
  const before = await server.workers();
  for (const worker of before) process.kill(worker, 'SIGKILL');
  await eventually(async () => {
    const workers = await server.workers();
    return workers.length === 2 && !workers.some((worker) => before.includes(worker)) && (await isReady());
  });
});

it('a server whose workers can not be replaced gives up and says why', async () => {
  const keyFile = join(premises.dataDir, 'key_x25519');
  await chmod(keyFile, 0o644);
  for (const worker of await server.workers()) process.kill(worker, 'SIGKILL');
  const { code, stderr } = await server.ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`plaza: The server key ${keyFile} is open to other users (mode 0644)`);
});

it('no worker outlives a supervisor that was killed', async () => {
  const workers = await server.workers();
  await server.end('SIGKILL');
  await eventually(() => workers.every((worker) => !isAlive(worker)));
});

it.each(['SIGTERM', 'SIGINT'] as const)('a request that runs at %s is still answered', async (signal) => {
  const { socket, received } = await beginRequest();
  expect(await isReady()).toBe(true);
  const ended = server.end(signal);
  await eventually(refusesConnections);
  expect(received()).toBe('');
  socket.write('def');
  await once(socket, 'close');
  const { code } = await ended;
  expect(received()).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(code).toBe(0);
});

it('a client that never ends its request does not delay the stop for ever', async () => {
  const { socket } = await beginRequest();
  socket.on('error', () => undefined);
  expect(await isReady()).toBe(true);
  const { code } = await server.end('SIGTERM');
  expect(code).toBe(0);
});

it.each(['SIGINT', 'SIGKILL'] as const)(
  'a stop in which workers end by themselves (%s), as on Ctrl-C in a terminal, is clean too',
  async (signal) => {
    const workers = await server.workers();
    const ended = server.end('SIGINT');
    for (const worker of workers) process.kill(worker, signal);
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('"level":"error"');
  },
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
