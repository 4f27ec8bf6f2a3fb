import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { Premises } from '../support/plaza-process.js';

let premises: Premises;
let url: string;

beforeAll(async () => {
  premises = await Premises.make();
  url = await premises.start({ UPLOAD_MAX_BYTES: '1024', MESSAGE_MAX_BYTES: '1024' }).url();
});

afterAll(() => premises.clear());

async function check(name: 'live' | 'ready'): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/health/${name}`);
  return { status: response.status, text: await response.text() };
}

async function becomesUnready(reason: string): Promise<void> {
  await eventually(async () => {
    expect(await check('ready')).toEqual({ status: 503, text: `Not ready: ${reason}` });
  });
  expect((await check('live')).status).toBe(200);
}

async function becomesReady(): Promise<void> {
  await eventually(async () => {
    expect(await check('ready')).toEqual({ status: 200, text: 'ready' });
  });
}

async function sql(statement: string): Promise<void> {
  const client = new pg.Client(premises.database.url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

it('a server with its database is live and ready', async () => {
  expect((await check('live')).status).toBe(200);
  await becomesReady();
});

it('a body that is larger than any file or message is refused with 413', async () => {
  const post = async (bytes: number): Promise<number> =>
    (await fetch(`${url}/oxen/v4/lsrpc`, { method: 'POST', body: Buffer.alloc(bytes) })).status;
  expect(await post(60_000)).toBe(400);
  expect(await post(80_000)).toBe(413);
});

it('a server whose folder is missing is not ready until it is back', async () => {
  const folder = join(premises.dataDir, 'uploads');
  await rename(folder, `${folder}-elsewhere`);
  await becomesUnready('DATA_DIR can not be written to');
  await rename(`${folder}-elsewhere`, folder);
  await becomesReady();
});

it('a server whose database is older than itself is not ready', async () => {
  const last = `(SELECT max(id) FROM migrations)`;
  await sql(`UPDATE migrations SET name = 'lost ' || name WHERE id = ${last}`);
  await eventually(async () => {
    expect((await check('ready')).text).toMatch(
      /^Not ready: the database lacks the migration \w+: restart Plaza$/,
    );
  });
  await sql(`UPDATE migrations SET name = substr(name, 6) WHERE id = ${last}`);
  await becomesReady();
});

it('a server with too little space left is not ready', async () => {
  const full = await Premises.make();
  try {
    const server = await full.start({ MIN_FREE_DISK_BYTES: '900000000000000' }).url();
    const response = await fetch(`${server}/health/ready`);
    expect(await response.text()).toBe('Not ready: DATA_DIR has less than MIN_FREE_DISK_BYTES free');
    expect(response.status).toBe(503);
  } finally {
    await full.clear();
  }
});

it('a server that has lost its database is live but not ready', async () => {
  await premises.database.drop();
  await becomesUnready('the database does not answer');
});
