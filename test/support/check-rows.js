// Compares every result that Plaza reads in this process with the columns that its query was declared with, so that a
// wrong type of a row fails the test that reads one. See src/foundation/database/columns.ts.
import { subscribe } from 'node:diagnostics_channel';

/** Subscribed once for each process of Jest. Node.js makes an uncaught exception of an error that it throws. */
export function checkRows() {
  subscribe('plaza.rows', check);
}

/** @param {import('../../src/foundation/database/read-rows.js').ReadRows} read */
function check({ sql, columns, result }) {
  const fault = faultOf(columns, result);
  if (fault !== undefined) throw new Error(`${fault}, in the result of:\n${sql}`);
}

/** The difference of a result from its declaration, in words; undefined without one. */
export function faultOf(columns, { fields, rows }) {
  const missing = Object.keys(columns).find((name) => fields.every((field) => field.name !== name));
  if (missing !== undefined) return `The column "${missing}" is declared and not there`;
  for (const { name, dataTypeID } of fields) {
    if (!Object.hasOwn(columns, name)) return `The column "${name}" is there and not declared`;
    const column = columns[name];
    if (!column.isType(dataTypeID))
      return `The column "${name}" is declared as ${column.name} and has the type with the OID ${dataTypeID}`;
    const wrong = rows.find((row) => !column.accepts(row[name]));
    if (wrong) return `The column "${name}" is declared as ${column.name} and was ${print(wrong[name])}`;
  }
  return undefined;
}

function print(value) {
  return JSON.stringify(value)?.slice(0, 500) ?? String(value);
}
