import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { type FutureView, futureViews, permissionsView, type PermissionsView } from './permissions.views.js';
import { SchedulesRepository } from '../records/moderation/schedules.repository.js';

/** All that the operator is told of someone. Times in unix seconds. */
export interface UserReport {
  /** The `15…` ID where that is known. */
  session_id: string;
  created_at: number;
  last_active_at: number;
  banned: boolean;
  global_moderator: boolean;
  global_admin: boolean;
  /** Whether a global role is shown to everyone. */
  visible: boolean;
  /** Roles, bans and permissions by room token. */
  rooms: Record<string, PermissionsView>;
  /** The scheduled changes, soonest first; `room` is null for the whole server. */
  scheduled: (FutureView & { room: string | null })[];
}

/** Tells the operator what the server knows of someone's standing. */
@Injectable()
export class UserReportService {
  constructor(
    private readonly users: UsersService,
    private readonly usersRepository: UsersRepository,
    private readonly rooms: RoomsRepository,
    private readonly schedules: SchedulesRepository,
  ) {}

  /**
   * Everything about one user; for the command line, which nobody needs to ask.
   * @throws ProtocolError `user_not_found`
   */
  async report(sessionId: string): Promise<UserReport> {
    const user = await this.users.resolve(sessionId);
    const times = user && (await this.usersRepository.timesOf(user.id));
    if (!user || !times) throw new ProtocolError('user_not_found');
    const rooms = (await this.rooms.all()).filter((room) => user.overrides.has(room.id));
    const scheduled = await this.schedules.ofUser(user.id);
    return {
      session_id: user.sessionId,
      created_at: times.createdAt,
      last_active_at: times.lastActiveAt,
      banned: user.banned,
      global_moderator: user.moderator,
      global_admin: user.admin,
      visible: user.visible,
      rooms: Object.fromEntries(
        rooms.map((room) => [room.token, permissionsView(user.overrides.get(room.id))]),
      ),
      scheduled: futureViews(scheduled).map((view, index) => ({
        room: scheduled[index]?.room ?? null,
        ...view,
      })),
    };
  }
}
