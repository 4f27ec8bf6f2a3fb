import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { Settings } from '../../foundation/config/settings.js';
import { connectionLimit, descriptorLimit } from '../../foundation/limits/descriptors.js';
import { LEAST_SPEED } from '../../foundation/limits/transfer.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { throwAwayRest } from './unread-body.js';

/** Node.js tells here of each answer that has been handed to the system, before it does anything about it. */
const ANSWERED = 'http.server.response.finish';
/** Milliseconds in which a client sends its first request. */
const FIRST_REQUEST_MS = 1_000;
/** Milliseconds; a younger body is not called slow. */
const YOUNG_MS = 3_000;
/** Connections looked at, in order of age, to find one whose body comes slowly. */
const MOST_LOOKED_AT = 512;

/** The state of a connection. */
interface Connection {
  readonly socket: Socket;
  /** The group that it is in. */
  group: Set<Connection>;
  /** The latest request, until it has been answered. */
  request: IncomingMessage | undefined;
  /** Requests that have not been answered yet: more than one where a client does not wait for answers. */
  unanswered: number;
  /** When the latest request began, or before the first one the connection, in milliseconds of a monotonic clock. */
  since: number;
  /** Bytes that the socket had read by then. */
  readBefore: number;
  /** To be done once the latest request has been answered. */
  afterwards: (() => void)[];
}

/**
 * The connections of this process. Once there are as many as it keeps, a new one takes the place of one that is worth
 * less: one on which no request has come in time, else the one that is idle for longest, else one whose body comes slowly.
 * Node's own limit would have the processes pass a connection round and round when all are full.
 */
@Injectable()
export class Connections implements OnModuleInit, OnApplicationShutdown {
  private readonly limit: number;
  private readonly bySocket = new Map<Socket, Connection>();
  private readonly silent = new Set<Connection>();
  private readonly idle = new Set<Connection>();
  private readonly busy = new Set<Connection>();
  private readonly evicted: Cell;
  private readonly refused: Cell;

  constructor(
    settings: Settings,
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    meters: Meters,
  ) {
    this.limit = connectionLimit(settings, descriptorLimit());
    if (this.limit < settings.maxConnections) {
      new Logger('Connections').warn(
        `MAX_CONNECTIONS is ${settings.maxConnections}, but with a limit of ${descriptorLimit()} open files a worker keeps ` +
          `${this.limit}: raise that limit (ulimit -n, or LimitNOFILE of systemd)`,
      );
    }
    meters
      .gauge({ name: 'plaza_connections', help: 'Open connections of clients.' })
      .watch(() => this.bySocket.size);
    const closed = meters.counter({
      name: 'plaza_connections_closed_total',
      help: 'Connections closed because there were too many: evicted for a new one, or new and refused.',
      labels: ['how'],
    });
    this.evicted = closed.cell('evicted');
    this.refused = closed.cell('refused');
  }

  onModuleInit(): void {
    const { server } = this.adapterHost.httpAdapter.getInstance();
    server.on('connection', (socket) => {
      this.opened(socket);
    });
    server.prependListener('request', (request) => {
      this.began(request);
    });
    subscribe(ANSWERED, this.onAnswered);
  }

  onApplicationShutdown(): void {
    unsubscribe(ANSWERED, this.onAnswered);
  }

  /** Does something once a request has been answered, or at once when its connection is gone. */
  whenAnswered(request: IncomingMessage, run: () => void): void {
    const connection = this.bySocket.get(request.socket);
    if (connection) connection.afterwards.push(run);
    else run();
  }

  private opened(socket: Socket): void {
    if (this.bySocket.size >= this.limit && !this.evictOne()) {
      this.refused.value++;
      socket.destroy();
      return;
    }
    const connection: Connection = {
      socket,
      group: this.silent,
      request: undefined,
      unanswered: 0,
      since: performance.now(),
      readBefore: 0,
      afterwards: [],
    };
    this.bySocket.set(socket, connection);
    this.silent.add(connection);
    socket.once('close', () => {
      this.forget(connection);
    });
  }

  private began(request: IncomingMessage): void {
    const connection = this.bySocket.get(request.socket);
    if (!connection) return;
    connection.unanswered++;
    connection.request = request;
    connection.since = performance.now();
    connection.readBefore = request.socket.bytesRead;
    this.move(connection, this.busy);
  }

  private readonly onAnswered = (message: unknown): void => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    const connection = this.bySocket.get(socket);
    // Another server of this process, or bytes that were no request.
    if (!connection || connection.unanswered === 0) return;
    connection.unanswered--;
    if (!request.complete) throwAwayRest(socket, request);
    if (connection.unanswered > 0) return;
    connection.request = undefined;
    if (connection.afterwards.length > 0) runAll(connection);
    this.move(connection, this.idle);
  };

  private move(connection: Connection, group: Set<Connection>): void {
    connection.group.delete(connection);
    connection.group = group;
    group.add(connection);
  }

  private forget(connection: Connection): void {
    this.bySocket.delete(connection.socket);
    connection.group.delete(connection);
    runAll(connection);
  }

  private evictOne(): boolean {
    const now = performance.now();
    const [silent] = this.silent;
    const [idle] = this.idle;
    const isStale = silent !== undefined && now - silent.since > FIRST_REQUEST_MS;
    const victim = (isStale ? silent : idle) ?? this.slowOne(now) ?? silent;
    if (!victim) return false;
    this.evicted.value++;
    // Its descriptor is closed in this turn of the event loop, before another connection is taken on.
    victim.socket.destroy();
    this.forget(victim);
    return true;
  }

  private slowOne(now: number): Connection | undefined {
    let left = MOST_LOOKED_AT;
    for (const connection of this.busy) {
      if (left-- === 0) return undefined;
      const { request, since, readBefore, socket } = connection;
      if (request?.complete !== false || now - since < YOUNG_MS) continue;
      if ((socket.bytesRead - readBefore) / ((now - since) / 1000) < LEAST_SPEED) return connection;
    }
    return undefined;
  }
}

function runAll(connection: Connection): void {
  for (const run of connection.afterwards.splice(0)) run();
}
