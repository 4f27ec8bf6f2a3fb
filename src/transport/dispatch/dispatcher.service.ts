import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import FindMyWay, { type Instance } from 'find-my-way';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { Authenticator } from '../../auth/authenticator.service.js';
import { type Proof } from '../../records/nonces/proof.js';
import { Repeats } from '../../auth/repeats.service.js';
import { Database } from '../../foundation/database/database.js';
import { Punctuality } from '../../foundation/database/punctuality.service.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { LARGE_BODY, turnForLongWork } from '../../foundation/limits/turns.js';
import { andThen, attempt, type Eventual } from '../../foundation/eventual.js';
import { Disk } from '../../files/storage/disk.service.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { isBlinded } from '../../records/users/session-id.js';
import { type Caller, type Stranger } from '../../records/users/user.js';
import { UsersService } from '../../users/users.service.js';
import { Answers } from './answers.service.js';
import { parseInput, readBody, readQuery } from '../../protocol/requests/inputs.js';
import {
  type AnyEndpoint,
  type Call,
  type CallerKind,
  ENDPOINT,
  type Handler,
  type RunOnce,
  type RepeatRule,
} from '../../auth/endpoint.js';
import { type InnerRequest, isOnionPath, type Method } from '../../protocol/requests/inner-request.js';
import { refusal, type Reply } from '../../protocol/requests/reply.js';
import { KnownBodies } from './known-bodies.js';
import { type RequestMeter, RequestMeters } from './request-meters.js';

/** Characters; file names and reactions are the longest things in a path. */
const MAX_PATH_SEGMENT = 2048;

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

interface Route {
  endpoint: AnyEndpoint;
  handler: Handler;
  meter: RequestMeter;
  /** Undefined where a body does not decide how the request takes effect once. */
  knownBodies: KnownBodies | undefined;
}

interface FoundRoute {
  route: Route;
  /** As they stand in the path. */
  params: unknown;
}

/** The part of a request that its method, path and query decide. It is the same for every caller and body. */
interface Target {
  route: Route;
  params: unknown;
  query: unknown;
}

/** Targets kept: in a community everybody asks for the same few, again and again. */
const TARGETS_KEPT = 4096;
/** Characters of a target that is kept; what strangers make up may be far longer. */
const LONGEST_TARGET_KEPT = 256;

/**
 * The one way a request reaches its handler, whether it came over HTTP, in an onion request or in a batch:
 * it never re-enters the HTTP stack. Every outcome is a {@link Reply}; nothing is thrown.
 */
@Injectable()
export class Dispatcher implements OnModuleInit {
  private readonly routes: Route[] = [];
  private readonly targets = boundedCache<string, Target>(TARGETS_KEPT);
  private readonly transact: RunOnce;
  private readonly meters: RequestMeters;
  private readonly unroutable: RequestMeter;
  private readonly router: Instance<FindMyWay.HTTPVersion.V1> = FindMyWay({
    maxParamLength: MAX_PATH_SEGMENT,
  });

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly repeats: Repeats,
    private readonly punctuality: Punctuality,
    private readonly disk: Disk,
    private readonly answers: Answers,
    private readonly users: UsersService,
    database: Database,
    meters: Meters,
  ) {
    this.transact = (work) => database.transact(work);
    this.meters = new RequestMeters(meters);
    this.unroutable = this.meters.of({ method: 'any', path: 'unknown' });
  }

  onModuleInit(): void {
    for (const { instance } of this.discovery.getControllers()) {
      if (instance) this.registerController(instance as object);
    }
  }

  /** Every endpoint there is, for the API reference and for the test that looks at all of them. */
  endpoints(): readonly AnyEndpoint[] {
    return this.routes.map((route) => route.endpoint);
  }

  /** Authenticates by the request's own X-SOGS headers and runs it, unless it is the repeat of one. */
  async dispatch(request: InnerRequest): Promise<Reply> {
    const caughtUp = this.punctuality.look();
    if (caughtUp) await caughtUp;
    let proof: Proof | null;
    try {
      proof = await this.authenticator.authenticate(request);
    } catch (error) {
      return this.refuse(request, error);
    }
    // Parsing is the other half of the work that a large body makes.
    const { body } = request;
    if (body.kind === 'bytes' && body.bytes.length >= LARGE_BODY) await turnForLongWork();
    const handled = this.run(request, proof);
    const reply = handled instanceof Promise ? await handled : handled;
    return this.answers.isLarge(reply) ? this.answers.admit(reply, proof?.caller ?? null, request) : reply;
  }

  private run(request: InnerRequest, proof: Proof | null): Eventual<Reply> {
    if (!proof) return this.dispatchAs(null, request);
    const rule = this.ruleOf(request, proof);
    const run = (): Eventual<Reply> => this.dispatchAs(proof.caller, request, proof);
    if (rule !== 'read' || !request.inOnion) return this.repeats.once(proof, rule, run);
    return this.repeats.admitsRead(proof) ? run() : this.refuse(request, new ProtocolError('nonce_reused'));
  }

  /**
   * Runs a request for a caller. An element of a batch comes without proof: the nonce of the batch counts for all of it,
   * and the element's own X-SOGS headers are ignored.
   */
  dispatchAs(caller: Caller | null, request: InnerRequest, proof?: Proof): Eventual<Reply> {
    const startedAt = performance.now();
    const known = this.targets.get(request.targetKey);
    const found = known ?? this.routeOf(request);
    const handled = attempt(() => {
      if (!found) throw this.refusalOf(routablePath(request.path));
      const { endpoint, handler } = found.route;
      admit(endpoint.caller, caller);
      const { params, query } = known ?? this.understand(request, found);
      const body = endpoint.body && readBody(endpoint.body, request.body);
      const once: RunOnce = proof ? (work) => this.repeats.commit(proof, work) : this.transact;
      const call = { caller, params, query, body, request, once, proof };
      if (caller?.id === null) return this.handleStranger(found.route, { ...call, caller });
      return endpoint.addsData ? andThen(this.disk.admitData(), () => handler(call)) : handler(call);
    }, refusal);
    return andThen(handled, (reply) => {
      (found?.route.meter ?? this.unroutable).handled(reply.status, startedAt);
      return reply;
    });
  }

  /**
   * Runs the request of somebody who was unknown when it was authenticated. An earlier element of their batch may have
   * made them known already. Their message refers to their row, which the same transaction writes: a write that is refused
   * leaves none.
   */
  private async handleStranger(
    { endpoint, handler }: Route,
    call: Call<CallerKind> & { caller: Stranger },
  ): Promise<Reply> {
    const { sessionId } = call.caller;
    if (endpoint.addsData) await this.disk.admitData();
    const user = this.users.cached(sessionId);
    if (user?.banned) throw new ProtocolError('banned');
    if (user) return handler({ ...call, caller: user });
    return handler(call);
  }

  private refuse(request: InnerRequest, error: unknown): Reply {
    const reply = refusal(error);
    (this.routeOf(request)?.route.meter ?? this.unroutable).counted(reply.status);
    return reply;
  }

  /** How a request takes effect once. To know that of a batch its body is read, and left in its place. */
  private ruleOf(request: InnerRequest, { bodyHash }: Proof): RepeatRule {
    if (readingMethod(request.method) === 'GET') return 'read';
    const route = (this.targets.get(request.targetKey) ?? this.routeOf(request))?.route;
    if (route?.knownBodies) return route.knownBodies.understand(request, bodyHash);
    const repeats = route?.endpoint.repeats;
    // Where there is no endpoint there is a refusal, which is recorded like any other.
    return typeof repeats === 'string' ? repeats : 'transaction';
  }

  private routeOf({ method, path }: InnerRequest): FoundRoute | undefined {
    const found = this.router.find(readingMethod(method), routablePath(path));
    return found ? { route: found.store as Route, params: found.params } : undefined;
  }

  /** Checks path and query once for everyone who asks for the same. */
  private understand({ query, targetKey }: InnerRequest, { route, params }: FoundRoute): Target {
    const { endpoint } = route;
    const target = {
      route,
      params: endpoint.params && parseInput(endpoint.params, params, 'endpoint_not_found'),
      query: endpoint.query && parseInput(endpoint.query, readQuery(query), 'malformed_request'),
    };
    if (targetKey.length <= LONGEST_TARGET_KEPT) this.targets.set(targetKey, target);
    return target;
  }

  private refusalOf(path: string): ProtocolError {
    if (isOnionPath(path)) return new ProtocolError('nested_onion_request');
    const known = METHODS.some((method) => this.router.find(method, path) !== null);
    return new ProtocolError(known ? 'method_not_allowed' : 'endpoint_not_found');
  }

  private registerController(controller: object): void {
    const prototype = Object.getPrototypeOf(controller) as Record<string, Handler>;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method = prototype[name];
      const endpoint = method && this.reflector.get<AnyEndpoint | undefined>(ENDPOINT, method);
      if (!method || !endpoint) continue;
      const { repeats, body } = endpoint;
      const route: Route = {
        endpoint,
        handler: method.bind(controller),
        meter: this.meters.of(endpoint),
        knownBodies: body && typeof repeats === 'function' ? new KnownBodies(body, repeats) : undefined,
      };
      this.routes.push(route);
      this.router.on(endpoint.method, endpoint.path, () => undefined, route);
    }
  }
}

/** HEAD is GET to everyone but the client's own HTTP stack, which leaves the body out. */
function readingMethod(method: string): Method {
  return (method === 'HEAD' ? 'GET' : method) as Method;
}

/** The router splits at `?`, `#` and `;` and decodes percent signs: in a decoded path these are text. */
function routablePath(path: string): string {
  return /[%?#;]/.test(path) ? path.replace(/[%?#;]/g, encodeURIComponent) : path;
}

function admit(kind: CallerKind, caller: Caller | null): void {
  if (kind === 'anyone') return;
  if (!caller) throw new ProtocolError('authentication_required');
  if (kind === 'blinded user' && !isBlinded(caller.sessionId)) {
    throw new ProtocolError('blinded_authentication_required');
  }
}
