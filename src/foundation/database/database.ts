import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Client, type QueryResult } from 'pg';
import {
  DataSource,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { CHANGE_TELLER, type ChangeTeller, type ChangeHearers } from './change-teller.js';
import { type Columns } from './columns.js';
import { clientOf, poolOf } from './driver.js';
import { isConflict, isFollowingFailure, PrerequisiteError, translateError } from './errors.js';
import { hangUp } from './hang-up.js';
import { type Parameters, toValues } from './parameters.js';
import { showRows } from './read-rows.js';
import { StatementNames } from './statement-names.js';
import { waitsForOthers, watchTransaction } from './transaction-watch.js';

/**
 * Reads from the database. Columns arrive as int8 and float8 → number, bytea → Buffer, numeric → string.
 *
 * Statements are prepared once per connection, so an SQL text must be the same text each time (values go into the
 * parameters) and must name its columns: `SELECT *` breaks when another process migrates the table.
 */
export interface DatabaseReader {
  /** All rows that match. The columns say what the statement selects or returns. */
  rows<T extends object>(columns: Columns<T>, sql: string, parameters?: Parameters): Promise<T[]>;
  /** The first row; undefined when none matches. */
  row<T extends object>(columns: Columns<T>, sql: string, parameters?: Parameters): Promise<T | undefined>;
  /** Whether a row matches. The statement selects no column: `SELECT FROM users WHERE …`. */
  exists(sql: string, parameters?: Parameters): Promise<boolean>;
}

/** Gives TypeORM's repositories: for what is not on the way of polls and posts, where SQL by `rows` is cheaper. */
export interface Repositories {
  /** Its statements must be awaited one by one: they are sent later than asked for. */
  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E>;
}

/**
 * Reads and writes in one transaction. `rows` and `row` may write here too, as `INSERT … RETURNING` does.
 *
 * Statements run in the order in which they are asked for, each by what has been committed when its turn comes. Those
 * that need none of each other's answers may be asked for at once and awaited together: that takes one round trip, and
 * locks are held for as long as the round trips after them take. Every one must be awaited.
 */
export interface Transaction extends DatabaseReader, Repositories {
  /**
   * As `rows`, for the last statement of all: the commit is sent along with it, and happens if it succeeds. The work
   * that comes after it must not fail.
   */
  rowsAndCommit<T extends object>(columns: Columns<T>, sql: string, parameters?: Parameters): Promise<T[]>;
  /** Runs a statement that changes rows; returns how many it changed. */
  run(sql: string, parameters?: Parameters): Promise<number>;
  /** Runs `callback` once after this transaction committed, and never if it does not. */
  afterCommit(callback: () => void): void;
  /**
   * Notes what this transaction changes, as the change feed names it (`room:lobby`). Once it has committed, all processes
   * are told, and the caller of {@link Database.transact} has its result when they have forgotten what they had cached.
   * @param hearers whom that waits for; this machine's processes by default
   */
  changes(subject: string, hearers?: ChangeHearers): void;
  /** All whom the caller of {@link Database.transact} is going to wait for, as far as was noted. */
  readonly hearers: ChangeHearers;
}

/** Runs work in a transaction of its own, as {@link Database.transact} does. */
export type Transact = <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;

/** Attempts that a transaction gets when it keeps colliding with others. */
const ATTEMPTS = 5;
/** Milliseconds; the pause before an attempt is random up to this times the attempts so far. */
const PAUSE = 20;
/** Counts of what a process has asked of the database since it began. */
export interface DatabaseStatistics {
  statements: number;
  /** Transactions begun again because they collided with others or waited for something. */
  retries: number;
}

abstract class RowReader implements DatabaseReader {
  abstract rows<T extends object>(columns: Columns<T>, sql: string, parameters?: Parameters): Promise<T[]>;

  async row<T extends object>(
    columns: Columns<T>,
    sql: string,
    parameters: Parameters = [],
  ): Promise<T | undefined> {
    return (await this.rows(columns, sql, parameters))[0];
  }

  async exists(sql: string, parameters: Parameters = []): Promise<boolean> {
    return (await this.rows({}, sql, parameters)).length > 0;
  }
}

/** The one way to the tables. Writing needs a {@link Transaction}, or is one statement that is one by itself. */
@Injectable()
export class Database extends RowReader {
  private readonly logger = new Logger('Database');
  private readonly counts: DatabaseStatistics = { statements: 0, retries: 0 };

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CHANGE_TELLER) private readonly teller: ChangeTeller,
    private readonly statements: StatementNames,
  ) {
    super();
  }

  async rows<T extends object>(columns: Columns<T>, sql: string, parameters: Parameters = []): Promise<T[]> {
    return this.withClient(async (client) => (await this.query(client, columns, sql, parameters)).rows);
  }

  /**
   * Reads by TypeORM's repositories.
   * @throws as {@link transact}
   */
  async read<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    return this.withClient((_client, queryRunner) => work(repositoriesOf(queryRunner)));
  }

  /**
   * Runs `work` in a READ COMMITTED transaction and commits when it resolves, rolls back when it rejects. When
   * PostgreSQL ends it for a deadlock or a serialization failure, or it throws a {@link PrerequisiteError}, `work` runs
   * again from its start, up to five times in all: what it does outside the transaction belongs into `afterCommit`.
   *
   * @returns what `work` returned
   * @throws DatabaseUnavailableError when the database cannot be reached; if the connection broke during the commit,
   *   the transaction may have been committed
   * @throws whatever `work` threw
   */
  async transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.insistOn(() => this.attempt(work));
  }

  /**
   * Runs one statement that writes as a transaction by itself, in one round trip instead of three.
   * @returns the rows that it returns
   * @throws as {@link transact}
   */
  async transactStatement<T extends object>(
    columns: Columns<T>,
    sql: string,
    parameters: Parameters = [],
  ): Promise<T[]> {
    return this.insistOn(() => this.rows(columns, sql, parameters));
  }

  /**
   * As {@link transactStatement}, for a statement that returns no rows.
   * @returns how many rows it changed
   */
  async run(sql: string, parameters: Parameters = []): Promise<number> {
    const { rowCount } = await this.insistOn(() =>
      this.withClient((client) => this.query(client, undefined, sql, parameters)),
    );
    return rowCount ?? 0;
  }

  /** How many connections the pool has at most, and how many requests wait for one. */
  connections(): { size: number; waiting: number } {
    const { options, waitingCount } = poolOf(this.dataSource);
    return { size: options.max, waiting: waitingCount };
  }

  statistics(): Readonly<DatabaseStatistics> {
    return this.counts;
  }

  /** Makes further attempts at what PostgreSQL has ended for a conflict, or what waited for something else. */
  private async insistOn<T>(attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        const isPrerequisite = error instanceof PrerequisiteError;
        if (!(isPrerequisite || isConflict(error)) || attempts >= ATTEMPTS) throw error;
        this.counts.retries++;
        await (isPrerequisite ? error.meet() : sleep(Math.random() * PAUSE * attempts));
      }
    }
  }

  private async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { result, callbacks, subjects, hearers } = await this.withClient(async (client, queryRunner) => {
      // Sent along with the first statement: what makes it fail breaks the connection for that, too.
      const begun = client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const transaction = new OpenTransaction(
        (columns, sql, parameters) => this.query(client, columns, sql, parameters),
        () => commit(client),
        repositoriesOf(queryRunner),
      );
      try {
        const [result] = await Promise.all([watchTransaction(() => work(transaction)), begun]);
        await transaction.commit();
        return {
          result,
          callbacks: transaction.callbacks,
          subjects: transaction.subjects,
          hearers: transaction.hearers,
        };
      } catch (error) {
        transaction.close();
        // A connection on which even this fails is broken, and the pool drops it.
        await client.query('ROLLBACK').catch(() => void hangUp(client));
        throw transaction.causeOf(error);
      }
    });
    for (const callback of callbacks) this.runSafely(callback);
    if (subjects.size > 0) await this.teller.tell([...subjects], hearers);
    return result;
  }

  /** A committed transaction must not look failed because of what comes after it. */
  private runSafely(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.logger.error('A callback after commit failed', error instanceof Error ? error.stack : undefined);
    }
  }

  /** Lends a connection of TypeORM's pool. */
  private async withClient<T>(use: (client: Client, queryRunner: QueryRunner) => Promise<T>): Promise<T> {
    waitsForOthers('a connection of the pool');
    const queryRunner = this.dataSource.createQueryRunner();
    try {
      return await use(await clientOf(queryRunner), queryRunner);
    } catch (error) {
      throw translateError(error);
    } finally {
      await queryRunner.release();
    }
  }

  /** TypeORM's own `query` cannot name a statement, so the text goes to node-postgres directly. */
  private async query<T extends object>(
    client: Client,
    columns: Columns<T> | undefined,
    sql: string,
    parameters: Parameters,
  ): Promise<QueryResult<T>> {
    const name = this.statements.of(sql);
    this.counts.statements++;
    try {
      const values = toValues(parameters);
      const result = await client.query<T>(
        name === undefined ? { text: sql, values } : { name, text: sql, values },
      );
      if (columns) showRows(sql, columns, result);
      return result;
    } catch (error) {
      // The answer may still arrive one day; the connection must not be lent to anyone before.
      if (error instanceof Error && error.message === 'Query read timeout') void hangUp(client);
      throw error;
    }
  }
}

type Query = <T extends object>(
  columns: Columns<T> | undefined,
  sql: string,
  parameters: Parameters,
) => Promise<QueryResult<T>>;

class OpenTransaction extends RowReader implements Transaction {
  readonly callbacks: (() => void)[] = [];
  readonly subjects = new Set<string>();
  hearers: ChangeHearers = 'this machine';
  private isOpen = true;
  private committed: Promise<void> | undefined;
  /** The error of the first statement that failed. */
  private failure: unknown;

  constructor(
    private readonly query: Query,
    private readonly sendCommit: () => Promise<void>,
    private readonly repositories: Repositories,
  ) {
    super();
  }

  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    this.mustBeOpen();
    return this.repositories.repository(entity);
  }

  async rows<T extends object>(columns: Columns<T>, sql: string, parameters: Parameters = []): Promise<T[]> {
    return (await this.send(columns, sql, parameters)).rows;
  }

  async run(sql: string, parameters: Parameters = []): Promise<number> {
    return (await this.send(undefined, sql, parameters)).rowCount ?? 0;
  }

  async rowsAndCommit<T extends object>(
    columns: Columns<T>,
    sql: string,
    parameters: Parameters = [],
  ): Promise<T[]> {
    const rows = this.rows(columns, sql, parameters);
    // The end of the transaction waits for it. If the statement fails, its failure is the one to tell of.
    this.commit().catch(() => undefined);
    return rows;
  }

  afterCommit(callback: () => void): void {
    this.callbacks.push(callback);
  }

  changes(subject: string, hearers: ChangeHearers = 'this machine'): void {
    this.subjects.add(subject);
    if (hearers === 'all machines') this.hearers = hearers;
  }

  /** Commits, unless that was sent along with the last statement; resolves when it is done. */
  commit(): Promise<void> {
    this.close();
    this.committed ??= this.sendCommit();
    return this.committed;
  }

  close(): void {
    this.isOpen = false;
  }

  /**
   * Finds the error that made the transaction fail. A statement that is awaited together with the one that failed may reject
   * before it, and says only that an earlier one has failed. The earlier error tells whether another attempt can succeed.
   */
  causeOf(error: unknown): unknown {
    return isFollowingFailure(error) ? (this.failure ?? error) : error;
  }

  /** After the end the connection is someone else's, and a statement that nobody awaited would land there. */
  private async send<T extends object>(
    columns: Columns<T> | undefined,
    sql: string,
    parameters: Parameters,
  ): Promise<QueryResult<T>> {
    this.mustBeOpen();
    try {
      return await this.query(columns, sql, parameters);
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  private mustBeOpen(): void {
    if (!this.isOpen) throw new Error('This transaction has ended: await every statement inside it');
  }
}

function repositoriesOf({ manager }: QueryRunner): Repositories {
  return { repository: (entity) => manager.getRepository(entity) };
}

async function commit(client: Client): Promise<void> {
  const { command } = await client.query('COMMIT');
  // PostgreSQL answers the commit of a failed transaction with a rollback and no error.
  if (command === 'ROLLBACK') {
    throw new Error('The transaction was rolled back: a statement in it failed and its error was swallowed');
  }
}
