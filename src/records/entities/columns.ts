import { type ColumnOptions } from 'typeorm';

/** Options of an `id` that PostgreSQL counts up and that an import may set itself. */
export function countedId(table: string): {
  type: 'bigint';
  generatedIdentity: 'BY DEFAULT';
  primaryKeyConstraintName: string;
} {
  return { type: 'bigint', generatedIdentity: 'BY DEFAULT', primaryKeyConstraintName: `${table}_pkey` };
}

/** Options of a point in time, stored as on the wire: unix seconds with fractions. */
export function unixSeconds(name: string, options: ColumnOptions = {}): ColumnOptions {
  return { ...options, name, type: 'double precision' };
}

/** Options that join a relation through `column` with the constraint name the migrations gave it. */
export function foreignKey(
  table: string,
  column: string,
): { name: string; foreignKeyConstraintName: string } {
  return { name: column, foreignKeyConstraintName: `${table}_${column}_fkey` };
}
