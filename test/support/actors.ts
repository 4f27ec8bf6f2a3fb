import { createHash } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { type Transport } from '../client/requester.js';
import { type Appointment, type Community } from './community.js';

/**
 * The people of a test, each the same client whenever they are asked for. Their keys follow from their names, so
 * that a failure can be repeated.
 *
 *     const actors = new Actors(server, 'lobby');
 *     const { alice, bob, anonymous } = actors;             // without rights
 *     const mod = await actors.moderator();                 // of the lobby, appointed through `plaza`
 *     const carol = actors.person('carol');
 *     const boss = await actors.staff('boss', { in: 'global', admin: true, hidden: false });
 */
export class Actors {
  private readonly people = new Map<string, SessionClient>();
  private readonly appointed = new Map<string, Promise<SessionClient>>();

  /**
   * `room` is the room whose moderators and admins are appointed. `transport` is that of all clients, onion v4 by
   * default.
   */
  constructor(
    private readonly server: Community,
    private readonly room = 'lobby',
    private readonly transport?: Transport,
  ) {}

  /** Someone without any rights; their first read of a room or an inbox, or their first write, makes them known. */
  person(name: string): SessionClient {
    const known = this.people.get(name);
    if (known) return known;
    const client = this.server.client(identityOf(name), this.transport);
    this.people.set(name, client);
    return client;
  }

  /** `count` people without any rights: `crowd-1`, `crowd-2`, … */
  crowd(count: number): SessionClient[] {
    return Array.from({ length: count }, (_, index) => this.person(`crowd-${index + 1}`));
  }

  /** Someone appointed by their `05…` ID, before the server has seen them. */
  staff(name: string, appointment: Appointment): Promise<SessionClient> {
    const known = this.appointed.get(name);
    if (known) return known;
    const person = this.person(name);
    const appointed = this.server.addModerator(identityOf(name), appointment).then(() => person);
    this.appointed.set(name, appointed);
    return appointed;
  }

  get alice(): SessionClient {
    return this.person('alice');
  }

  get bob(): SessionClient {
    return this.person('bob');
  }

  /** Signs nothing. */
  get anonymous(): SessionClient {
    const known = this.people.get('');
    if (known) return known;
    const client = this.server.client(undefined, this.transport);
    this.people.set('', client);
    return client;
  }

  /** A visible moderator of the room. */
  moderator(): Promise<SessionClient> {
    return this.staff('mod', { in: this.room });
  }

  /** A visible admin of the room. */
  admin(): Promise<SessionClient> {
    return this.staff('admin', { in: this.room, admin: true });
  }

  hiddenModerator(): Promise<SessionClient> {
    return this.staff('hidden mod', { in: this.room, hidden: true });
  }

  hiddenAdmin(): Promise<SessionClient> {
    return this.staff('hidden admin', { in: this.room, admin: true, hidden: true });
  }

  /** Hidden, as global moderators are by default. */
  globalModerator(): Promise<SessionClient> {
    return this.staff('global mod', { in: 'global' });
  }

  /** Hidden, as global admins are by default. */
  globalAdmin(): Promise<SessionClient> {
    return this.staff('global admin', { in: 'global', admin: true });
  }
}

/** The account that a name of a test stands for. */
export function identityOf(name: string): Identity {
  return new Identity(createHash('sha256').update(`Plaza test actor ${name}`).digest());
}
