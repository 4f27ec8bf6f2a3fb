import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, type Reply } from '../protocol/requests/reply.js';
import { BansService } from './bans.service.js';
import { RolesService } from './roles.service.js';
import {
  banBody,
  type BanBody,
  roleBody,
  type RoleBody,
  unbanBody,
  type UnbanBody,
  userParams,
  type UserParams,
} from './standing.dto.js';

/** Roles and bans (protocol 7.3). */
@Controller()
export class StandingController {
  constructor(
    private readonly roles: RolesService,
    private readonly bans: BansService,
  ) {}

  @Endpoint({
    method: 'POST',
    path: '/user/:user/moderator',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Appoints a moderator or admin of rooms or of the whole server, or takes that role',
    answers: [200, 403, 404],
    params: userParams,
    body: roleBody,
  })
  async changeRole({
    caller,
    params,
    body,
    once,
  }: Call<'user', UserParams, unknown, RoleBody>): Promise<Reply> {
    return once(async (tx) =>
      json({ info_updates: await this.roles.change(tx, caller, { targets: [params.user], ...body }) }),
    );
  }

  @Endpoint({
    method: 'POST',
    path: '/user/:user/ban',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Bans a user from rooms or from the whole server, for good or for some time',
    answers: [200, 403, 404],
    params: userParams,
    body: banBody,
  })
  async ban({ caller, params, body, once }: Call<'user', UserParams, unknown, BanBody>): Promise<Reply> {
    return once(async (tx) => {
      await this.bans.ban(tx, caller, { sessionId: params.user, ...body });
      return json({});
    });
  }

  @Endpoint({
    method: 'POST',
    path: '/user/:user/unban',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Lifts the ban of a user from rooms or from the whole server',
    answers: [200, 403, 404],
    params: userParams,
    body: unbanBody,
  })
  async unban({ caller, params, body, once }: Call<'user', UserParams, unknown, UnbanBody>): Promise<Reply> {
    return once(async (tx) => {
      await this.bans.unban(tx, caller, { sessionId: params.user, ...body });
      return json({});
    });
  }
}
