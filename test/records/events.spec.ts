import { type Database, type Transaction } from '../../src/foundation/database/database.js';
import { EventCursorsRepository } from '../../src/records/events/event-cursors.repository.js';
import { EventsRepository } from '../../src/records/events/events.repository.js';
import { migrateDatabase } from '../../src/records/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { holdTransaction } from '../support/held-transaction.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

describe('readers of events', () => {
  let testDatabase: TestDatabase;
  let opened: OpenDatabase;
  let database: Database;
  let events: EventsRepository;
  let cursors: EventCursorsRepository;

  beforeAll(async () => {
    testDatabase = await createDatabase();
    await migrateDatabase(testDatabase.url);
    opened = await openDatabase(testDatabase.url, 8);
    ({ database } = opened);
    events = new EventsRepository(database);
    cursors = new EventCursorsRepository(database);
  });

  afterAll(async () => {
    await opened.close();
    await testDatabase.drop();
  });

  const pin = (tx: Transaction, message: string): Promise<void> =>
    events.record(tx, { kind: 'message.pin', actor: 'plaza', room: 'lobby', target: message });

  async function take(reader: string, limit = 1000): Promise<string[]> {
    const taken = await database.transact((tx) => cursors.take(tx, reader, limit));
    return taken.map(({ target }) => target ?? '');
  }

  /** Begins a reader, and has it go past everything that happened before. */
  async function begin(reader: string): Promise<void> {
    await take(reader);
    const start = `${reader} begins`;
    await database.transact((tx) => pin(tx, start));
    await eventually(async () => (await take(reader)).includes(start));
  }

  /** The events that a reader gets until one has come; other suites' transactions make it wait, too. */
  async function takeUntil(reader: string, last: string, limit?: number): Promise<string[]> {
    const all: string[] = [];
    await eventually(async () => {
      all.push(...(await take(reader, limit)));
      return all.includes(last);
    });
    return all;
  }

  it('get each event once and in order, some at a time', async () => {
    await begin('first');
    for (const message of ['1', '2', '3']) await database.transact((tx) => pin(tx, message));
    expect(await takeUntil('first', '3', 2)).toEqual(['1', '2', '3']);
    expect(await take('first')).toEqual([]);
  });

  it('get no event of a transaction that fails', async () => {
    await begin('after a failure');
    const failing = database.transact(async (tx) => {
      await pin(tx, 'undone');
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    await database.transact((tx) => pin(tx, 'done'));
    expect(await takeUntil('after a failure', 'done')).toEqual(['done']);
  });

  it('wait for a transaction that began earlier and commits later', async () => {
    await begin('patient');
    const slow = await holdTransaction(database);
    await pin(slow.tx, 'slow');
    await database.transact((fast) => pin(fast, 'fast'));
    expect(await take('patient')).toEqual([]);
    await slow.end();
    expect(await takeUntil('patient', 'fast')).toEqual(['slow', 'fast']);
  });

  it('get an event again when the transaction that took it fails', async () => {
    await begin('unlucky');
    await database.transact((tx) => pin(tx, 'again'));
    let taken = 0;
    await eventually(async () => {
      await database
        .transact(async (tx) => {
          taken = (await cursors.take(tx, 'unlucky', 10)).length;
          throw new Error('killed');
        })
        .catch(() => undefined);
      return taken > 0;
    });
    expect(await takeUntil('unlucky', 'again')).toEqual(['again']);
  });

  it('lose and double no event while many processes write and read at once', async () => {
    await begin('shared');
    const seen: string[] = [];
    const written = Array.from({ length: 200 }, (_, index) => `event ${index}`);
    const writing = Promise.all(written.map((message) => database.transact((tx) => pin(tx, message))));
    const reading = async (): Promise<void> => {
      for (let turn = 0; turn < 40; turn++) seen.push(...(await take('shared', 7)));
    };
    await Promise.all([writing, reading(), reading()]);
    await database.transact((tx) => pin(tx, 'the last'));
    seen.push(...(await takeUntil('shared', 'the last')));
    expect([...seen].sort()).toEqual([...written, 'the last'].sort());
  });

  it('go on in a database that comes from another server, whose transactions had higher numbers', async () => {
    await begin('moved');
    await database.transact((tx) => pin(tx, 'moved'));
    await database.transact(async (tx) => {
      await tx.run('UPDATE events SET transaction = transaction + 1000000');
      await tx.run('UPDATE event_cursors SET transaction = transaction + 1000000');
    });
    expect(await take('moved')).toEqual([]);
    await migrateDatabase(testDatabase.url);
    await database.transact((tx) => pin(tx, 'new'));
    expect(await takeUntil('moved', 'new')).toEqual(['moved', 'new']);
  });
});
