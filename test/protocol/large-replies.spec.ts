import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { sealOnion } from '../client/onion.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Bytes; the server keeps the memory of one such reply for the next, whichever of them it is. */
const SIZES = [1_700_000, 1_800_000, 1_900_000];
const ROUNDS = 3;
const IN_A_ROW = 4;

interface UploadedFile {
  id: number;
  bytes: Buffer;
}

let server: OpenServer;
let actors: Actors;
let files: UploadedFile[];

beforeAll(async () => {
  server = await openServer();
  actors = new Actors(server, 'lobby', 'onion-v4-xchacha20');
  files = await Promise.all(
    SIZES.map(async (size) => {
      const bytes = randomBytes(size);
      return { bytes, id: (await actors.alice.upload('lobby', bytes)).expect(201).json.id };
    }),
  );
  (await actors.alice.postMessage('lobby', 'look', { files: files.map(({ id }) => id) })).expect(201);
});

afterAll(() => server.stop());

/** The body of the HTTP answer that a client has received first, and what it has received after it. */
function firstAnswer(received: Buffer): [body: Buffer, rest: Buffer] {
  const start = received.indexOf('\r\n\r\n') + 4;
  const length = /content-length: (\d+)/.exec(received.toString('latin1', 0, start));
  const end = start + Number(length?.[1]);
  return [received.subarray(start, end), received.subarray(end)];
}

/**
 * A client on a slow line that asks for a file several times in a row, and does not read the replies yet: more than
 * the kernel takes, so the server has to hold what is left.
 */
async function ask(
  { id, bytes }: UploadedFile,
  cipher: 'xchacha20' | 'aes-gcm',
): Promise<{ socket: Socket; getsAllWhole: () => Promise<boolean> }> {
  const meta = JSON.stringify({ method: 'GET', endpoint: `/room/lobby/file/${id}`, headers: {} });
  const request = sealOnion(Buffer.from(`l${meta.length}:${meta}e`), server.publicKey, { cipher });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  for (let count = 1; count <= IN_A_ROW; count += 1) {
    const connection = count < IN_A_ROW ? 'keep-alive' : 'close';
    socket.write(
      `POST /oxen/v4/lsrpc HTTP/1.1\r\nHost: plaza\r\nConnection: ${connection}\r\nContent-Length: ${request.body.length}\r\n\r\n`,
    );
    socket.write(request.body);
  }
  await once(socket, 'readable');
  return {
    socket,
    async getsAllWhole() {
      let rest: Buffer = Buffer.concat((await socket.toArray()) as Buffer[]);
      for (let count = 1; count <= IN_A_ROW; count += 1) {
        const [body, following] = firstAnswer(rest);
        if (
          !Buffer.from(request.open(body))
            .subarray(-bytes.length - 1, -1)
            .equals(bytes)
        )
          return false;
        rest = following;
      }
      return rest.length === 0;
    },
  };
}

async function downloads(): Promise<boolean> {
  const replies = await Promise.all(
    files.map(async ({ id, bytes }) => (await actors.bob.download('lobby', id)).bytes.equals(bytes)),
  );
  return replies.every(Boolean);
}

test.each(['xchacha20', 'aes-gcm'] as const)(
  'large %s replies that are read slowly arrive unchanged, whatever others get and whoever leaves meanwhile',
  async (cipher) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const slow = await Promise.all(files.map((file) => ask(file, cipher)));
      const leaving = await Promise.all(files.map((file) => ask(file, cipher)));
      expect(await downloads()).toBe(true);
      for (const { socket } of leaving) socket.destroy();
      expect(await downloads()).toBe(true);
      expect(await Promise.all(slow.map((client) => client.getsAllWhole()))).toEqual([true, true, true]);
    }
  },
);
