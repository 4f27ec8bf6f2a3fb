import { type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { type ChangeTeller, type ChangeHearers } from './change-teller.js';
import { isPeerMessage, type PeerMessage, PEERS_PATIENCE } from './peer-messages.js';

/**
 * The other workers of this machine, which the supervisor passes messages to. A transaction's changes are told to all of
 * them after its commit, and its caller is answered when all have forgotten what they had cached of that, or after
 * {@link PEERS_PATIENCE}: a worker that was late itself catches up before it answers anybody ({@link Punctuality}). The
 * change feed tells the same some milliseconds later; it reaches processes that are no workers of this machine, which are
 * waited for where that matters.
 */
export class Peers implements ChangeTeller, OnModuleInit, OnApplicationShutdown {
  private readonly unheard = new Map<number, () => void>();
  private lastId = 0;
  private otherMachinesHear: () => Promise<void> = () => Promise.resolve();

  /** @param hasPeers whether there can be other workers */
  constructor(
    private readonly feed: ChangeFeed,
    private readonly hasPeers: boolean,
  ) {}

  onModuleInit(): void {
    process.on('message', this.receive);
  }

  onApplicationShutdown(): void {
    process.off('message', this.receive);
    for (const heard of this.unheard.values()) heard();
  }

  /** Sets how to wait for all other machines; each of them hears from the change feed. */
  onOtherMachinesMustHear(wait: () => Promise<void>): void {
    this.otherMachinesHear = wait;
  }

  async tell(subjects: readonly string[], hearers: ChangeHearers): Promise<void> {
    for (const subject of subjects) void this.feed.tell(subject);
    await Promise.all([this.send(subjects), hearers === 'all machines' && this.otherMachinesHear()]);
  }

  /** Waits until this process has received everything that was told to it before now, or for {@link PEERS_PATIENCE}. */
  catchUp(): Promise<void> {
    return this.send([]);
  }

  private send(subjects: readonly string[]): Promise<void> {
    if (!this.hasPeers || process.send === undefined || !process.connected) return Promise.resolve();
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const heard = (): void => {
        clearTimeout(timer);
        this.unheard.delete(id);
        resolve();
      };
      const timer = setTimeout(heard, PEERS_PATIENCE);
      this.unheard.set(id, heard);
      postToSupervisor({ type: 'changed', id, subjects });
    });
  }

  private readonly receive = (message: unknown): void => {
    if (!isPeerMessage(message)) return;
    if (message.type === 'heard') this.unheard.get(message.id)?.();
    if (message.type === 'changed') void this.apply(message.id, message.subjects);
  };

  private async apply(id: number, subjects: readonly string[]): Promise<void> {
    await Promise.all(subjects.map((subject) => this.feed.tell(subject)));
    postToSupervisor({ type: 'applied', id });
  }
}

function postToSupervisor(message: PeerMessage): void {
  // The supervisor may be gone, and this process is about to follow it.
  process.send?.(message, undefined, undefined, () => undefined);
}
