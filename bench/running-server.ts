import * as z from 'zod';
import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { usageOf } from './processes.js';
import { type OutsideMeasurement, speedOf } from './report.js';
import { type RoomSituation, type Situation, WORKLOADS } from './workloads.js';

const hexKey = z.string().regex(/^[0-9a-f]{64}$/i, '--public-key is 64 hex digits');
const list = z.string().transform((text) => text.split(','));

/** The options of a run against a server, of any make, that listens already. */
export const runningServerSchema = z.object({
  against: z
    .url({ protocol: /^http$/, error: '--against is an http:// URL' })
    .transform((url) => new URL(url)),
  'public-key': hexKey.transform((hex) => Buffer.from(hex, 'hex')),
  rooms: list,
  workloads: list,
  rounds: z.coerce.number().int().positive(),
  members: z.coerce.number().int().positive(),
  connections: z.coerce.number().int().positive(),
  seconds: z.coerce.number().positive(),
  'enc-type': z.enum(['xchacha20', 'aes-gcm']),
  process: z.coerce.number().int().positive().optional(),
});

export type RunningServer = z.infer<typeof runningServerSchema>;

/** Workloads that need nothing prepared on the server but rooms and messages; the first makes everyone known. */
const WORKLOADS_ANYWHERE = WORKLOADS.filter(({ name }) => name === 'a' || name === 'f');
const roomSchema = z.object({ message_sequence: z.number(), info_updates: z.number() });
const messagesSchema = z.array(z.object({ id: z.number() }));

/**
 * Has everyone poll once, so that no first visit is measured, then measures the workloads that were chosen.
 * @throws Error when the server refuses a request or has no such room.
 */
export async function measureRunningServer(
  sodium: Sodium,
  server: RunningServer,
): Promise<OutsideMeasurement[]> {
  const addresses = [{ host: server.against.hostname, port: Number(server.against.port || 80) }];
  const crowd: Crowd = new Crowd(
    sodium,
    { ...server, addresses, publicKey: server['public-key'], encType: server['enc-type'] },
    () => situation(crowd, server.rooms),
  );
  await crowd.learnKeepAlive();
  const [poll] = WORKLOADS_ANYWHERE;
  if (poll) await crowd.run(poll, { requests: server.members });
  const measurements: OutsideMeasurement[] = [];
  for (const workload of WORKLOADS_ANYWHERE) {
    if (!server.workloads.includes(workload.name)) continue;
    for (let round = 0; round < server.rounds; round++) {
      await crowd.run(workload, { seconds: server.seconds / 2 });
      const before = await cpuSeconds(server.process);
      const load = await crowd.run(workload, { seconds: server.seconds });
      const used = (await cpuSeconds(server.process)) - before;
      const cpu = server.process === undefined ? undefined : (used * 1000) / load.requests;
      measurements.push({ ...speedOf(workload, load), cpu });
    }
  }
  crowd.close();
  return measurements;
}

async function cpuSeconds(process: number | undefined): Promise<number> {
  return process === undefined ? 0 : (await usageOf(process)).cpuSeconds;
}

async function situation(crowd: Crowd, tokens: readonly string[]): Promise<Situation> {
  const get = async (path: string): Promise<unknown> =>
    JSON.parse(String(await crowd.ask(() => ({ method: 'GET', path }))));
  const rooms: RoomSituation[] = [];
  for (const token of tokens) {
    const room = roomSchema.parse(await get(`/room/${token}`));
    rooms.push({ token, seqno: room.message_sequence, infoUpdates: room.info_updates });
  }
  const messages = messagesSchema.parse(await get(`/room/${tokens[0] ?? ''}/messages/recent?limit=100`));
  return { rooms, fileId: 0, messageIds: messages.map(({ id }) => id) };
}
