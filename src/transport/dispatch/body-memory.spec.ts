import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ArrivingBody } from './arriving-body.js';
import { BodyMemory } from './body-memory.js';

const LIMIT = 1000;
const IMPATIENT = (): void => {
  throw new Error('No body loses patience here');
};

let memory: BodyMemory;
let streams: IncomingMessage[];
let bodies: ArrivingBody[];

beforeEach(() => {
  memory = new BodyMemory(LIMIT);
  streams = [];
  bodies = [];
});

afterEach(() => {
  for (const body of bodies) memory.ended(body);
  for (const stream of streams) stream.destroy();
});

function arrive(bytes: number): ArrivingBody {
  const stream = new IncomingMessage(new Socket());
  streams.push(stream);
  const body = new ArrivingBody(stream, () => {
    throw new Error('No body is dropped here');
  });
  bodies.push(body);
  memory.take(body, Buffer.alloc(bytes), IMPATIENT);
  return body;
}

/** The bodies that wait, in the order in which they arrived. */
function waiting(): boolean[] {
  return streams.map((stream) => stream.isPaused());
}

it('bodies are received side by side as long as there is memory', () => {
  arrive(400);
  arrive(600);
  expect(waiting()).toEqual([false, false]);
});

it('one body is read beyond the limit, and the next one only when that one has been answered', () => {
  const first = arrive(1500);
  const second = arrive(100);
  const third = arrive(100);
  expect(waiting()).toEqual([false, true, true]);
  memory.ended(first);
  expect(waiting()).toEqual([false, true, true]);
  memory.giveBack(first);
  expect(waiting()).toEqual([false, false, false]);
  for (const body of [second, third]) {
    memory.ended(body);
    memory.giveBack(body);
  }
  expect(memory.inUse).toBe(0);
});

it('a body that is refused gives its turn to the next one', () => {
  arrive(900);
  const second = arrive(600);
  arrive(500);
  expect(waiting()).toEqual([false, false, true]);
  memory.ended(second);
  memory.giveBack(second);
  expect(waiting()).toEqual([false, false, false]);
});

it('memory that was given back is collected once it is as much as may be used', async () => {
  let collected = 0;
  memory = new BodyMemory(LIMIT, () => (collected += 1));
  for (const [bytes, expected] of [
    [400, 0],
    [700, 1],
    [400, 1],
    [600, 2],
  ] as const) {
    const body = arrive(bytes);
    memory.ended(body);
    memory.giveBack(body);
    await new Promise(setImmediate);
    expect(collected).toBe(expected);
  }
});
