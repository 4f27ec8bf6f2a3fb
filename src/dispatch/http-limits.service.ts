import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Server } from 'node:http';
import { Settings } from '../config/settings.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { ByteBudget } from '../limits/byte-budget.js';
import { RateLimits } from '../limits/rate-limits.service.js';
import { type Cell } from '../metrics/meter.js';
import { Meters } from '../metrics/meters.service.js';
import { send } from './http-exchange.js';
import { refusal } from './reply.js';
import { SECURITY_HEADERS } from './security-headers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its handler asks {@link RateLimits} itself; other routes are counted by address. */
    limitsItself?: true;
    /** Its body goes to disk piece by piece, or nowhere. */
    keepsNoBody?: true;
  }
}

/** Bytes; polls and messages are smaller, and what they take is bounded by the number of connections. */
const SMALL_BODY = 16 * 1024;
/** How long a large body waits for memory: a client gives up after some more seconds. */
const MEMORY_PATIENCE_MS = 8_000;
const MOST_WAITING = 256;
const RETRY_AFTER_SECONDS = 5;

/** Guards the door of this process: what is done to every HTTP request before its body is read. */
@Injectable()
export class HttpLimits implements OnModuleInit {
  private readonly memory: ByteBudget;
  private readonly outOfMemory: Cell;
  private connections = 0;

  constructor(
    private readonly settings: Settings,
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly rates: RateLimits,
    meters: Meters,
  ) {
    this.memory = new ByteBudget(settings.bodyMemoryBytes, MEMORY_PATIENCE_MS, MOST_WAITING);
    meters
      .gauge({ name: 'plaza_connections', help: 'Open connections of clients.' })
      .watch(() => this.connections);
    meters
      .gauge({ name: 'plaza_body_memory_bytes', help: 'Memory set aside for large bodies under way.' })
      .watch(() => this.memory.inUse);
    this.outOfMemory = meters
      .counter({
        name: 'plaza_body_memory_refusals_total',
        help: 'Large requests refused because others filled the memory set aside for them.',
      })
      .cell();
  }

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance();
    this.countConnections(fastify.server);
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.headers(SECURITY_HEADERS);
      if (!this.admits(request, reply)) return;
      const bytes = this.memoryFor(request);
      if (bytes === 0) done();
      else void this.waitForMemory(bytes, request, reply, done);
    });
  }

  /** Node's own limit would have the processes pass a connection round and round when all are full. */
  private countConnections(server: Server): void {
    const { maxConnections } = this.settings;
    server.on('connection', (socket) => {
      this.connections++;
      socket.once('close', () => this.connections--);
      if (maxConnections > 0 && this.connections > maxConnections) socket.destroy();
    });
  }

  private admits(request: FastifyRequest, reply: FastifyReply): boolean {
    if (request.routeOptions.config.limitsItself === true) return true;
    try {
      this.rates.admitAddress(request);
      return true;
    } catch (error) {
      send(reply, refusal(error));
      return false;
    }
  }

  /** Bytes to set aside for a request's body: 0 for one that is small, and for one that will be refused unread. */
  private memoryFor({ headers, routeOptions }: FastifyRequest): number {
    const { bodyLimit, config } = routeOptions;
    if (this.settings.bodyMemoryBytes === 0 || config.keepsNoBody === true) return 0;
    // A body of unknown length may become as long as one can be.
    const announced =
      headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : bodyLimit;
    return announced > SMALL_BODY && announced <= bodyLimit ? announced : 0;
  }

  private async waitForMemory(
    bytes: number,
    request: FastifyRequest,
    reply: FastifyReply,
    done: () => void,
  ): Promise<void> {
    if (!(await this.memory.take(bytes))) {
      this.outOfMemory.value++;
      const busy = new ProtocolError('unavailable', 'too many large requests', RETRY_AFTER_SECONDS);
      send(reply, refusal(busy));
    } else if (request.raw.destroyed) {
      this.memory.give(bytes);
    } else {
      reply.raw.once('close', () => {
        this.memory.give(bytes);
      });
      done();
    }
  }
}
