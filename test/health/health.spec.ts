import { eventually } from '../support/eventually.js';
import { Premises } from '../support/plaza-process.js';

let premises: Premises;
let url: string;

beforeAll(async () => {
  premises = await Premises.make();
  url = await premises.start({ UPLOAD_MAX_BYTES: '1024', MESSAGE_MAX_BYTES: '1024' }).url();
});

afterAll(() => premises.clear());

async function statusOf(check: 'live' | 'ready'): Promise<number> {
  return (await fetch(`${url}/health/${check}`)).status;
}

it('a server with its database is live and ready', async () => {
  expect(await statusOf('live')).toBe(200);
  expect(await statusOf('ready')).toBe(200);
});

it('a body beyond what a file or message can need is refused with 413', async () => {
  const post = async (bytes: number): Promise<number> =>
    (await fetch(`${url}/oxen/v4/lsrpc`, { method: 'POST', body: Buffer.alloc(bytes) })).status;
  expect(await post(60_000)).toBe(400);
  expect(await post(80_000)).toBe(413);
});

it('a server that has lost its database is live but not ready', async () => {
  await premises.database.drop();
  await eventually(async () => (await statusOf('ready')) === 503);
  expect(await statusOf('live')).toBe(200);
});
