import 'reflect-metadata';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { type AnyEndpoint, ENDPOINT } from './endpoint.js';
import { ONION_PATHS } from './inner-request.js';
import { PROTOCOL_ROOTS } from './http-edge.service.js';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));

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

  test('are found', () => {
    expect(endpoints.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining(['GET /capabilities', 'POST /batch', 'POST /room/:room/message']),
    );
  });

  test('are declared by every method that a controller has', () => {
    expect(all.filter(({ endpoint, routes }) => !endpoint && !routes).map(({ name }) => name)).toEqual([]);
  });

  test('go through the dispatcher, but for onion requests and what is not of the protocol', () => {
    const around = all.flatMap(({ routes }) => routes ?? []);
    expect(around).toEqual(expect.arrayContaining(Object.values(ONION_PATHS)));
    for (const path of around) expect(PROTOCOL_ROOTS.filter((root) => reaches(root, path))).toEqual([]);
  });

  test('can be reached over plain HTTP, too', () => {
    const unreachable = endpoints.filter(({ path }) => !PROTOCOL_ROOTS.some((root) => reaches(root, path)));
    expect(unreachable.map(({ path }) => path)).toEqual([]);
  });

  test('are declared once each', () => {
    const names = endpoints.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are open to anyone only for reading and for batches', () => {
    const open = endpoints.filter(({ method, caller }) => method !== 'GET' && caller === 'anyone');
    expect(open.map(({ path }) => path).sort()).toEqual(['/batch', '/sequence']);
  });

  test('are for blinded users where direct messages are read', () => {
    const boxes = endpoints.filter(({ method, path }) => method !== 'POST' && /^\/(in|out)box/.test(path));
    expect(boxes.length).toBeGreaterThan(0);
    expect(new Set(boxes.map(({ caller }) => caller))).toEqual(new Set(['blinded user']));
  });

  test('say what they do in one line, and check every parameter of their path', () => {
    for (const { path, summary, params } of endpoints) {
      expect(summary).toMatch(/^[A-Z][^\n]{8,}[^.\s]$/);
      if (/[:*]/.test(path)) expect(params).toBeDefined();
    }
  });
});
