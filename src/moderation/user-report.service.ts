import { Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import { type Room } from '../records/rooms/room.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type Marks, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { type FutureView, futureViews, permissionsView, type PermissionsView } from './permissions.views.js';
import { SchedulesRepository } from '../records/moderation/schedules.repository.js';
import { type TrustReport, trustReport } from './trust-report.js';

/** Marks that are set; a mute's end in unix seconds. */
export interface MarksView {
  trusted?: true;
  muted_until?: number;
  shadowed?: true;
}

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
  /** Marks on the whole server. */
  marks: MarksView;
  /** Roles, bans, permissions and marks by room token. */
  rooms: Record<string, PermissionsView & MarksView>;
  /** How far they are trusted, by room token. */
  trust: Record<string, TrustReport>;
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
    private readonly trust: TrustRepository,
    private readonly clock: Clock,
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
    const allRooms = await this.rooms.all();
    const rooms = allRooms.filter((room) => user.overrides.has(room.id));
    const scheduled = await this.schedules.ofUser(user.id);
    return {
      session_id: user.sessionId,
      created_at: times.createdAt,
      last_active_at: times.lastActiveAt,
      banned: user.banned,
      global_moderator: user.moderator,
      global_admin: user.admin,
      visible: user.visible,
      marks: marksView(user),
      rooms: Object.fromEntries(
        rooms.map((room) => {
          const override = user.overrides.get(room.id);
          return [room.token, { ...permissionsView(override), ...(override && marksView(override)) }];
        }),
      ),
      trust: await this.trustOf(user, allRooms),
      scheduled: futureViews(scheduled).map((view, index) => ({
        room: scheduled[index]?.room ?? null,
        ...view,
      })),
    };
  }

  private async trustOf(user: User, rooms: readonly Room[]): Promise<Record<string, TrustReport>> {
    const now = this.clock.seconds();
    const records = await this.trust.roomsOf(user.id);
    const isMember = (token: string): boolean => records.get(token)?.memberSince != null;
    return Object.fromEntries(
      rooms.map(({ id, token }) => {
        const isMemberElsewhere = [...records.keys()].some((other) => other !== token && isMember(other));
        return [token, trustReport(id, user, { record: records.get(token), isMemberElsewhere }, now)];
      }),
    );
  }
}

function marksView({ trusted, mutedUntil, shadowed }: Marks): MarksView {
  return {
    ...(trusted && { trusted }),
    ...(mutedUntil !== null && { muted_until: mutedUntil }),
    ...(shadowed && { shadowed }),
  };
}
