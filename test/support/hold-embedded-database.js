// A process of its own that uses the embedded database, for tests that kill it.
// Arguments: server|command, DATA_DIR, folder of the compiled project, uid to become (0: stay).
// Prints one JSON line, {"url"} or {"error"}, and gives the database back at SIGTERM.
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';

const [role, dataDir, project, uid] = process.argv.slice(2);
if (Number(uid) !== 0) {
  process.setgroups([]);
  process.setgid(Number(uid));
  process.setuid(Number(uid));
}
const log = { debug: () => undefined, info: () => undefined, warn: console.error };
const { connectEmbedded, openEmbeddedPostgres } = await import(
  pathToFileURL(join(project, 'dist/src/foundation/database/embedded/embedded-postgres.js')).href
);

try {
  const used =
    role === 'server'
      ? await openEmbeddedPostgres({ dataDir, log })
      : await connectEmbedded({ dataDir, log });
  const leave = role === 'server' ? () => used.stop() : () => used.release();
  process.once('SIGTERM', () => void leave().then(() => process.exit(0)));
  console.log(JSON.stringify({ url: used.url }));
  // This timer alone keeps a command alive that joined another's PostgreSQL.
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(JSON.stringify({ error: `${error.name}: ${error.message}` }));
}
