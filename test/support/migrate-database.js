// Migrates the database whose URL is the argument and prints the names of the migrations that this process ran.
import { migrateDatabase } from '../../dist/src/records/schema/migrate.js';

console.log(JSON.stringify(await migrateDatabase(process.argv[2])));
