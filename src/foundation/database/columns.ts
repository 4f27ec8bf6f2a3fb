import { type ZodType } from 'zod';

/**
 * A column of a result: what PostgreSQL calls its type, and what JavaScript gets for a value. Tests compare both with
 * real results; a server does not.
 */
export class Column<out Value> {
  private withNull: Column<Value | null> | undefined;

  /**
   * @param name for messages, such as `number or null`
   * @param isType whether a result may name this type, by its OID in `pg_type`
   */
  constructor(
    readonly name: string,
    readonly isType: (oid: number) => boolean,
    readonly accepts: (value: unknown) => value is Value,
  ) {}

  /** The same column where NULL may stand. */
  get orNull(): Column<Value | null> {
    this.withNull ??= new Column(
      `${this.name} or null`,
      this.isType,
      (value) => value === null || this.accepts(value),
    );
    return this.withNull;
  }
}

/** The columns of a result by name. Rows that have them are of the type `Row`. */
export type Columns<Row> = { readonly [Name in keyof Row]-?: Column<Row[Name]> };

/** A row that a LEFT JOIN may not find. */
export type OrNulls<Row> = { [Name in keyof Row]: Row[Name] | null };

const among =
  (...oids: readonly number[]) =>
  (oid: number): boolean =>
    oids.includes(oid);

/** smallint, integer, bigint, real, double precision, oid. */
const isNumber = among(20, 21, 23, 26, 700, 701);
/** char, name, text, varchar, uuid. */
const isText = among(18, 19, 25, 1042, 1043, 2950);
/** json, jsonb. */
const isJsonType = among(114, 3802);
/** Arrays of boolean, bytea, char, name, smallint, integer, text, varchar, bigint, real, double precision. */
const isArray = among(1000, 1001, 1002, 1003, 1005, 1007, 1009, 1015, 1016, 1021, 1022);
/** Types of Plaza's own schema, all of which are enumerations: PostgreSQL gives them OIDs from here on. */
const isEnumeration = (oid: number): boolean => oid >= 16_384;

/**
 * Kinds of columns. A query's rows are declared by them, once, and its type follows:
 *
 *     const PIN_COLUMNS: Columns<Pin> = { messageId: column.number, pinnedBy: column.text.orNull };
 *     const pins = await tx.rows(PIN_COLUMNS, 'SELECT message_id AS "messageId", …');
 */
export const column = {
  number: new Column('number', isNumber, (value) => typeof value === 'number'),
  text: new Column('text', isText, (value) => typeof value === 'string'),
  boolean: new Column('boolean', among(16), (value) => typeof value === 'boolean'),
  bytes: new Column('bytes', among(17), (value): value is Buffer => Buffer.isBuffer(value)),

  /** A text or number that is one of a few. */
  oneOf<const Value extends string | number>(values: readonly Value[]): Column<Value> {
    return new Column(
      `one of ${values.join(', ')}`,
      (oid) => isNumber(oid) || isText(oid) || isEnumeration(oid),
      (value): value is Value => values.some((one) => one === value),
    );
  },

  /** An array of PostgreSQL's; one in JSON is described by a schema. */
  list<Value>(element: Column<Value>): Column<Value[]> {
    return new Column(
      `list of ${element.name}`,
      isArray,
      (value): value is Value[] => Array.isArray(value) && value.every((one) => element.accepts(one)),
    );
  },

  /** JSON that a schema describes. */
  json<Value>(schema: ZodType<Value>): Column<Value> {
    return new Column(
      'JSON as its schema says',
      isJsonType,
      (value): value is Value => schema.safeParse(value).success,
    );
  },

  /** An object in JSON of which nothing is known here: its reader parses it. */
  anyObject: new Column(
    'object',
    isJsonType,
    (value): value is object => typeof value === 'object' && value !== null,
  ),
};

/** The columns of a row that a LEFT JOIN may not find: all of them are NULL then. */
export function orNulls<Row extends object>(columns: Columns<Row>): Columns<OrNulls<Row>>;
export function orNulls(columns: Readonly<Record<string, Column<unknown>>>): Columns<object> {
  return Object.fromEntries(Object.entries(columns).map(([name, { orNull }]) => [name, orNull]));
}
