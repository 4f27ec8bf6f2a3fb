/** An endpoint as the API reference tells it. */
export interface ReferenceEntry {
  id: string;
  method: string;
  path: string;
  summary: string;
  /** Whether a request must be signed. */
  signed: boolean;
  parameters: { name: string; place: string; required: boolean; type: string }[];
  /** JSON schema of the body, or its content type; undefined without one. */
  body: string | undefined;
  answers: { status: string; description: string }[];
}

/** The part of an OpenAPI document that pages show. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, unknown>>;
}

interface Operation {
  operationId?: string;
  summary?: string;
  security?: object[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    schema?: { type?: unknown; enum?: unknown[] };
  }[];
  requestBody?: { content: Record<string, { schema?: unknown }> };
  responses?: Record<string, { description: string }>;
}

/** The endpoints of an OpenAPI document, in its order. */
export function referenceOf({ paths }: OpenApiDocument): ReferenceEntry[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, Operation>).map(([method, operation]) =>
      entryOf(path, method, operation),
    ),
  );
}

function entryOf(path: string, method: string, operation: Operation): ReferenceEntry {
  const { operationId = `${method}${path}`, summary = '', security = [], parameters = [] } = operation;
  return {
    id: operationId.replace(/\W/g, '-'),
    method: method.toUpperCase(),
    path,
    summary,
    signed: security.length > 0 && !security.some((way) => Object.keys(way).length === 0),
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      place: parameter.in,
      required: parameter.required === true,
      type: typeOf(parameter.schema),
    })),
    body: bodyOf(operation.requestBody),
    answers: Object.entries(operation.responses ?? {}).map(([status, { description }]) => ({
      status,
      description,
    })),
  };
}

function typeOf(schema: { type?: unknown; enum?: unknown[] } | undefined): string {
  if (schema?.enum) return schema.enum.map(String).join(' | ');
  return typeof schema?.type === 'string' ? schema.type : 'string';
}

function bodyOf(body: Operation['requestBody']): string | undefined {
  const [first] = Object.entries(body?.content ?? {});
  if (!first) return undefined;
  const [type, { schema }] = first;
  return schema === undefined || type !== 'application/json' ? type : JSON.stringify(schema, null, 2);
}
