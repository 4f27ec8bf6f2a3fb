import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed, SILENCE_NOTICED_AFTER } from '../../foundation/database/change-feed.js';
import { Database } from '../../foundation/database/database.js';
import { errorLine } from '../../foundation/error-line.js';
import { Peers } from '../../foundation/database/peers.service.js';
import { ProcessesRepository } from './processes.repository.js';
import { ThisProcess } from './this-process.js';

/** Kinds of messages on the change feed: a process asks who has heard everything before, and the others answer. */
const CALL = 'roll-call';
const ANSWER = 'roll-answer';

/** A call whose answers are still waited for. */
interface OpenCall {
  readonly missing: Set<string>;
  readonly complete: () => void;
}

/**
 * Makes sure that other machines have heard of a change before its caller is answered, as a ban must hold everywhere once
 * it is answered. PostgreSQL hands notifications to each process in the order of their transactions, so whoever answers a
 * call that was sent after a commit has dropped what it had cached of that. A process that does not answer within
 * {@link SILENCE_NOTICED_AFTER} is dead or has noticed that it hears nothing, and asks no cache any more. It is not waited
 * for again until its row shows a later sign of life, which it writes before it asks a cache again: a change that was made
 * before that sign is one that its caches find in the database.
 */
@Injectable()
export class RollCall implements OnModuleInit {
  private readonly logger = new Logger('RollCall');
  private readonly open = new Map<string, OpenCall>();
  /** Last signs of life of processes that gave no answer: without a later one they are not waited for again. */
  private readonly absent = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly processes: ProcessesRepository,
    private readonly self: ThisProcess,
    private readonly feed: ChangeFeed,
    private readonly peers: Peers,
  ) {}

  onModuleInit(): void {
    this.feed.on(CALL, (subject) => this.answer(subject));
    this.feed.on(ANSWER, (subject) => {
      this.note(subject);
    });
    // Others that have stopped waiting for this process wait again before it asks a cache.
    this.feed.onReturn(() => this.processes.show());
    this.peers.onOtherMachinesMustHear(() => this.call());
  }

  /** Resolves when all processes of other machines have heard what was committed before; it never rejects. */
  private async call(): Promise<void> {
    try {
      const others = new Map((await this.processes.onOtherMachines()).map(({ id, seenAt }) => [id, seenAt]));
      for (const [id, seenAt] of this.absent) {
        if (others.get(id) === seenAt) others.delete(id);
        else this.absent.delete(id);
      }
      if (others.size > 0) await this.waitFor(others);
    } catch (error) {
      this.logger.warn(`Other machines may hear of a change late: ${errorLine(error)}`);
    }
  }

  private async waitFor(expected: ReadonlyMap<string, number>): Promise<void> {
    const call = randomUUID();
    const patience = new AbortController();
    const missing = new Set(expected.keys());
    const all = new Promise<void>((complete) => this.open.set(call, { missing, complete }));
    try {
      await this.tell(`${CALL}:${this.self.machine}:${call}`);
      const late = sleep(SILENCE_NOTICED_AFTER, undefined, { signal: patience.signal });
      await Promise.race([all, late]);
    } finally {
      patience.abort();
      this.open.delete(call);
    }
    for (const id of missing) this.absent.set(id, expected.get(id) ?? 0);
  }

  private async answer(subject: string): Promise<void> {
    const [call = '', ...machine] = subject.split(':').reverse();
    // Workers of one machine hear of each other's changes by way of their supervisor.
    if (machine.reverse().join(':') === this.self.machine) return;
    await this.tell(`${ANSWER}:${call}:${this.self.id}`);
  }

  private note(subject: string): void {
    const [call = '', id = ''] = subject.split(':');
    this.absent.delete(id);
    const open = this.open.get(call);
    if (open?.missing.delete(id) && open.missing.size === 0) open.complete();
  }

  private async tell(payload: string): Promise<void> {
    await this.database.run(`SELECT pg_notify('plaza', $1)`, [payload]);
  }
}
