import './foundation/node-version.js';
import 'reflect-metadata';
import cluster from 'node:cluster';

// Each kind of process loads its own code alone: the supervisor does without the frameworks.
if (cluster.isPrimary) await (await import('./server/supervisor/supervise.js')).supervise();
else await (await import('./server/supervisor/worker.js')).runWorker();
