import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { Database } from '../../foundation/database/database.js';
import { jsonIn } from '../../foundation/json-text.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { BansService } from '../../moderation/bans.service.js';
import { GLOBAL, type Scope } from '../../moderation/scope.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { roomTokenSchema } from '../../protocol/requests/path.schemas.js';
import { BanListRepository } from '../../records/moderation/ban-list.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { isBlinded, sessionIdSchema } from '../../records/users/session-id.js';
import { UsersService } from '../../users/users.service.js';

const FORMAT = 'plaza-bans-1';
const MOST = 1_000_000;

const listSchema = z.object({
  format: z.literal(FORMAT),
  /** Public key of the server that wrote it, in hex: blinded IDs mean nobody elsewhere. */
  server: z.string().regex(/^[0-9a-f]{64}$/),
  bans: z
    .array(
      z.object({
        session_id: sessionIdSchema,
        global: z.boolean(),
        rooms: z.array(roomTokenSchema).max(10_000),
      }),
    )
    .max(MOST),
});

/** A list of bans as it is exported. Bans with an end are in it as long as they hold. */
export type BanList = z.output<typeof listSchema>;

/** The outcome of an import. */
export interface BanImport {
  banned: number;
  /** People who were banned there already. */
  known: number;
  /** Blinded IDs of another server, which mean nobody here. */
  blinded: number;
  /** Bans of rooms that are not here. */
  withoutRoom: number;
  /** People whom a ban can't reach, such as staff of the whole server. */
  protected: number;
}

/** Bans as a list that communities share. */
@Injectable()
export class BanListService {
  constructor(
    private readonly database: Database,
    private readonly identity: ServerIdentity,
    private readonly list: BanListRepository,
    private readonly bans: BansService,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersService,
  ) {}

  /** All bans that hold. */
  async export(): Promise<BanList> {
    const bans = (await this.list.all()).map(({ sessionId, isGlobal, rooms }) => ({
      session_id: sessionId,
      global: isGlobal,
      rooms,
    }));
    return { format: FORMAT, server: this.identity.publicKeyHex, bans };
  }

  /**
   * Bans the people of a list, each in a transaction of its own: an import that was killed goes on when it is run again.
   * @param text a list that {@link export} gave
   * @param where they are banned; as the list says when it is left out
   * @throws Error that says what is wrong with the list
   */
  async import(text: string, where: Scope | undefined): Promise<BanImport> {
    const { server, bans } = readBanList(text);
    const isOwn = server === this.identity.publicKeyHex;
    const result: BanImport = { banned: 0, known: 0, blinded: 0, withoutRoom: 0, protected: 0 };
    for (const { session_id: sessionId, global, rooms } of bans) {
      if (isBlinded(sessionId) && !isOwn) {
        result.blinded++;
        continue;
      }
      for (const scope of where ? [where] : await this.scopesOf(global, rooms, result)) {
        result[await this.ban(sessionId, scope)]++;
      }
    }
    return result;
  }

  private async scopesOf(global: boolean, tokens: readonly string[], result: BanImport): Promise<Scope[]> {
    const scopes: Scope[] = global ? [GLOBAL] : [];
    const found = await this.rooms.findMany(this.database, tokens);
    result.withoutRoom += tokens.length - found.length;
    if (found.length > 0) scopes.push({ global: false, rooms: found.map(({ token }) => token) });
    return scopes;
  }

  private async ban(sessionId: string, scope: Scope): Promise<'banned' | 'known' | 'protected'> {
    if (await this.isBanned(sessionId, scope)) return 'known';
    try {
      await this.database.transact((tx) => this.bans.ban(tx, PLAZA, { sessionId, scope, timeout: null }));
      return 'banned';
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'permission_denied') return 'protected';
      throw error;
    }
  }

  private async isBanned(sessionId: string, scope: Scope): Promise<boolean> {
    const user = await this.users.resolve(sessionId);
    if (!user || scope.global || scope.rooms === '*') return user?.banned === true;
    const rooms = await this.rooms.findMany(this.database, scope.rooms);
    return rooms.every(({ id }) => user.overrides.get(id)?.banned === true);
  }
}

function readBanList(text: string): BanList {
  const result = listSchema.safeParse(jsonIn(text, 'the list'));
  if (result.success) return result.data;
  throw new Error(`the list can't be read: ${result.error.issues[0]?.message ?? 'it is another'}`);
}
