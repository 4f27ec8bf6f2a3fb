import { Logger } from '@nestjs/common';
import pg from 'pg';
import { ChangeFeed } from '../../src/foundation/database/change-feed.js';
import { type Cable, layCable } from '../support/cable.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

describe('the change feed', () => {
  let database: TestDatabase;
  let cable: Cable;
  let writer: pg.Client;
  let feed: ChangeFeed;
  let events: string[];
  /** Changes that happened before each test. */
  let begun: string[];

  const change = (payload: string): Promise<unknown> =>
    writer.query('SELECT pg_notify($1, $2)', ['plaza', payload]);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDatabase();
    cable = await layCable(database.url);
    writer = new pg.Client(database.url);
    await writer.connect();
  });

  beforeEach(async () => {
    events = [];
    feed = new ChangeFeed(cable.url, undefined, 200);
    feed.on('room', (subject) => events.push(`room ${subject}`));
    feed.on('permission', (subject) => events.push(`permission ${subject}`));
    feed.onLost(() => events.push('lost'));
    feed.onRestored(() => events.push('restored'));
    await feed.onModuleInit();
    begun = events.splice(0);
  });

  afterEach(async () => {
    await feed.close();
  });

  afterAll(async () => {
    await writer.end();
    await cable.cut();
    await database.drop();
  });

  it('says when it begins to hear, for caches that asked before', () => {
    expect(begun).toEqual(['restored']);
  });

  it('passes each kind of change to its subscribers, in order', async () => {
    await change('room:12');
    await change('permission:3:77');
    await change('file:9');
    await change('room:13');
    await eventually(() => events.length === 3);
    expect(events).toEqual(['room 12', 'permission 3:77', 'room 13']);
  });

  it('tells a change only when its transaction commits', async () => {
    await writer.query('BEGIN');
    await change('room:1');
    await writer.query('ROLLBACK');
    await writer.query('BEGIN');
    await change('room:2');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(events).toEqual([]);
    await writer.query('COMMIT');
    await eventually(() => events.length === 1);
    expect(events).toEqual(['room 2']);
  });

  it('stops telling subscribers that have left', async () => {
    const told: string[] = [];
    const stop = feed.on('room', (subject) => told.push(subject));
    await change('room:1');
    await eventually(() => told.length === 1);
    stop();
    await change('room:2');
    await eventually(() => events.length === 2);
    expect(told).toEqual(['1']);
  });

  it('tells the other subscribers when one throws', async () => {
    feed.on('user', () => {
      throw new Error('this cache is broken');
    });
    feed.on('user', (subject) => events.push(`user ${subject}`));
    await change('user:5');
    await eventually(() => events.includes('user 5'));
  });

  it('says when its connection is cut, and when it hears again', async () => {
    await cable.cut();
    await eventually(() => events.includes('lost'));
    expect(feed.isListening).toBe(false);
    await change('room:1');
    await cable.mend();
    await eventually(() => feed.isListening);
    await change('room:2');
    await eventually(() => events.includes('room 2'));
    expect(events).toEqual(['lost', 'restored', 'room 2']);
  });

  it('notices a connection that died without a sign', async () => {
    cable.goDead();
    await eventually(() => events.includes('lost'));
    expect(feed.isListening).toBe(false);
    await cable.mend();
    await eventually(() => feed.isListening);
    await change('room:3');
    await eventually(() => events.includes('room 3'));
    expect(events).toEqual(['lost', 'restored', 'room 3']);
  });

  it('hears again after PostgreSQL ended its session', async () => {
    await writer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'plaza change feed' AND datname = current_database()`);
    await eventually(() => events.includes('restored'));
    expect(events).toEqual(['lost', 'restored']);
  });

  it('shows that it is back before caches trust what it hears again, and stays lost while it can not', async () => {
    let failures = 1;
    feed.onReturn(() => {
      events.push('returns');
      return failures-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve();
    });
    await cable.cut();
    await cable.mend();
    await eventually(() => events.includes('restored'));
    expect(events).toEqual(['lost', 'returns', 'returns', 'restored']);
  });

  it('shows that it is back after a pause that others may have noticed, and after no shorter one', async () => {
    feed.onReturn(() => {
      events.push('returns');
      return Promise.resolve();
    });
    await feed.catchUp(5_000, 200);
    expect(events).toEqual([]);
    await feed.catchUp(5_000, 7_000);
    expect(events).toEqual(['returns']);
  });
});
