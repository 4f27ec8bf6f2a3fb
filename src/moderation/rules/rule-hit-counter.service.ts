import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RulesRepository } from '../../records/rules/rules.repository.js';

/** Milliseconds between two writes. */
const INTERVAL = 1_000;

/**
 * Counts how often rules hit. Hits are gathered in memory and written every second in one statement, so no post waits for
 * their rows; a crash loses those of a second.
 */
@Injectable()
export class RuleHitCounter implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Rules');
  /** By rule id. */
  private hits = new Map<number, number>();
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();

  constructor(private readonly rules: RulesRepository) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), INTERVAL);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  /** Counts a hit of each of these rules. */
  note(ruleIds: Iterable<number>): void {
    for (const id of ruleIds) this.hits.set(id, (this.hits.get(id) ?? 0) + 1);
  }

  /** Writes what has been counted until now; a failure is logged. */
  write(): Promise<void> {
    this.writing = this.writing.then(() => this.writeHits());
    return this.writing;
  }

  private async writeHits(): Promise<void> {
    if (this.hits.size === 0) return;
    const { hits } = this;
    this.hits = new Map();
    try {
      await this.rules.countHits(hits);
    } catch (error) {
      this.logger.warn(`Hits of a second were lost: ${String(error)}`);
    }
  }
}
