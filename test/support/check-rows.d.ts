import { type QueryResult } from 'pg';
import { type Columns } from '../../src/foundation/database/columns.js';

export function checkRows(): void;
export function faultOf(columns: Columns<object>, result: QueryResult<object>): string | undefined;
