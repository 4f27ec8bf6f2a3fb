import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openServer, type OpenServer } from '../support/open-server.js';

interface Operation {
  summary: string;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
  responses: Record<string, { description: string }>;
}

interface OpenApi {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

/** Every method and path that a controller declares with @Endpoint, read from the sources. */
async function declaredEndpoints(): Promise<string[]> {
  const files = await readdir('src', { recursive: true });
  const found: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.controller.ts'))) {
    const source = await readFile(join('src', file), 'utf8');
    for (const [, method, path] of source.matchAll(/method: '(\w+)',\s+path: '([^']+)'/g)) {
      found.push(`${method} ${path}`);
    }
  }
  return found;
}

const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}');

describe('the API reference', () => {
  let server: OpenServer;
  let document: OpenApi;

  beforeAll(async () => {
    server = await openServer();
    document = (await (await fetch(`${server.url}/docs`)).json()) as OpenApi;
  });

  afterAll(async () => {
    await server.stop();
  });

  it('is an OpenAPI 3.1 document of this server', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: server.url }]);
  });

  it('has every endpoint that a controller declares', async () => {
    const declared = await declaredEndpoints();
    expect(declared.length).toBeGreaterThan(10);
    for (const endpoint of declared) {
      const [method = '', path = ''] = endpoint.split(' ');
      expect([endpoint, document.paths[templateOf(path)]]).toEqual([
        endpoint,
        expect.objectContaining({ [method.toLowerCase()]: expect.anything() as unknown }),
      ]);
    }
  });

  it('has the onion endpoints', () => {
    for (const path of ['/oxen/v4/lsrpc', '/oxen/v3/lsrpc', '/loki/v3/lsrpc']) {
      expect(document.paths[path]?.post).toBeDefined();
    }
  });

  it('describes each parameter in a path and each answer', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const operation of Object.values(operations)) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(described.map(({ name }) => name)).toEqual(named);
        expect(Object.values(operation.responses).every(({ description }) => description !== '')).toBe(true);
      }
    }
  });

  it('tells of each endpoint how every request may be refused', () => {
    for (const operations of Object.values(document.paths)) {
      for (const { responses } of Object.values(operations)) {
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '429', '503']));
      }
    }
    const post = document.paths['/room/{room}/message']?.post?.responses ?? {};
    expect(Object.keys(post)).toEqual(
      expect.arrayContaining(['201', '401', '403', '404', '413', '425', '429']),
    );
  });

  it('takes bodies and queries from the schemas that check them', () => {
    const post = document.paths['/room/{room}/message']?.post;
    expect(post?.requestBody?.content['application/json']?.schema.properties).toHaveProperty('signature');
    const since = document.paths['/room/{room}/messages/since/{seqno}']?.get;
    expect(
      since?.parameters?.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    ).toEqual(['limit', 'reactors', 't']);
  });
});

describe('a server with API_DOCS off', () => {
  it('has no API reference', async () => {
    const server = await openServer({ env: { API_DOCS: 'false' } });
    try {
      expect((await fetch(`${server.url}/docs`)).status).toBe(404);
    } finally {
      await server.stop();
    }
  });
});
