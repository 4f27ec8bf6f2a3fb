import { SetMetadata } from '@nestjs/common';
import { type z } from 'zod';
import { type Proof } from '../records/nonces/proof.js';
import { type Transaction } from '../foundation/database/database.js';
import { type Eventual } from '../foundation/eventual.js';
import { type Caller } from '../records/users/user.js';
import { type InnerRequest, type Method, type RequestBody } from '../protocol/requests/inner-request.js';
import { type Reply } from '../protocol/requests/reply.js';

/**
 * The kinds of callers that an endpoint admits. Services check the permissions of rooms. A `user` has proved a key, and may
 * have no row in the database yet: the transaction that writes something for them writes it.
 */
export type CallerKind = 'anyone' | 'user' | 'blinded user';

/** The caller as a handler sees it: null only where anyone may call. */
export type CallerOf<Kind extends CallerKind> = Kind extends 'anyone' ? Caller | null : Caller;

/**
 * Runs the write of a request in one transaction: what `work` writes is committed together with the request's nonce and
 * answer, or nothing is. On a conflict with another transaction `work` runs again from its start, so what it does outside
 * of the transaction belongs into `tx.afterCommit`, before it, or after it.
 * @returns what `work` returned; for the repeat of a request, the first one's answer
 * @throws whatever `work` threw, or ProtocolError `nonce_reused`
 */
export type RunOnce = (work: (tx: Transaction) => Promise<Reply>) => Promise<Reply>;

/** A request as its handler gets it: authenticated, and checked against the endpoint's schemas. */
export interface Call<Kind extends CallerKind, Params = unknown, Query = unknown, Body = unknown> {
  caller: CallerOf<Kind>;
  params: Params;
  query: Query;
  body: Body;
  request: InnerRequest;
  once: RunOnce;
  /** The proof of this request; undefined for an anonymous one and for an element of a batch, which has no nonce. */
  proof: Proof | undefined;
}

/**
 * How a request with a proved key takes effect once, although it may be sent again (protocol 3, "Repeats"):
 * - `read`: it only reads.
 * - `transaction`: its handler uses `once`, which commits nonce, effect and answer together.
 * - `post`: the transaction that it shares with other posts records its nonce, too.
 * - `steps`: it takes several transactions, each of which may be done again. Its nonce is recorded before the first.
 * - `batch`: as `steps`, but what was done of it is never done again.
 */
export type RepeatRule = 'read' | 'transaction' | 'post' | 'steps' | 'batch';

/** Every endpoint that is no GET says how it takes effect once; that of a batch depends on what it holds. */
type RepeatDeclaration<Body> =
  | { method: 'GET'; repeats?: never }
  | { method: Exclude<Method, 'GET'>; repeats: RepeatRule | ((body: Body) => RepeatRule) };

/**
 * One endpoint of the protocol, declared beside its handler. There is no endpoint without a `caller`: who may
 * call is always said.
 */
export type EndpointDefinition<Kind extends CallerKind, Params, Query, Body> = RepeatDeclaration<Body> &
  Description<Kind, Params, Query, Body>;

interface Description<Kind extends CallerKind, Params, Query, Body> {
  /** A find-my-way pattern over the decoded path: `:name` for a segment, a last `*` for the rest. */
  path: string;
  caller: Kind;
  /** One line for the API reference. */
  summary: string;
  /** Whether it adds data to the database for good, and so waits until the disk has room; moderation and deletions go on. */
  addsData?: boolean;
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
