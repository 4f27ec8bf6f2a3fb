import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type Event } from '../../records/events/event.js';
import { NO_END } from '../../records/users/user.js';
import { type Actor } from '../access/actor.js';
import { BansService } from '../bans.service.js';
import { type MarkRequest, MarksService } from '../marks.service.js';
import { PermissionsService } from '../permissions.service.js';
import { RolesService } from '../roles.service.js';
import { GLOBAL, type Scope } from '../scope.js';
import { CannotUndo, present, type Undoings } from './undoing.js';

/** Taking back what changed somebody's roles, bans, permissions and marks. */
@Injectable()
export class StandingUndoings {
  readonly all: Undoings = {
    ban: (tx, actor, event) => this.unban(tx, actor, event),
    unban: async (tx, actor, event) => {
      await this.bans.ban(tx, actor, { ...personAndScope(event), timeout: null });
      return `${name(event)} is banned ${from(event)} again, without an end`;
    },
    'role.change': async (tx, actor, event) => {
      await this.giveRole(tx, actor, event, event.before);
      return `${name(event)} has the role ${at(event)} that they had before`;
    },
    'permissions.change': async (tx, actor, event) => {
      const { read, accessible, write, upload } = event.before;
      const membership = { token: present(event.room), sessionId: present(event.target) };
      const change = { read, accessible, write, upload };
      await this.permissions.change(tx, actor, membership, { change, unschedule: false });
      return `${name(event)} has the permissions ${at(event)} that they had before`;
    },
    mute: (tx, actor, event) => this.setMute(tx, actor, event),
    unmute: (tx, actor, event) => this.setMute(tx, actor, event),
    shadow: async (tx, actor, event) => {
      await this.marks.unshadow(tx, actor, requestOf(event));
      return `others see again what ${name(event)} writes ${at(event)} from now on`;
    },
    unshadow: async (tx, actor, event) => {
      await this.marks.shadow(tx, actor, requestOf(event));
      return `nobody else sees what ${name(event)} writes ${at(event)} from now on`;
    },
    trust: async (tx, actor, event) => {
      await this.marks.unvouch(tx, actor, requestOf(event));
      return `nobody vouches for ${name(event)} ${at(event)} any more`;
    },
    untrust: async (tx, actor, event) => {
      await this.marks.trustAgain(tx, actor, requestOf(event), event.before);
      return `${name(event)} is trusted ${at(event)} as before`;
    },
  };

  constructor(
    private readonly clock: Clock,
    private readonly bans: BansService,
    private readonly roles: RolesService,
    private readonly permissions: PermissionsService,
    private readonly marks: MarksService,
  ) {}

  /** A ban takes the role in its room, which comes back. */
  private async unban(tx: Transaction, actor: Actor, event: Event<'ban'>): Promise<string> {
    const { banned, moderator, admin } = event.before;
    if (banned) throw new CannotUndo('they were banned before that, too; plaza user unban lifts it');
    await this.bans.unban(tx, actor, personAndScope(event));
    await this.marks.giveBackEarned(tx, actor, requestOf(event), event.before.earned ?? {});
    if (moderator && event.room !== undefined) {
      await this.giveRole(tx, actor, event, { moderator, admin, visible: true });
    }
    return `${name(event)} is not banned ${from(event)} any more`;
  }

  private async setMute(tx: Transaction, actor: Actor, event: Event<'mute' | 'unmute'>): Promise<string> {
    const until = event.before.mutedUntil;
    const seconds = (until ?? 0) - this.clock.seconds();
    if (until === null || seconds <= 0) {
      await this.marks.unmute(tx, actor, requestOf(event));
      return `${name(event)} is not muted ${at(event)}`;
    }
    await this.marks.mute(tx, actor, requestOf(event), until >= NO_END ? null : seconds);
    return `${name(event)} is muted ${at(event)} as before`;
  }

  private async giveRole(
    tx: Transaction,
    actor: Actor,
    event: Event,
    role: Event<'role.change'>['before'],
  ): Promise<void> {
    const { sessionId, scope } = personAndScope(event);
    await this.roles.change(tx, actor, { targets: [sessionId], scope, change: { ...role } });
  }
}

function personAndScope(event: Event): { sessionId: string; scope: Scope } {
  return { sessionId: present(event.target), scope: scopeOfEvent(event) };
}

function requestOf(event: Event): MarkRequest {
  return { targets: [present(event.target)], scope: scopeOfEvent(event) };
}

function scopeOfEvent({ room }: Event): Scope {
  return room == null ? GLOBAL : { global: false, rooms: [room] };
}

function name({ target }: Event): string {
  return present(target);
}

function at({ room }: Event): string {
  return room == null ? 'on the whole server' : `in ${room}`;
}

function from({ room }: Event): string {
  return `from ${room ?? 'the whole server'}`;
}
