import * as z from 'zod';
import { type AnyEndpoint } from '../../auth/endpoint.js';
import { catalogue } from '../../foundation/errors/catalogue.js';
import { ONION_PATH_DOCUMENTS } from './onion-paths.js';

type JsonObject = Record<string, unknown>;

/** The parts of the API reference that differ from server to server. */
export interface ApiServer {
  publicUrl: string;
  version: string;
}

const AUTHENTICATION = {
  pubkey: 'X-SOGS-Pubkey',
  nonce: 'X-SOGS-Nonce',
  timestamp: 'X-SOGS-Timestamp',
  signature: 'X-SOGS-Signature',
};

/** The OpenAPI 3.1 document of all endpoints, made from the schemas that check their requests. */
export function openApiDocument(endpoints: readonly AnyEndpoint[], server: ApiServer): JsonObject {
  const paths: Record<string, JsonObject> = { ...ONION_PATH_DOCUMENTS };
  for (const endpoint of endpoints) {
    const path = templateOf(endpoint);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plaza',
      version: server.version,
      description:
        'The Session community protocol. Clients send every request inside an onion request; each endpoint ' +
        'also answers plain HTTP.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server.publicUrl }],
    paths,
    components: {
      securitySchemes: Object.fromEntries(
        Object.entries(AUTHENTICATION).map(([name, header]) => [
          name,
          { type: 'apiKey', in: 'header', name: header },
        ]),
      ),
    },
  };
}

/** `/room/:room/reaction/:message/*` as OpenAPI writes it: `/room/{room}/reaction/{message}/{rest}`. */
export function templateOf({ path }: Pick<AnyEndpoint, 'path'>): string {
  return path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, `{${REST}}`);
}

const REST = 'rest';

function operation(endpoint: AnyEndpoint): JsonObject {
  const { method, path, caller, summary, query, body } = endpoint;
  const signed = Object.fromEntries(Object.keys(AUTHENTICATION).map((name) => [name, []]));
  return {
    operationId: `${method.toLowerCase()}${path.replace(/\*$/, REST).replace(/\W+(\w?)/g, (_match, letter: string) => letter.toUpperCase())}`,
    summary,
    security: caller === 'anyone' ? [{}, signed] : [signed],
    parameters: [...pathParameters(endpoint), ...parameters('query', query)],
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: responses(endpoint),
  };
}

function pathParameters({ path, params }: AnyEndpoint): JsonObject[] {
  const known = new Map(parameters('path', params).map((parameter) => [parameter.name, parameter]));
  return [...templateOf({ path }).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...(known.get(name === REST ? '*' : name) ?? { schema: { type: 'string' } }),
    name,
    in: 'path',
    required: true,
  }));
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): JsonObject[] {
  const { properties = {}, required = [] } = schema ? jsonSchema(schema) : {};
  return Object.entries(properties as JsonObject).map(([name, property]) => ({
    name,
    in: place,
    required: (required as string[]).includes(name),
    schema: property,
  }));
}

function contentOf(body: z.ZodType | 'bytes'): JsonObject {
  return body === 'bytes'
    ? {
        'application/octet-stream': {
          schema: { type: 'string', contentMediaType: 'application/octet-stream' },
        },
      }
    : { 'application/json': { schema: jsonSchema(body) } };
}

function jsonSchema(schema: z.ZodType): JsonObject {
  const described: JsonObject = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // The dialect is OpenAPI's own.
  delete described.$schema;
  return described;
}

function responses({ answers, body }: AnyEndpoint): JsonObject {
  // Every endpoint may answer these: malformed or wrong X-SOGS headers, a ban, too many requests, a database that is away.
  const always = [400, 401, 403, 425, 429, 500, 503, ...(body ? [413] : [])];
  const statuses = new Set([...answers, ...always]);
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [String(status), status < 400 ? success(status) : failure(status)]),
  );
}

function success(status: number): JsonObject {
  if (status === 304) return { description: 'Nothing new; the body is empty.' };
  return { description: 'Done.', content: { 'application/json': { schema: {} } } };
}

function failure(status: number): JsonObject {
  const reasons = Object.values(catalogue).flatMap(([code, reason]) => (code === status ? [reason] : []));
  const description = reasons.length > 0 ? `${reasons.join('. ')}.` : 'Refused.';
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}
