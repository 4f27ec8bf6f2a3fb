import { SetMetadata } from '@nestjs/common';
import { type z } from 'zod';
import { type Transaction } from '../database/database.js';
import { type Eventual } from '../eventual.js';
import { type User } from '../users/user.js';
import { type InnerRequest, type Method, type RequestBody } from './inner-request.js';
import { type Reply } from './reply.js';

/** Who may call an endpoint at all; rooms add their own permissions in the services. */
export type CallerKind = 'anyone' | 'user' | 'blinded user';

/** The caller as a handler sees it: null only where anyone may call. */
export type CallerOf<Kind extends CallerKind> = Kind extends 'anyone' ? User | null : User;

/**
 * Runs the write of a request in one transaction: what `work` writes is committed, or nothing is. On a conflict with
 * another transaction `work` runs again from its start, so what it does outside of the transaction belongs into
 * `tx.afterCommit`, before it, or after it.
 * @returns what `work` returned
 * @throws whatever `work` threw
 */
export type Once = (work: (tx: Transaction) => Promise<Reply>) => Promise<Reply>;

/** What a handler gets: already authenticated and checked against the endpoint's schemas. */
export interface Call<Kind extends CallerKind, Params = unknown, Query = unknown, Body = unknown> {
  caller: CallerOf<Kind>;
  params: Params;
  query: Query;
  body: Body;
  request: InnerRequest;
  once: Once;
}

/**
 * One endpoint of the protocol, declared beside its handler. There is no endpoint without a `caller`: who may
 * call is always said.
 */
export interface EndpointDefinition<Kind extends CallerKind, Params, Query, Body> {
  method: Method;
  /** A find-my-way pattern over the decoded path: `:name` for a segment, a last `*` for the rest. */
  path: string;
  caller: Kind;
  /** One line for the API reference. */
  summary: string;
  /** Statuses besides 400 and 401 that it answers, for the API reference. */
  answers: readonly number[];
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  /** Schema of a JSON body, or `'bytes'` for a raw one; without it a body is ignored. */
  body?: z.ZodType<Body> | 'bytes';
}

/** The handler of an endpoint, as the dispatcher calls it. */
export type Handler = (call: Call<CallerKind>) => Eventual<Reply>;

/** An endpoint as the dispatcher knows it. */
export type AnyEndpoint = EndpointDefinition<CallerKind, unknown, unknown, unknown>;

/** Metadata key under which a handler carries its definition. */
export const ENDPOINT = Symbol('plaza:endpoint');

/**
 * Declares a controller's method as the handler of an endpoint; the method's parameter is checked against the
 * schemas at compile time. With `body: 'bytes'` the body is a {@link RequestBody}.
 */
export function Endpoint<Kind extends CallerKind, Params = unknown, Query = unknown, Body = RequestBody>(
  definition: EndpointDefinition<Kind, Params, Query, Body>,
) {
  return (
    target: object,
    key: string | symbol,
    // Only its `value` is looked at, so a handler may promise its reply or not.
    descriptor: { readonly value?: (call: Call<Kind, Params, Query, Body>) => Eventual<Reply> },
  ): void => {
    SetMetadata(ENDPOINT, definition)(target, key, descriptor);
  };
}
