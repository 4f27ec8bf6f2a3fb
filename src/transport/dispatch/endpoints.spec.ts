import 'reflect-metadata';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { type AnyEndpoint, ENDPOINT } from '../../auth/endpoint.js';
import { PROTOCOL_ROOTS } from './http-edge.service.js';

const SOURCES = fileURLToPath(new URL('../..', import.meta.url));

/** Every endpoint of protocol 5 and 6, by who may call it at all. */
const PROTOCOL = {
  anyone: [
    'GET /capabilities',
    'GET /room/:room',
    'GET /room/:room/file/:file',
    'GET /room/:room/file/:file/:filename',
    'GET /room/:room/message/:message',
    'GET /room/:room/messages/before/:message',
    'GET /room/:room/messages/recent',
    'GET /room/:room/messages/since/:seqno',
    'GET /room/:room/pollInfo/:infoUpdates',
    'GET /room/:room/reactors/:message/*',
    'GET /rooms',
    'POST /batch',
    'POST /sequence',
  ],
  'blinded user': [
    'DELETE /inbox',
    'GET /inbox',
    'GET /inbox/since/:message',
    'GET /outbox',
    'GET /outbox/since/:message',
  ],
  user: [
    'DELETE /room/:room/all/:author',
    'DELETE /room/:room/message/:message',
    'DELETE /room/:room/reaction/:message/*',
    'DELETE /room/:room/reactions/:message',
    'DELETE /room/:room/reactions/:message/*',
    'DELETE /rooms/all/:author',
    'GET /room/:room/futurePermissions',
    'GET /room/:room/futurePermissions/:user',
    'GET /room/:room/permissions',
    'GET /room/:room/permissions/:user',
    'POST /inbox/:recipient',
    'POST /room/:room/file',
    'POST /room/:room/futurePermissions/:user',
    'POST /room/:room/message',
    'POST /room/:room/permissions/:user',
    'POST /room/:room/pin/:message',
    'POST /room/:room/unpin/:message',
    'POST /room/:room/unpin/all',
    'POST /user/:user/ban',
    'POST /user/:user/moderator',
    'POST /user/:user/unban',
    'PUT /room/:room',
    'PUT /room/:room/message/:message',
    'PUT /room/:room/reaction/:message/*',
  ],
};

/** One method of a controller: an endpoint of the protocol, a route of Nest's, or neither. */
interface Handler {
  name: string;
  endpoint: AnyEndpoint | undefined;
  routes: string[] | undefined;
}

async function handlers(): Promise<Handler[]> {
  const files = (await readdir(SOURCES, { recursive: true })).filter((name) =>
    name.endsWith('.controller.ts'),
  );
  const modules: Record<string, unknown>[] = [];
  // One after another: Jest's loader trips over modules that parallel imports share.
  for (const file of files) modules.push((await import(`${SOURCES}/${file}`)) as Record<string, unknown>);
  return modules
    .flatMap((module) => Object.values(module))
    .filter((exported) => typeof exported === 'function' && Reflect.hasMetadata(PATH_METADATA, exported))
    .flatMap((controller) => handlersOf(controller as new () => object));
}

function handlersOf(controller: new () => object): Handler[] {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(controller.prototype));
  const prefix = String(Reflect.getMetadata(PATH_METADATA, controller));
  return methods
    .filter(([name]) => name !== 'constructor')
    .map(([name, { value }]) => {
      const paths = Reflect.getMetadata(PATH_METADATA, value as object) as string | string[] | undefined;
      return {
        name: `${controller.name}.${name}`,
        endpoint: Reflect.getMetadata(ENDPOINT, value as object) as AnyEndpoint | undefined,
        routes:
          paths === undefined
            ? undefined
            : [paths].flat().map((path) => `/${prefix}/${path}`.replace(/\/+/g, '/')),
      };
    });
}

function reaches(root: string, path: string): boolean {
  return root.endsWith('/*') ? path.startsWith(root.slice(0, -1)) : path === root;
}

describe('the endpoints of all controllers', () => {
  let all: Handler[];
  let endpoints: AnyEndpoint[];

  beforeAll(async () => {
    all = await handlers();
    endpoints = all.flatMap(({ endpoint }) => endpoint ?? []);
  });

  test('are those of the protocol, for those who may call them', () => {
    const declared = Object.fromEntries(
      Object.keys(PROTOCOL).map((kind) => [
        kind,
        endpoints
          .filter(({ caller }) => caller === kind)
          .map(({ method, path }) => `${method} ${path}`)
          .sort(),
      ]),
    );
    expect(declared).toEqual(PROTOCOL);
  });

  test('are declared by every method that a controller has', () => {
    expect(all.filter(({ endpoint, routes }) => !endpoint && !routes).map(({ name }) => name)).toEqual([]);
  });

  test('go through the dispatcher, except for those outside the protocol', () => {
    const around = all.flatMap(({ routes }) => routes ?? []);
    expect(around).toContain('/health/ready');
    for (const path of around) expect(PROTOCOL_ROOTS.filter((root) => reaches(root, path))).toEqual([]);
  });

  test('can be reached over plain HTTP, too', () => {
    const unreachable = endpoints.filter(({ path }) => !PROTOCOL_ROOTS.some((root) => reaches(root, path)));
    expect(unreachable.map(({ path }) => path)).toEqual([]);
  });

  test('let only people write who have proved a key, except for the elements of a batch', () => {
    const open = endpoints.filter(({ method, caller }) => caller === 'anyone' && method !== 'GET');
    expect(open.map(({ path }) => path).sort()).toEqual(['/batch', '/sequence']);
  });

  test('say how they take effect once, unless they are a GET', () => {
    for (const { method, path, repeats } of endpoints) {
      expect({ path, says: repeats !== undefined }).toEqual({ path, says: method !== 'GET' });
    }
    const others = endpoints.filter(({ repeats }) => repeats !== undefined && repeats !== 'transaction');
    expect(others.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /rooms/all/:author',
      'POST /batch',
      'POST /room/:room/message',
      'POST /sequence',
    ]);
  });

  test('say what they do in one line, and check every parameter of their path', () => {
    for (const { path, summary, params } of endpoints) {
      expect(summary).toMatch(/^[A-Z][^\n]{8,}[^.\s]$/);
      if (/[:*]/.test(path)) expect(params).toBeDefined();
    }
  });
});
