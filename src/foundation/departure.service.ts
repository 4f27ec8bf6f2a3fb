import { Injectable } from '@nestjs/common';

/** Whether this process is about to stop. It still answers then, but asks to be given no new clients. */
@Injectable()
export class Departure {
  private isLeaving = false;
  private readonly listeners: (() => unknown)[] = [];

  /** Whether balancers and clients should turn to others. */
  get hasBegun(): boolean {
    return this.isLeaving;
  }

  /** Calls `listener` once, when the departure begins. */
  onBegin(listener: () => unknown): void {
    this.listeners.push(listener);
  }

  /** Begins to leave. */
  begin(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    for (const listener of this.listeners) listener();
  }
}
