import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Database } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Sanction, SanctionsRepository } from '../../records/rules/sanctions.repository.js';
import { PLAZA } from '../access/actor.js';
import { MarksService } from '../marks.service.js';
import { QueueService } from '../queue/queue.service.js';
import { SanctionBell } from '../rules/sanction-bell.js';

/**
 * Carries out what rules that mute have decided: the message is rejected and its author muted, in a transaction of its own,
 * because people are locked after rooms. Until then the message is held, so nobody sees it. The process that took it begins at
 * once, and the job does what a killed one has left.
 */
@Injectable()
export class Sanctions implements OnModuleInit {
  private readonly logger = new Logger('Rules');
  private running = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly bell: SanctionBell,
    private readonly sanctions: SanctionsRepository,
    private readonly queue: QueueService,
    private readonly marks: MarksService,
  ) {}

  onModuleInit(): void {
    this.bell.whenRung(() => {
      this.run().catch((error: unknown) => {
        this.logger.error('A rule was not carried out', error instanceof Error ? error.stack : undefined);
      });
    });
  }

  /** Carries out all that is due; several processes may at once. For the job, too. */
  run(): Promise<void> {
    const run = this.running.catch(() => undefined).then(() => this.carryOutAll());
    this.running = run;
    return run;
  }

  private async carryOutAll(): Promise<void> {
    for (const sanction of await this.sanctions.due()) {
      try {
        await this.carryOut(sanction);
      } catch (error) {
        // Somebody who has a role by now is not muted.
        if (!(error instanceof ProtocolError)) throw error;
        await this.carryOut({ ...sanction, until: null });
      }
    }
  }

  private async carryOut({ messageId, room, sessionId, name, until }: Sanction): Promise<void> {
    const seconds = (until ?? 0) - this.clock.seconds();
    await this.database.transact(async (tx) => {
      const { rejected } = await this.queue.reject(tx, room, PLAZA, { ids: [messageId] });
      // A moderator or another process was first.
      if (rejected.length === 0 || name === null || seconds <= 0) return;
      const scope = { global: false, rooms: [room] } as const;
      const request = { targets: [sessionId], scope, reason: `the rule “${name}”`, isTold: true };
      await this.marks.mute(tx, PLAZA, request, seconds);
    });
  }
}
