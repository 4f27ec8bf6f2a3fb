import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Marks, marksOf, type User } from '../users/user.js';
import { UsersRepository } from '../users/users.repository.js';
import { NO_OVERRIDE, OverridesRepository } from './overrides.repository.js';

/** Marks where they are kept: of the whole server with the person, and of a room with the rest of their override. */
@Injectable()
export class MarksRepository {
  constructor(
    private readonly users: UsersRepository,
    private readonly overrides: OverridesRepository,
  ) {}

  /**
   * Changes some marks of somebody whose standing is locked.
   * @param room null for the whole server
   */
  async change(
    tx: Transaction,
    target: User,
    room: { readonly id: number } | null,
    change: Partial<Marks>,
  ): Promise<void> {
    if (room === null) {
      await this.users.setGlobalMarks(tx, target.id, { ...marksOf(target), ...change });
      return;
    }
    const override = target.overrides.get(room.id) ?? NO_OVERRIDE;
    await this.overrides.save(tx, { roomId: room.id, userId: target.id }, { ...override, ...change });
  }
}
