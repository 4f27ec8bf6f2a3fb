import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, type Reply } from '../protocol/requests/reply.js';
import { roomParams, type RoomParams } from '../protocol/requests/path.schemas.js';
import {
  memberParams,
  type MemberParams,
  permissionsBody,
  type PermissionsBody,
  scheduleBody,
  type ScheduleBody,
} from './permissions.dto.js';
import { PermissionsService } from './permissions.service.js';
import { type PersonInRoom } from './scope.js';

/** The permissions of users in a room beyond its defaults (protocol 7.4). */
@Controller()
export class PermissionsController {
  constructor(private readonly permissions: PermissionsService) {}

  @Endpoint({
    method: 'GET',
    path: '/room/:room/permissions',
    caller: 'user',
    summary: 'The overrides of everyone in a room, by Session ID',
    answers: [200, 403, 404],
    params: roomParams,
  })
  async ofRoom({ caller, params }: Call<'user', RoomParams>): Promise<Reply> {
    return json(await this.permissions.ofRoom(params.room, caller));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/permissions/:user',
    caller: 'user',
    summary: 'The overrides of one user in a room',
    answers: [200, 403, 404],
    params: memberParams,
  })
  async ofMember({ caller, params }: Call<'user', MemberParams>): Promise<Reply> {
    return json(await this.permissions.ofMember(caller, membership(params)));
  }

  @Endpoint({
    method: 'POST',
    path: '/room/:room/permissions/:user',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Grants and denies a user permissions in a room, or clears that',
    answers: [200, 403, 404],
    params: memberParams,
    body: permissionsBody,
  })
  async change({
    caller,
    params,
    body,
    once,
  }: Call<'user', MemberParams, unknown, PermissionsBody>): Promise<Reply> {
    return once(async (tx) => json(await this.permissions.change(tx, caller, membership(params), body)));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/futurePermissions',
    caller: 'user',
    summary: 'What is scheduled for everyone in a room, bans included',
    answers: [200, 403, 404],
    params: roomParams,
  })
  async futureOfRoom({ caller, params }: Call<'user', RoomParams>): Promise<Reply> {
    return json(await this.permissions.futureOfRoom(params.room, caller));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/futurePermissions/:user',
    caller: 'user',
    summary: 'What is scheduled for one user in a room, bans included',
    answers: [200, 403, 404],
    params: memberParams,
  })
  async futureOfMember({ caller, params }: Call<'user', MemberParams>): Promise<Reply> {
    return json(await this.permissions.futureOfMember(caller, membership(params)));
  }

  @Endpoint({
    method: 'POST',
    path: '/room/:room/futurePermissions/:user',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Schedules a change of a user’s permissions in a room',
    answers: [200, 403, 404],
    params: memberParams,
    body: scheduleBody,
  })
  async schedule({
    caller,
    params,
    body,
    once,
  }: Call<'user', MemberParams, unknown, ScheduleBody>): Promise<Reply> {
    return once(async (tx) => json(await this.permissions.schedule(tx, caller, membership(params), body)));
  }
}

function membership({ room, user }: MemberParams): PersonInRoom {
  return { token: room, sessionId: user };
}
