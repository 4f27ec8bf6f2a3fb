import { type INestApplicationContext } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { GLOBAL } from '../../moderation/scope.js';
import { RolesService } from '../../moderation/roles.service.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RoomsService } from '../../rooms/rooms.service.js';

/** Rooms and admins that a community is to have. */
export interface FoundingMembers {
  readonly rooms: readonly string[];
  /** Session IDs. */
  readonly admins: readonly string[];
}

/** Opens those rooms that are missing and appoints the admins, hidden and of everything, in one transaction. */
export async function foundCommunity(
  services: INestApplicationContext,
  { rooms, admins }: FoundingMembers,
): Promise<void> {
  const [service, repository] = [services.get(RoomsService), services.get(RoomsRepository)];
  const missing: string[] = [];
  for (const token of rooms) if (!(await repository.find(token))) missing.push(token);
  await services.get(Database).transact(async (tx) => {
    for (const token of missing) await service.create(tx, { token });
    if (admins.length === 0) return;
    const change = { moderator: true, admin: true, visible: null };
    await services.get(RolesService).change(tx, PLAZA, { targets: admins, scope: GLOBAL, change });
  });
}
