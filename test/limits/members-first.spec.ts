import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const OF_EACH = 10;
/** Milliseconds for which each turn of the event loop is taken up by something else. */
const WORK = 160;

let server: OpenServer;
let actors: Actors;

beforeAll(async () => {
  server = await openServer();
  actors = new Actors(server, 'lobby');
});

afterAll(() => server.stop());

/** Keeps the event loop of the server busy until the work is done. */
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const busy = setInterval(() => {
    const until = performance.now() + WORK;
    while (performance.now() < until);
  }, 1);
  try {
    await new Promise((resolve) => setTimeout(resolve, 2 * WORK));
    return await work();
  } finally {
    clearInterval(busy);
  }
}

function averagePlace(served: readonly string[], wanted: string): number {
  const places = served.flatMap((who, place) => (who === wanted ? [place] : []));
  return places.reduce((sum, place) => sum + place, 0) / places.length;
}

it('a busy server serves members before strangers and pages, and all of them in the end', async () => {
  const members = actors.crowd(OF_EACH);
  // A post makes a row at once; a poll does some time later.
  await Promise.all(members.map(async (member) => (await member.postMessage('lobby', 'hello')).expect(201)));
  await Promise.all(members.map((member) => member.pollInfo('lobby')));
  const strangers = Array.from({ length: OF_EACH }, () => server.client(new Identity()));
  // All have their connections already.
  await Promise.all(strangers.map((stranger) => stranger.capabilities()));
  await Promise.all(strangers.map(() => fetch(`${server.url}/r/lobby`)));
  const served: string[] = [];
  const note = async (who: string, answer: Promise<{ status: number }>): Promise<number> => {
    const { status } = await answer;
    served.push(who);
    return status;
  };

  const statuses = await whileBusy(() =>
    Promise.all([
      ...strangers.map((stranger) => note('stranger', stranger.pollInfo('lobby'))),
      ...strangers.map(() => note('page', fetch(`${server.url}/r/lobby`))),
      ...members.map((member) => note('member', member.pollInfo('lobby'))),
    ]),
  );

  expect(statuses).toEqual(Array.from({ length: 3 * OF_EACH }, () => 200));
  // Some come before it is noticed how late the process is, and the client has the same event loop: so it goes by averages.
  expect(averagePlace(served, 'member')).toBeLessThan(averagePlace(served, 'stranger'));
  expect(averagePlace(served, 'member')).toBeLessThan(averagePlace(served, 'page') - OF_EACH / 2);
});

it('a server with little to do makes nobody wait', async () => {
  const startedAt = performance.now();
  const { status } = await server.client(new Identity()).pollInfo('lobby');
  expect(status).toBe(200);
  expect((await fetch(`${server.url}/r/lobby`)).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});
