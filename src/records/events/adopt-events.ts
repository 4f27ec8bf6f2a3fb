import { type QueryRunner } from 'typeorm';
import { NEXT_TRANSACTION, THIS_TRANSACTION } from './transaction-number.js';

/**
 * Numbers events and cursors anew that come from another database server, by a backup or a dump: its transactions may
 * have higher numbers than this one has reached, and readers would wait for those. Events keep their order by id.
 */
export async function adoptEvents(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(
    `WITH numbers AS (
       SELECT greatest((SELECT max(transaction) FROM events), (SELECT max(transaction) FROM event_cursors))
         >= ${NEXT_TRANSACTION} AS "areForeign"
     ), renumbered AS (
       UPDATE events SET transaction = ${THIS_TRANSACTION} FROM numbers WHERE "areForeign"
     )
     UPDATE event_cursors SET transaction = ${THIS_TRANSACTION} FROM numbers WHERE "areForeign"`,
  );
}
