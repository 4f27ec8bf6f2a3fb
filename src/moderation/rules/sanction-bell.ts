import { Injectable } from '@nestjs/common';

/** Tells, in this process, that a rule has decided to remove something and to mute its author. */
@Injectable()
export class SanctionBell {
  private readonly listeners: (() => void)[] = [];

  /** Has something done each time. */
  whenRung(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** For after the commit of the decision. */
  ring(): void {
    for (const listener of this.listeners) listener();
  }
}
