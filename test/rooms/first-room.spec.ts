import type * as rooms from '../../src/rooms/rooms.service.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { RoomsService } = await compiled<typeof rooms>('rooms/rooms.service.js');

let server: OpenServer;

beforeAll(async () => {
  server = await openServer({ env: { FIRST_ROOM: '' } });
});

afterAll(() => server.stop());

it('newcomers are sent to the room that is named, or else to the oldest', async () => {
  const service = server.get(RoomsService);
  expect(await service.openFirst(undefined)).toBeUndefined();
  await server.addRoom('zebra');
  await server.addRoom('apple');
  expect(await service.openFirst(undefined)).toBe('zebra');
  expect(await service.openFirst('apple')).toBe('apple');
  expect(await service.openFirst('lobby')).toBe('zebra');
});
