import pg from 'pg';
import * as z from 'zod';
import { column, type Columns } from '../../src/foundation/database/columns.js';
import { faultOf } from '../support/check-rows.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('columns that a query is declared with', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const compare = async (columns: Columns<object>, sql: string): Promise<string | undefined> =>
    faultOf(columns, await client.query<object>(sql));

  it.each<[string, Columns<object>, string]>([
    ['numbers', { a: column.number, b: column.number }, 'SELECT 1::smallint AS a, 1.5::float8 AS b'],
    ['texts and bytes', { a: column.text, b: column.bytes }, `SELECT 'x' AS a, '\\x00'::bytea AS b`],
    ['NULL where it may stand', { a: column.number.orNull }, 'SELECT NULL::integer AS a'],
    ['one of a few', { a: column.oneOf(['x', 'y']) }, `SELECT 'y'::text AS a`],
    ['arrays', { a: column.list(column.number) }, 'SELECT array[1, 2] AS a'],
    ['JSON', { a: column.json(z.object({ b: z.int() })) }, `SELECT json_build_object('b', 1) AS a`],
    ['no rows', { a: column.boolean }, 'SELECT true AS a WHERE false'],
    ['no columns', {}, 'SELECT WHERE true'],
  ])('match %s', async (_what, columns, sql) => {
    expect(await compare(columns, sql)).toBeUndefined();
  });

  it.each<[string, Columns<object>, string, string]>([
    [
      'another type, without any row',
      { a: column.number },
      `SELECT 'x'::text AS a WHERE false`,
      'The column "a" is declared as number and has the type with the OID 25',
    ],
    [
      'NULL in any row',
      { a: column.number },
      'SELECT a FROM (VALUES (1), (NULL)) AS v (a)',
      'The column "a" is declared as number and was null',
    ],
    [
      'a value beside the few',
      { a: column.oneOf(['x', 'y']) },
      `SELECT 'z'::text AS a`,
      'The column "a" is declared as one of x, y and was "z"',
    ],
    [
      'an element of an array',
      { a: column.list(column.number) },
      'SELECT array[1, NULL] AS a',
      'The column "a" is declared as list of number and was [1,null]',
    ],
    [
      'another form of JSON',
      { a: column.json(z.object({ b: z.int() })) },
      `SELECT json_build_object('b', 'x') AS a`,
      'The column "a" is declared as JSON as its schema says and was {"b":"x"}',
    ],
    [
      'a column too few',
      { a: column.number, b: column.number },
      'SELECT 1 AS a',
      'The column "b" is declared and not there',
    ],
    [
      'a column too many',
      { a: column.number },
      'SELECT 1 AS a, 2 AS b',
      'The column "b" is there and not declared',
    ],
  ])('do not match %s', async (_what, columns, sql, fault) => {
    expect(await compare(columns, sql)).toBe(fault);
  });
});
