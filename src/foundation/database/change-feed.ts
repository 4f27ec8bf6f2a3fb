import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { guardedClient } from './guarded-client.js';
import { hangUp } from './hang-up.js';
import { Outage, restAfter } from './outage.js';

/**
 * Hears of a change. The subject is the part of a payload behind its kind: of `permission:3:77`, kind `permission`, it is
 * `3:77`. A promise that it returns is waited for before others take the change for heard.
 */
export type ChangeHandler = (subject: string) => unknown;

const PATIENCE = 3_000;
/** Milliseconds after which a process whose connection died without a sign has noticed that it hears nothing. */
export const SILENCE_NOTICED_AFTER = 2 * PATIENCE + 500;
/** Milliseconds that a process was away after which others may have stopped waiting for it: on the safe side. */
const MAY_BE_MISSED_AFTER = SILENCE_NOTICED_AFTER / 2;
/** Until it is back every poll asks the database, so its return matters more than an attempt a second costs. */
const LONGEST_REST = 1_000;

/**
 * Tells this process what any process changed: triggers NOTIFY at commit, one connection here LISTENs. Caches live by
 * it, so it says when it is deaf: between `onLost` and `onRestored` a cache must not answer, and at `onRestored`
 * it must forget what it knew, because changes in between were not told.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeFeed');
  private readonly handlers = new Map<string, Set<ChangeHandler>>();
  private readonly lostHandlers = new Set<() => void>();
  private readonly restoredHandlers = new Set<() => void>();
  private readonly returnHandlers = new Set<() => Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly Client: typeof pg.Client;
  private client: pg.Client | undefined;
  private listening = false;
  private following: Promise<void> | undefined;

  /**
   * @param url of the database
   * @param outage what this process knows of the database's outages
   * @param patience milliseconds between two pings, and until a missing answer means that the connection is dead;
   *   one that dies without a sign is so noticed after twice this time
   */
  constructor(
    private readonly url: string,
    outage = new Outage(),
    private readonly patience = PATIENCE,
  ) {
    this.Client = guardedClient(outage);
  }

  /** True while every change reaches this process. */
  get isListening(): boolean {
    return this.listening;
  }

  /** Calls `handler` for each change of a kind, such as `room`; returns what ends that. */
  on(kind: string, handler: ChangeHandler): () => void {
    const handlers = this.handlers.get(kind) ?? new Set();
    this.handlers.set(kind, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /** Calls `handler` when changes stop reaching this process. */
  onLost(handler: () => void): void {
    this.lostHandlers.add(handler);
  }

  /** Calls `handler` when changes begin to reach this process, at the start and after a loss, before the first of them. */
  onRestored(handler: () => void): void {
    this.restoredHandlers.add(handler);
  }

  /**
   * Has something done whenever this process was away for so long that others may have stopped waiting for it, and before
   * caches go by what it hears again. While it fails, the feed counts as lost.
   */
  onReturn(handler: () => Promise<void>): void {
    this.returnHandlers.add(handler);
  }

  /**
   * Tells this process of a change, as if it had come from the database.
   * @param payload such as `room:lobby`
   * @returns when every handler is done; synchronous ones are when this returns
   */
  async tell(payload: string): Promise<void> {
    const [kind = '', ...rest] = payload.split(':');
    const subject = rest.join(':');
    const handlers = [...(this.handlers.get(kind) ?? [])];
    await Promise.all(handlers.map((handler) => this.call(() => handler(subject))));
  }

  /**
   * Receives what the database has told this process until now; for a process that did not run for a while. If that
   * takes longer than `patienceMs`, this resolves, and caches are bypassed until it is done.
   * @param awayMs for how long it did not run
   */
  async catchUp(patienceMs: number, awayMs: number): Promise<void> {
    const { client } = this;
    if (!client || !this.listening) return;
    const returned = awayMs < MAY_BE_MISSED_AFTER ? Promise.resolve() : this.showReturn();
    // PostgreSQL sends what it has for this connection before it answers.
    const answered = returned.then(() => client.query('SELECT 1'));
    const inTime = await Promise.race([
      answered.then(always, never),
      sleep(patienceMs, false, { ref: false }),
    ]);
    if (inTime) return;
    this.callAll(this.lostHandlers);
    answered.then(
      () => {
        if (this.client === client && this.listening) this.callAll(this.restoredHandlers);
      },
      // Then the connection is given up, and its successor restores the caches.
      () => void hangUp(client),
    );
  }

  /** Starts to listen, and keeps at it until {@link close}; resolves at the first success. */
  async onModuleInit(): Promise<void> {
    await this.listen();
    this.following = this.follow();
  }

  /** The last hook: until here requests are still being answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Stops listening for good. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.following;
    if (this.client) await hangUp(this.client);
  }

  private async follow(): Promise<void> {
    for (;;) {
      await this.pingUntilLost();
      this.listening = false;
      if (this.stopping.signal.aborted) return;
      this.logger.warn('The change feed is lost; caches are bypassed until it is back');
      this.callAll(this.lostHandlers);
      await this.reconnect();
    }
  }

  private async reconnect(): Promise<void> {
    const lostAt = performance.now();
    while (!this.stopping.signal.aborted) {
      try {
        await this.listen();
        this.logger.log('The change feed is back');
        return;
      } catch (error) {
        this.logger.debug(`The change feed cannot connect: ${error instanceof Error ? error.message : ''}`);
      }
      await this.pause(restAfter(performance.now() - lostAt, LONGEST_REST));
    }
  }

  private async listen(): Promise<void> {
    const client = new this.Client({
      connectionString: this.url,
      application_name: 'plaza change feed',
      connectionTimeoutMillis: this.patience,
      query_timeout: this.patience,
      keepAlive: true,
      // A ping and somebody who catches up may ask at the same time.
      pipeline: true,
    });
    const early: string[] = [];
    let deliver = (payload: string): void => void early.push(payload);
    client.on('notification', ({ payload = '' }) => {
      deliver(payload);
    });
    try {
      await client.connect();
      await client.query('LISTEN plaza');
      await this.showReturn();
    } catch (error) {
      void hangUp(client);
      throw error;
    }
    this.client = client;
    this.listening = true;
    this.callAll(this.restoredHandlers);
    deliver = (payload) => void this.tell(payload);
    early.forEach(deliver);
  }

  private async showReturn(): Promise<void> {
    await Promise.all([...this.returnHandlers].map((handler) => handler()));
  }

  /** A connection can be dead without a sign of it, when a machine or a cable between is gone. */
  private async pingUntilLost(): Promise<void> {
    const { client } = this;
    if (!client) return;
    const ended = new Promise<'ended'>((resolve) =>
      client.once('end', () => {
        resolve('ended');
      }),
    );
    for (;;) {
      const waited = await Promise.race([ended, this.pause(this.patience)]);
      if (waited === 'ended' || this.stopping.signal.aborted) return;
      try {
        await client.query('SELECT 1');
      } catch {
        void hangUp(client);
        return;
      }
    }
  }

  private callAll(handlers: Iterable<() => void>): void {
    for (const handler of handlers) void this.call(handler);
  }

  /** One cache that fails must not keep the news from the others. */
  private async call(handler: () => unknown): Promise<void> {
    try {
      await handler();
    } catch (error) {
      this.logger.error(
        'A handler of the change feed failed',
        error instanceof Error ? error.stack : undefined,
      );
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function always(): true {
  return true;
}

function never(): false {
  return false;
}
